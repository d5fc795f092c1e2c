import type { Account } from './account.ts';
import type { ErrorShape } from './api-error.ts';
import type { BlobStore } from './blobs.ts';
import type { Competition } from './competition-schema.ts';
import type { FaultPlan } from './faults.ts';
import type { UrlSigner } from './signing.ts';

/** The part of a logger that the arena uses; pino fits. */
export type ArenaLog = {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
};

/** How the vendor's quirks show. The defaults are the strict ones; tests turn single ones. */
export type Behaviour = {
  /** Reads of a fresh submission that are answered with "pending" before its score shows. */
  pendingPolls: number;
  /** Shape of error bodies by method; methods that are not named answer the nested shape. */
  errorShapes: Readonly<Record<string, ErrorShape>>;
  /** A search for an exact slug also finds a longer one, first. */
  hasSearchDecoy: boolean;
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
};

const week = 7 * 24 * 3600;

export const strictBehaviour: Behaviour = {
  pendingPolls: 1,
  errorShapes: {},
  hasSearchDecoy: true,
  hasSubmissionLimits: true,
  hasGetCompetition: true,
  zippedFiles: ['train.csv'],
  hasDirectDownloads: false,
  ignoresRange: false,
  forbiddenInDescription: '|/',
  signedUrlSeconds: 300,
  uploadSessionSeconds: week,
  maxUploadBytes: 1024 ** 3,
};

/** Everything that a route needs; built once per arena. */
export type ArenaContext = {
  competitions: ReadonlyMap<string, Competition>;
  account: Account;
  behaviour: Behaviour;
  blobs: BlobStore;
  signer: UrlSigner;
  faults: FaultPlan;
  stateFolder: string;
  /** Origin of the storage, `http://127.0.0.1:4779`. */
  storageUrl: () => string;
  credentials: { token: string; username: string; key: string };
  teamName: string;
  now: () => Date;
  log: ArenaLog;
  /** Aborted when the arena closes. */
  signal: AbortSignal;
};
