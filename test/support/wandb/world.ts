import { randomBytes } from 'node:crypto';

/** A run as the service keeps it. */
export type WandbRun = {
  storageId: string;
  entity: string;
  project: string;
  name: string;
  displayName: string;
  group: string | null;
  jobType: string | null;
  tags: readonly string[];
  config: Record<string, unknown>;
  state: 'pending' | 'running' | 'finished' | 'failed' | 'killed' | 'crashed';
  history: string[];
  events: string[];
  log: string[];
  summary: string;
  isStopAsked: boolean;
  isDeleted: boolean;
  /** Requests that came, the signs of life among them. */
  posts: number;
  /** When the last of them came. */
  heardAtMs: number;
  /** Lines that came again and said something else: they would be lost. */
  conflicts: string[];
  exitCode: number | null;
};

export class WandbRefusal extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** Without any sign of life a run counts as crashed. The service does not say after how long. */
const crashAfterMs = 300_000;

export function createWandbWorld(now: () => Date) {
  const runs = new Map<string, WandbRun>();
  const keyOf = (entity: string, project: string, name: string) => `${entity}/${project}/${name}`;

  return {
    runs,
    all: () => {
      for (const run of runs.values()) {
        const isSilent = now().getTime() - run.heardAtMs > crashAfterMs;
        if (run.state === 'running' && isSilent) run.state = 'crashed';
      }
      return [...runs.values()].filter(({ isDeleted }) => !isDeleted);
    },
    find: (entity: string, project: string, name: string) => runs.get(keyOf(entity, project, name)),
    byId: (storageId: string) => [...runs.values()].find((run) => run.storageId === storageId),
    add(entity: string, project: string, name: string): WandbRun {
      const run: WandbRun = {
        storageId: randomBytes(12).toString('base64url'),
        entity,
        project,
        name,
        displayName: name,
        group: null,
        jobType: null,
        tags: [],
        config: {},
        state: 'running',
        history: [],
        events: [],
        log: [],
        summary: '{}',
        isStopAsked: false,
        isDeleted: false,
        posts: 0,
        heardAtMs: now().getTime(),
        conflicts: [],
        exitCode: null,
      };
      runs.set(keyOf(entity, project, name), run);
      return run;
    },
  };
}
export type WandbWorld = ReturnType<typeof createWandbWorld>;
