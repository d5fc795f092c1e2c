"""The job sheet: everything one run needs, checked before anything is done with it.

The host's schema of the same document is `jobSheetSchema` in src/domain/run-contract.ts.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

SHEET_MAX_BYTES = 1024 * 1024

_SEGMENT = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"
_NAME = re.compile(rf"{_SEGMENT}\Z")
_PATH = re.compile(rf"{_SEGMENT}(/{_SEGMENT})*\Z")
# Never begins with a dash: it stands on the script's command line.
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,79}\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


class SheetError(Exception):
    """The sheet is not usable; the message is one sentence."""


@dataclass(frozen=True)
class Download:
    name: str
    url: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Output:
    name: str
    url: str
    required: bool
    max_bytes: int


@dataclass(frozen=True)
class Uploads:
    heartbeat: str | None
    log: str | None
    result: str


@dataclass(frozen=True)
class Needs:
    """What the machine has to have before anything begins."""

    memory_bytes: int | None
    disk_bytes: int | None


@dataclass(frozen=True)
class Earlier:
    """What a start by this very sheet may have left, on a machine that was taken away."""

    heartbeat: str
    result: str


@dataclass(frozen=True)
class Slot:
    put: str
    get: str


@dataclass(frozen=True)
class Saved:
    """A checkpoint of an earlier start of this job."""

    item: Download
    token: str
    sequence: int
    #: Of work that is in it.
    seconds: float


@dataclass(frozen=True)
class CheckpointTerms:
    every_seconds: float
    #: Of one, packed and unpacked.
    max_bytes: int
    #: Of all that are sent; None: no matter.
    total_bytes: int | None
    #: By name, `a` and `b`, written in turn.
    slots: dict[str, Slot]
    #: Newest first.
    restore: tuple[Saved, ...]


@dataclass(frozen=True)
class Limits:
    memory_bytes: int | None
    cpu_seconds: int | None
    file_size_bytes: int | None
    processes: int | None
    disk_bytes: int | None
    #: Without any output or work.
    idle_seconds: int | None


@dataclass(frozen=True)
class JobSheet:
    job: str
    token: str
    bundle: Download
    data: tuple[Download, ...]
    outputs: tuple[Output, ...]
    uploads: Uploads
    time_limit_seconds: float
    grace_seconds: float
    heartbeat_seconds: float
    seed: int
    debug: bool
    #: Part of the script to leave out.
    without: str | None
    threads: int
    limits: Limits
    needs: Needs
    earlier: Earlier | None
    #: None: what the script saves on its way is not kept.
    checkpoint: CheckpointTerms | None
    no_network: bool
    install: bool
    package_index: str | None
    python: str | None


def parse_sheet(text: str | bytes, allow_file_urls: bool) -> JobSheet:
    """Reads a sheet. File URLs are for sheets that lie on this machine, never for one that came by network."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise SheetError(f"The job sheet is not JSON: {error}.") from None
    reader = _Reader(document, allow_file_urls)
    if reader.get("schema") != 1:
        raise SheetError("The job sheet has a schema that this runner does not know.")
    uploads = reader.child("uploads")
    limits = reader.child("limits")
    isolation = reader.child("isolation")
    data = tuple(item.download(item.text("name", _PATH)) for item in reader.children("data"))
    outputs = tuple(item.output() for item in reader.children("outputs"))
    _refuse_twins("data", [item.name for item in data])
    _refuse_twins("outputs", [item.name for item in outputs])
    return JobSheet(
        job=reader.text("job", _NAME),
        token=reader.text("token"),
        bundle=reader.child("bundle").download("bundle.tar.gz"),
        data=data,
        outputs=outputs,
        uploads=Uploads(
            heartbeat=uploads.url("heartbeat", optional=True),
            log=uploads.url("log", optional=True),
            result=uploads.required_url("result"),
        ),
        time_limit_seconds=reader.number("timeLimitSeconds", minimum=0.01),
        grace_seconds=reader.number("graceSeconds", default=30),
        heartbeat_seconds=reader.number("heartbeatSeconds", default=30, minimum=0.05),
        seed=int(reader.number("seed")),
        debug=reader.flag("debug"),
        without=reader.optional_text("without", _PART),
        threads=int(reader.number("threads", default=1, minimum=1)),
        limits=Limits(
            memory_bytes=limits.whole("memoryBytes"),
            cpu_seconds=limits.whole("cpuSeconds"),
            file_size_bytes=limits.whole("fileSizeBytes"),
            processes=limits.whole("processes"),
            disk_bytes=limits.whole("diskBytes"),
            idle_seconds=limits.whole("idleSeconds"),
        ),
        needs=_needs(reader),
        earlier=_earlier(reader),
        checkpoint=_checkpoint_terms(reader),
        no_network=isolation.choice("network", ("none", "inherit")) == "none",
        install=reader.flag("install"),
        package_index=reader.url("packageIndexUrl", optional=True),
        python=reader.optional_text("python"),
    )


