import type { ErrorShape } from './api-error.ts';

/** The part of a logger that the arena uses; pino fits. */
export type ArenaLog = {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
};

/** How the vendor's quirks show. The defaults are the strict ones; tests turn single ones. */
export type Behaviour = {
  /** Every call takes at least this long. */
  latencyMs: number;
  /** Reads of a fresh submission that are answered with "pending" before its score shows. */
  pendingPolls: number;
  /** Shape of error bodies by method; methods that are not named answer the nested shape. */
  errorShapes: Readonly<Record<string, ErrorShape>>;
  /** A search for an exact slug also finds a longer one, first. */
  hasSearchDecoy: boolean;
  /** Entries of a page of competitions, whatever is asked for. */
  maxCompetitionsPerPage: number;
  /** False: GetSubmissionLimits is unknown, as on older servers. */
  hasSubmissionLimits: boolean;
  /** False: GetCompetition is refused, and only the list tells. */
  hasGetCompetition: boolean;
  /** Files that the storage keeps zipped: asking for `name` leads to `name.zip`. */
  zippedFiles: readonly string[];
  /** True: downloads answer 200 with the bytes themselves instead of a redirect. */
  hasDirectDownloads: boolean;
  /** True: the storage ignores Range and always sends everything. */
  ignoresRange: boolean;
  /** Descriptions with one of these are refused with an empty 400 (seen at the vendor). */
  forbiddenInDescription: string;
  signedUrlSeconds: number;
  uploadSessionSeconds: number;
  maxUploadBytes: number;
  /** Reads of the status just after a push that are answered with 404 (seen at the vendor). */
  notebookStatusMisses: number;
  /** Notebooks that run side by side; others are queued. */
  notebooksAtOnce: number;
  gpuSessionsAtOnce: number;
  /** The account's quota of GPU time, and what it used this week before the arena knew it. */
  gpuSecondsPerWeek: number;
  gpuSecondsUsed: number;
  /** Longest run of a session, without and with an accelerator. */
  cpuSessionSeconds: number;
  gpuSessionSeconds: number;
  maxNotebookOutputBytes: number;
  /** False: notebooks run as plain processes, as on a system without namespaces. */
  hasNotebookWalls: boolean;
};

const hour = 3600;
const week = 7 * 24 * hour;

export const strictBehaviour: Behaviour = {
  latencyMs: 0,
  pendingPolls: 1,
  errorShapes: {},
  hasSearchDecoy: true,
  maxCompetitionsPerPage: 200,
  hasSubmissionLimits: true,
  hasGetCompetition: true,
  zippedFiles: ['train.csv'],
  hasDirectDownloads: false,
  ignoresRange: false,
  forbiddenInDescription: '|/',
  signedUrlSeconds: 300,
  uploadSessionSeconds: week,
  maxUploadBytes: 1024 ** 3,
  notebookStatusMisses: 1,
  notebooksAtOnce: 2,
  gpuSessionsAtOnce: 2,
  gpuSecondsPerWeek: 30 * hour,
  gpuSecondsUsed: 0,
  cpuSessionSeconds: 12 * hour,
  gpuSessionSeconds: 9 * hour,
  maxNotebookOutputBytes: 20 * 1024 ** 3,
  hasNotebookWalls: true,
};
