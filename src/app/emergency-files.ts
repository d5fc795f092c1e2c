import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { asFailure, type SystemFailure } from '../domain/errors.ts';
import type { Health } from '../domain/health.ts';
import type { Log } from '../domain/log.ts';
import type { Logging } from '../infra/logger.ts';
import type { DataFolder } from './data-folder.ts';
import { readVersion } from './version.ts';

/** Given up when the disk is full, so that there is room for saying so. */
const reserveBytes = 512 * 1024;
const privateFile = 0o600;
const privateFolder = 0o700;
const longestCauses = 10;

const markerSchema = z.object({
  at: z.iso.datetime(),
  code: z.string(),
  message: z.string(),
  /** The file that says more; null where it could not be written. */
  diagnostics: z.string().nullable(),
});
/** What the marker of an emergency stop says to the next start. */
export type EmergencyMarker = z.output<typeof markerSchema>;

type FilePlaces = Pick<DataFolder, 'root' | 'diagnostics' | 'emergencyMarker'>;

/** Makes the folder of the diagnostics, with some bytes in it that are given up when there is no room for them. */
export function keepReserve(places: FilePlaces, log: Log): void {
  const file = reserveFile(places);
  try {
    mkdirSync(places.diagnostics, { recursive: true, mode: privateFolder });
    if (existsSync(file) && statSync(file).size === reserveBytes) return;
    // Not zeros: some file systems keep no room for those.
    writeFileSync(file, Buffer.alloc(reserveBytes, 'kaggle-agent '), { mode: privateFile });
  } catch (error) {
    log.warn({ err: error }, 'no room could be kept for the diagnostics of an emergency');
  }
}

/**
 * Writes what happened beside the database: the diagnostics (stack, health, versions, last log lines) and the marker
 * that the next start waits for. At once, not later: the process may not live long. Never throws.
 * @returns the file of the diagnostics; null where it could not be written
 */
export function writeEmergencyFiles(
  places: FilePlaces,
  options: { failure: SystemFailure; at: Date; health: readonly Health[]; logging: Logging },
): string | null {
  const { failure, at, logging } = options;
  const giveUp = (what: string) => (error: unknown) => {
    logging.log.error({ err: error }, `the ${what} of the emergency could not be written`);
    return null;
  };
  attempt(
    () => truncateSync(reserveFile(places)),
    () => null,
  );
  const name = `emergency-${at.toISOString().replace(/[:.]/g, '-')}.json`;
  const file = join(places.diagnostics, name);
  const written = attempt(() => {
    mkdirSync(places.diagnostics, { recursive: true, mode: privateFolder });
    writePrivately(file, logging.clean(JSON.stringify(diagnosticsOf(places, options), null, 2)));
    return file;
  }, giveUp('diagnostics'));
  const marker: EmergencyMarker = {
    at: at.toISOString(),
    code: failure.code,
    message: logging.clean(failure.message),
    diagnostics: written,
  };
  attempt(() => writePrivately(places.emergencyMarker, JSON.stringify(marker, null, 2)), giveUp('marker'));
  return written;
}

/** @returns null where the last run did not end in an emergency */
export function readEmergencyMarker(file: string): EmergencyMarker | null {
  if (!existsSync(file)) return null;
  const unreadable = { at: new Date(0).toISOString(), code: 'unknown', message: '', diagnostics: null };
  const parsed = attempt(
    () => markerSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))),
    () => null,
  );
  return parsed?.success ? parsed.data : unreadable;
}

export function removeEmergencyMarker(file: string): void {
  rmSync(file, { force: true });
}

function diagnosticsOf(
  places: FilePlaces,
  { failure, at, health, logging }: Parameters<typeof writeEmergencyFiles>[1],
): object {
  const memory = process.memoryUsage();
  return {
    at: at.toISOString(),
    code: failure.code,
    message: failure.message,
    causes: causesOf(failure),
    health,
    versions: { agent: readVersion(), node: process.version, system: `${process.platform} ${process.arch}` },
    process: { pid: process.pid, upSeconds: Math.round(process.uptime()), memoryBytes: memory },
    disk: attempt(
      () => diskOf(places.root),
      () => null,
    ),
    lastLines: logging.lastLines(),
  };
}

function diskOf(folder: string): { sizeBytes: number; freeBytes: number } {
  const { bavail, blocks, bsize } = statfsSync(folder);
  return { sizeBytes: blocks * bsize, freeBytes: bavail * bsize };
}

/** The failure and what led to it, each with its stack. */
function causesOf(failure: SystemFailure): object[] {
  const causes: object[] = [];
  for (
    let next: unknown = failure;
    next instanceof Error && causes.length < longestCauses;
    next = next.cause
  ) {
    const { code } = asFailure(next);
    causes.push({
      name: next.name,
      code: 'code' in next ? next.code : code,
      message: next.message,
      stack: next.stack,
    });
  }
  return causes;
}

function writePrivately(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: privateFolder });
  writeFileSync(file, text, { mode: privateFile });
}

function reserveFile({ diagnostics }: FilePlaces): string {
  return join(diagnostics, 'reserve');
}

function attempt<T>(work: () => T, otherwise: (error: unknown) => T): T {
  try {
    return work();
  } catch (error) {
    return otherwise(error);
  }
}