def _needs(reader: _Reader) -> Needs:
    needs = reader.optional_child("needs")
    if needs is None:
        return Needs(None, None)
    return Needs(memory_bytes=needs.whole("memoryBytes"), disk_bytes=needs.whole("diskBytes"))


def _earlier(reader: _Reader) -> Earlier | None:
    earlier = reader.optional_child("earlier")
    if earlier is None:
        return None
    return Earlier(heartbeat=earlier.required_url("heartbeat"), result=earlier.required_url("result"))


def _checkpoint_terms(reader: _Reader) -> CheckpointTerms | None:
    terms = reader.optional_child("checkpoint")
    if terms is None:
        return None
    slots = terms.child("slots")
    return CheckpointTerms(
        every_seconds=terms.number("everySeconds", minimum=0.05),
        max_bytes=int(terms.number("maxBytes", minimum=1)),
        total_bytes=terms.whole("totalBytes"),
        slots={name: slots.child(name).slot() for name in ("a", "b")},
        restore=tuple(saved.saved() for saved in terms.children("restore")),
    )


def _refuse_twins(what: str, names: list[str]) -> None:
    # Some file systems take names that differ only in case for one.
    if len({name.casefold() for name in names}) != len(names):
        raise SheetError(f"The job sheet names a file twice under {what}.")


class _Reader:
    """Typed access to one JSON object; every refusal names the field."""

    def __init__(self, document: object, allow_file_urls: bool, where: str = "") -> None:
        if not isinstance(document, dict):
            raise SheetError(f"The job sheet's {where or 'document'} is not an object.")
        self._document = document
        self._allow_file_urls = allow_file_urls
        self._where = where

    def get(self, key: str) -> object:
        return self._document.get(key)

    def child(self, key: str) -> _Reader:
        return _Reader(self.get(key), self._allow_file_urls, self._path(key))

    def optional_child(self, key: str) -> _Reader | None:
        return None if self.get(key) is None else self.child(key)

    def children(self, key: str) -> list[_Reader]:
        items = self.get(key)
        if not isinstance(items, list):
            raise self._bad(key, "a list")
        return [_Reader(item, self._allow_file_urls, self._path(key)) for item in items]

    def text(self, key: str, pattern: re.Pattern[str] | None = None) -> str:
        value = self.get(key)
        if not isinstance(value, str) or not value or (pattern and not pattern.match(value)):
            raise self._bad(key, "a plain name" if pattern else "a text")
        return value

    def optional_text(self, key: str, pattern: re.Pattern[str] | None = None) -> str | None:
        return None if self.get(key) is None else self.text(key, pattern)

    def number(self, key: str, default: float | None = None, minimum: float = 0) -> float:
        value = self.get(key)
        if value is None and default is not None:
            return default
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        if not is_number or value < minimum:
            raise self._bad(key, f"a number of at least {minimum}")
        return value

    def whole(self, key: str) -> int | None:
        return None if self.get(key) is None else int(self.number(key, minimum=1))

    def flag(self, key: str) -> bool:
        value = self.get(key)
        if not isinstance(value, bool):
            raise self._bad(key, "true or false")
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        value = self.text(key)
        if value not in choices:
            raise self._bad(key, " or ".join(choices))
        return value

    def url(self, key: str, optional: bool = False) -> str | None:
        if optional and self.get(key) is None:
            return None
        return self.required_url(key)

    def required_url(self, key: str) -> str:
        value = self.text(key)
        schemes = ("http", "https", "file") if self._allow_file_urls else ("http", "https")
        if urlsplit(value).scheme not in schemes:
            raise self._bad(key, " or ".join(f"{scheme}:" for scheme in schemes) + " URL")
        return value

    def download(self, name: str) -> Download:
        return Download(
            name=name,
            url=self.required_url("url"),
            sha256=self.text("sha256", _SHA256),
            size_bytes=int(self.number("sizeBytes")),
        )

    def slot(self) -> Slot:
        return Slot(put=self.required_url("put"), get=self.required_url("get"))

    def saved(self) -> Saved:
        return Saved(
            item=self.download("The checkpoint"),
            token=self.text("token"),
            sequence=int(self.number("sequence")),
            seconds=self.number("seconds"),
        )

    def output(self) -> Output:
        return Output(
            name=self.text("name", _NAME),
            url=self.required_url("url"),
            required=self.flag("required"),
            max_bytes=int(self.number("maxBytes", minimum=1)),
        )

    def _path(self, key: str) -> str:
        return f"{self._where}.{key}" if self._where else key

    def _bad(self, key: str, wanted: str) -> SheetError:
        return SheetError(f"The job sheet's {self._path(key)} is not {wanted}.")
