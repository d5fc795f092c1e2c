import type { Account } from './account.ts';
import type { ArenaClock } from './arena-clock.ts';
import type { ArenaLog, Behaviour } from './behaviour.ts';
import type { BlobStore } from './blobs.ts';
import type { Competition } from './competition-schema.ts';
import type { FaultPlan } from './faults.ts';
import type { Notebooks } from './notebooks/notebooks.ts';
import type { UrlSigner } from './signing.ts';

/** Everything that a route needs; built once per arena. */
export type ArenaContext = {
  competitions: ReadonlyMap<string, Competition>;
  account: Account;
  notebooks: Notebooks;
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
  clock: ArenaClock;
  isClockMovable: boolean;
  log: ArenaLog;
  /** Aborted when the arena closes. */
  signal: AbortSignal;
};
