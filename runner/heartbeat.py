"""Tells the host, every so often, that this run is alive and how far it is."""

from __future__ import annotations

import io
import json
import threading
import time

from checkpoint import Checkpoints
from execution import Vitals
from logbook import Logbook
from sheet import JobSheet
from transfer import TransferError, upload

# One heartbeat is not worth waiting for: the next one says the same and more.
PATIENCE_SECONDS = 5
# The result has all that were kept.
METRICS_IN_A_HEARTBEAT = 500


class Heartbeat:
    """Beats from a thread of its own between start() and stop()."""

    def __init__(self, sheet: JobSheet, logbook: Logbook, vitals: Vitals, checkpoints: Checkpoints) -> None:
        self._sheet = sheet
        self._logbook = logbook
        self._vitals = vitals
        self._checkpoints = checkpoints
        self._phase = "downloading"
        self._sequence = 0
        self._started = time.monotonic()
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, daemon=True)

    def start(self) -> None:
        if self._sheet.uploads.heartbeat:
            self._thread.start()

    def enter(self, phase: str) -> None:
        """A new phase is told at once."""
        self._phase = phase
        self._wake.set()

    def wake(self) -> None:
        """There is something to tell."""
        self._wake.set()

    def stop(self) -> None:
        self._ended.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_SECONDS)
        if self._checkpoints.is_untold and self._sheet.uploads.heartbeat:
            # Nobody finds a checkpoint that no heartbeat tells of.
            self._beat()

    def _beat_on(self) -> None:
        while not self._ended.is_set():
            self._wake.clear()
            self._beat()
            self._wake.wait(self._sheet.heartbeat_seconds)

    def _beat(self) -> None:
        told = self._checkpoints.told
        try:
            body = json.dumps(self._document(told)).encode()
            upload(self._sheet.uploads.heartbeat, io.BytesIO(body), len(body), None, PATIENCE_SECONDS)
        except TransferError as error:
            self._logbook.say(f"A heartbeat was lost. {error}")
        except Exception as error:  # noqa: BLE001 - without a heartbeat the run counts as dead
            self._logbook.say(f"A heartbeat was lost. {type(error).__name__}")
        else:
            self._checkpoints.note_told(told)

    def _document(self, told: dict | None) -> dict:
        sequence, self._sequence = self._sequence, self._sequence + 1
        return {
            "schema": 1,
            "job": self._sheet.job,
            "token": self._sheet.token,
            "sequence": sequence,
            "seconds": round(time.monotonic() - self._started, 3),
            "phase": self._phase,
            "progress": self._logbook.progress,
            "memoryBytes": self._vitals.memory_bytes,
            "checkpoint": told,
            "resumedFrom": self._checkpoints.resumed_from,
            "metrics": self._logbook.metrics(METRICS_IN_A_HEARTBEAT),
            "logTail": self._logbook.tail(),
        }
