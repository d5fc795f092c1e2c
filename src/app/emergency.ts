import { relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chat } from '../domain/chat.ts';
import type { FlowsFor } from '../domain/command-results.ts';
import { ConfigurationFailure, type Failure, SystemFailure } from '../domain/errors.ts';
import { groundLoss } from '../domain/ground.ts';
import type { Health } from '../domain/health.ts';
import { createEmergencyAlert } from '../flows/human-loop/emergency-alert.ts';
import type { Logging } from '../infra/logger.ts';
import type { ObjectStore } from '../providers/objects/contract.ts';
import type { StatePort } from '../state/port.ts';
import { type DataFolder, placesIn } from './data-folder.ts';
import { readEmergencyMarker, writeEmergencyFiles } from './emergency-files.ts';
import { guardFlows, guardObjects, guardState } from './emergency-guards.ts';

/** For what is still done after the stop: telling people, releasing machines. */
const lastWorkMs = 90_000;
/** A work that does not listen to its signal is left behind. */
const graceMs = 1_000;

/** What is still done once the process has stopped working, for example the release of rented machines. */
export type LastWork = (failure: SystemFailure, signal: AbortSignal) => Promise<unknown>;

export type Emergency = {
  /** Aborts at the moment of the stop, with the failure as its reason: no new external effect from then on. */
  signal: AbortSignal;
  stop(failure: SystemFailure): void;
  /** As `stop`, for a part of the ground that is lost, however its owner classed that. */
  groundLost(failure: Failure): void;
  /** Writes the files of a stop that is still to come, so that no other process works meanwhile. */
  mark(failure: SystemFailure): void;
  /** Where there is a failure: stops, waits until everybody is told, and throws it. */
  refuseWork(failure: SystemFailure | null): Promise<void>;
  /** Stops where the error means that the ground gave way. @returns whether it does */
  consider(error: unknown): boolean;
  /** Another process works on the same data: this one must not. */
  lockLost(): void;
  /** Adds what is still to be done at a stop, side by side with the alert. */
  atStop(work: LastWork): void;
  /** The health that the diagnostics show. */
  showHealth(snapshot: () => readonly Health[]): void;
  /** The same port; what it throws is considered. */
  guardState(state: StatePort): StatePort;
  /** The same store; what a put throws is considered. */
  guardObjects(objects: ObjectStore): ObjectStore;
  /** The same flows; from the stop on each answers that, and why. */
  guardFlows(flowsFor: FlowsFor): FlowsFor;
  /** Resolves when everything is told and done; at once where there is no emergency. */
  ended(): Promise<void>;
};

/** What is done when our ground gives way: nothing new begins, people are told, files beside the database say why. */
export function createEmergency(options: {
  dataFolder: string;
  logging: Logging;
  /** Those that are open at that moment. */
  chats: () => readonly Chat[];
  onEmergency: (failure: SystemFailure) => void;
  now?: () => Date;
  writeError?: (line: string) => void;
}): Emergency {
  const { logging, now = () => new Date() } = options;
  const { log } = logging;
  const places = placesIn(options.dataFolder);
  const alert = createEmergencyAlert({
    chats: options.chats,
    writeError: options.writeError ?? ((line) => void process.stderr.write(`${line}\n`)),
    log,
  });
  const stopping = new AbortController();
  const lastWork: LastWork[] = [];
  let health: () => readonly Health[] = () => [];
  let ending: Promise<void> = Promise.resolve();
  let marked: { file: string | null } | null = null;

  function mark(failure: SystemFailure): string | null {
    marked ??= { file: writeEmergencyFiles(places, { failure, at: now(), health: health(), logging }) };
    return marked.file;
  }

  async function end(failure: SystemFailure, text: string): Promise<void> {
    const signal = AbortSignal.timeout(lastWorkMs);
    const works = lastWork.map(async (work) => {
      await work(failure, signal).catch((error: unknown) => log.error({ err: error }, 'a last work failed'));
    });
    await atMost(Promise.all([alert.tell({ severity: 'critical', text }), ...works]), lastWorkMs + graceMs);
    options.onEmergency(failure);
  }

  function stop(failure: SystemFailure): void {
    if (stopping.signal.aborted) return;
    stopping.abort(failure);
    log.error({ err: failure }, 'emergency stop');
    const file = mark(failure);
    const where = file === null ? '' : ` Diagnostics: ${file}.`;
    ending = end(
      failure,
      `Kaggle Agent made an emergency stop: ${failure.message} Nothing new is begun, and nothing is lost.${where} Mend that, then start it with: ${afterEmergency(places)}`,
    );
  }

  const emergency: Emergency = {
    signal: stopping.signal,
    stop,
    groundLost: (failure) => stop(groundLoss(failure) ?? lossOf(failure)),
    mark: (failure) => void mark(failure),
    async refuseWork(failure) {
      if (failure === null) return;
      stop(failure);
      await ending;
      throw failure;
    },
    consider(error) {
      const loss = groundLoss(error);
      if (loss !== null) stop(loss);
      return loss !== null;
    },
    lockLost() {
      log.error({}, 'another process has taken the data over');
      const text = 'Another Kaggle Agent has taken the data over, so this one stops; work goes on there.';
      void alert.tell({ severity: 'critical', text }).finally(() => process.kill(process.pid, 'SIGTERM'));
    },
    atStop: (work) => void lastWork.push(work),
    showHealth: (snapshot) => {
      health = snapshot;
    },
    guardState: (state) => guardState(state, (error) => void emergency.consider(error)),
    guardObjects: (objects) => guardObjects(objects, (error) => void emergency.consider(error)),
    guardFlows: (flowsFor) => guardFlows(flowsFor, stopping.signal),
    ended: () => ending,
  };
  // A log that cannot be written is often the first to notice a full disk.
  logging.onFault((error) => void emergency.consider(error));
  return emergency;
}

async function atMost(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  const isDone = new AbortController();
  const tooLate = sleep(timeoutMs, undefined, { signal: isDone.signal }).catch(() => undefined);
  await Promise.race([work, tooLate]);
  isDone.abort();
}

function lossOf(failure: Failure): SystemFailure {
  const { message, code } = failure;
  return new SystemFailure(message, { code, scope: 'process', cause: failure });
}

/** The command line that starts again, for this data folder. */
function afterEmergency({ root }: Pick<DataFolder, 'root'>): string {
  const folder = relative(process.cwd(), root);
  return `kaggle-agent up --after-emergency${folder === 'data' ? '' : ` --data ${root}`}`;
}

/** @throws ConfigurationFailure `agent.after_emergency` */
export function requireNoEmergency(places: DataFolder, isAfterEmergency: boolean): void {
  if (isAfterEmergency) return;
  const marker = readEmergencyMarker(places.emergencyMarker);
  if (marker === null) return;
  const why = marker.message === '' ? '' : ` ${marker.message}`;
  throw new ConfigurationFailure(
    `The last run ended with an emergency stop (${marker.diagnostics ?? places.emergencyMarker} tells more).${why} Mend that, then: ${afterEmergency(places)}`,
    { code: 'agent.after_emergency', details: { stoppedBy: marker.code, at: marker.at } },
  );
}
