import type { Commands } from '../cli/commands.ts';
import type { Context } from '../context.ts';
import { explainListed, readDiscovery, readParticipation } from '../flows/commands/explore.ts';
import { readList, readLogs, readStatus } from '../flows/commands/read-commands.ts';
import { findCompetition } from '../state/competitions.ts';
import { listEvents, replayEvents } from '../state/outbox.ts';
import type { StatePort } from '../state/port.ts';
import { placesIn } from './data-folder.ts';
import { attachDatabase } from './database.ts';
import { artifactsFolderOf } from './objects.ts';
import { policyOf } from './policy.ts';
import type { Session } from './session.ts';

type LookCommands = Pick<
  Commands,
  'status' | 'list' | 'logs' | 'listEvents' | 'replayEvents' | 'discover' | 'why'
>;

/** Commands that attach to the database of the running agent. */
export function lookCommands(session: Session): LookCommands {
  const { config } = session.settings;
  const places = placesIn(config.general.dataFolder);
  const policy = policyOf(config);
  const now = () => new Date();

  async function attached<T>(
    look: (ctx: Pick<Context, 'state' | 'artifactsFolder'>) => Promise<T>,
  ): Promise<T> {
    const database = await attachDatabase(config, places.root, session.logging.log);
    try {
      return await look({ state: database.state, artifactsFolder: artifactsFolderOf(config, places) });
    } finally {
      await database.close();
    }
  }

  return {
    status: ({ slug }) =>
      attached(async (ctx) => ({
        ...(await readStatus(ctx, { slug })),
        participation: await readParticipation(ctx, { slug }),
      })),
    list: () => attached((ctx) => readList(ctx)),
    logs: ({ slug, limit }) =>
      attached(async (ctx) => {
        const { runs } = await readLogs(ctx, { slug, limit });
        return { runs: runs.map((run) => ({ ...run, item: run.label })) };
      }),
    discover: ({ filter }) => attached(({ state }) => readDiscovery({ state, policy, now }, { filter })),
    why: ({ slug }) => attached(({ state }) => explainListed({ state, policy, now }, { slug })),
    listEvents: ({ slug, afterId, limit }) => attached(({ state }) => eventsOf(state, slug, afterId, limit)),
    replayEvents: ({ fromId, toId }) =>
      attached(({ state }) => replayEvents(state, fromId, toId, session.actor)),
  };
}

async function eventsOf(state: StatePort, slug: string | null, afterId: number | null, limit: number) {
  const competition = slug === null ? null : await findCompetition(state, slug);
  const events = await listEvents(state, {
    competitionId: competition?.id ?? null,
    after: afterId ?? 0,
    limit,
  });
  return events.map(({ id, createdAt, type, slug: of, delivery, dispatchedAt, payload }) => {
    return { id, at: createdAt, type, slug: of, delivery: dispatchedAt === null ? null : delivery, payload };
  });
}
