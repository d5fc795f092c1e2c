import { basename } from 'node:path';
import type { Commands } from '../cli/commands.ts';
import type { Config } from '../config/load.ts';
import type { Chat } from '../domain/chat.ts';
import { isFinal } from '../domain/competition-machine.ts';
import {
  BusinessFailure,
  ConfigurationFailure,
  type SystemFailure,
  TransientFailure,
} from '../domain/errors.ts';
import type { Overview } from '../domain/overview.ts';
import { type Agent, startAgent } from './agent.ts';
import type { Session } from './session.ts';

const lookAtLeastEveryMs = 1_000;
const lookAtMostEveryMs = 200;
/** The judge's answer follows the end at once; without it the public score has to do. */
const finalScoresMs = 60_000;
/** What is at work when the time limit is reached may still end by itself. */
const overtimeShare = 0.15;

/** Nobody reads along and nobody can answer: decisions take their default at once. */
const silentChat: Chat = {
  platform: 'none',
  channel: 'none',
  canAnswer: false,
  deliver: async ({ id }) => ({ messageId: id, threadId: null, memory: {} }),
  sayDirectly: async () => undefined,
};

/** One competition to its end, in this process. */
export async function runCompetition(
  session: Session,
  input: Parameters<Commands['run']>[0],
): Promise<Overview> {
  const ending = new AbortController();
  let emergency: SystemFailure | null = null;
  const agent = await startAgent({
    config: playingAll(session.settings.config),
    vault: session.vault,
    logging: session.logging,
    actor: session.actor,
    anyPort: true,
    afterEmergency: false,
    openChats: async () => ({ chats: [silentChat], services: [] }),
    onProgress: input.onProgress,
    onEmergency: (failure) => {
      emergency = failure;
      ending.abort(failure);
    },
    signal: input.signal,
  });
  try {
    await begin(agent, input);
    return await watch(agent, input, AbortSignal.any([input.signal, ending.signal]));
  } catch (error) {
    throw emergency ?? error;
  } finally {
    await agent.close();
  }
}

/** A run does everything by itself, whatever part the processes of the installation play. */
function playingAll(config: Config): Config {
  return { ...config, general: { ...config.general, roles: null, queues: null } };
}

async function begin(agent: Agent, input: Parameters<Commands['run']>[0]): Promise<void> {
  const { slug, maxRounds, timeLimitSeconds, priority } = input;
  const known = await agent.flows.status({ slug }).catch((error: unknown) => {
    if (error instanceof BusinessFailure && error.code === 'competition.unknown') return null;
    throw error;
  });
  // A run that was killed after its end is told to its end, not begun anew.
  if (known !== null && isFinal(known.state) && !isSettled(agent, known)) return;
  const starting = agent.flows.start({
    slug,
    ...(priority === null ? {} : { priority }),
    limits: {
      ...(maxRounds === null ? {} : { maxRounds }),
      ...(timeLimitSeconds === null ? {} : { timeLimitSeconds }),
    },
  });
  await starting.catch((error: unknown) => {
    throw notServed(agent, slug, error);
  });
}

/** An unknown competition whose folder is there, but is faulty: the fault says more. */
function notServed(agent: Agent, slug: string, error: unknown): unknown {
  if (!(error instanceof BusinessFailure) || error.code !== 'kaggle.unknown_competition') return error;
  const skipped = agent.competitions.skipped.find(({ folder }) => basename(folder) === slug);
  if (skipped === undefined) return error;
  return new ConfigurationFailure(skipped.message, { code: 'arena.bad_competition', cause: error });
}

/** Ended, with the scores on the hidden labels where somebody tells them. */
function isSettled(agent: Agent, overview: Overview): boolean {
  if (!isFinal(overview.state)) return false;
  if (agent.competitions.judge === null || overview.state === 'abandoned') return true;
  return overview.submissions.every(({ status, finalScore }) => status !== 'scored' || finalScore !== null);
}

async function watch(
  agent: Agent,
  input: Parameters<Commands['run']>[0],
  signal: AbortSignal,
): Promise<Overview> {
  const changes = createChanges(agent);
  let last = '';
  let isStopped = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      const overview = await agent.flows.status({ slug: input.slug }).catch(nullWhileAway);
      if (overview === null) {
        await changes.next();
        continue;
      }
      const text = JSON.stringify(overview);
      if (text !== last) input.onChange(overview);
      last = text;
      const sinceEndMs = overview.finishedAt === null ? 0 : Date.now() - overview.finishedAt.getTime();
      if (isSettled(agent, overview) || sinceEndMs > finalScoresMs) return overview;
      if (!isStopped && isOverdue(overview, input.timeLimitSeconds)) {
        isStopped = true;
        await agent.flows.stop({ slug: input.slug });
      }
      await changes.next();
    }
  } finally {
    changes.close();
  }
}

/** A database that is away comes back, or an emergency ends the run. */
function nullWhileAway(error: unknown): null {
  if (error instanceof TransientFailure && error.code.startsWith('state.')) return null;
  throw error;
}

function isOverdue({ startedAt, state }: Overview, limitSeconds: number | null): boolean {
  if (limitSeconds === null || startedAt === null || isFinal(state)) return false;
  return (Date.now() - startedAt.getTime()) / 1000 > limitSeconds * (1 + overtimeShare);
}

/** Waits for the next event, and looks now and then in any case: progress is no event. */
function createChanges(agent: Agent) {
  let wake: () => void = () => undefined;
  const unsubscribe = agent.feed.subscribe(() => wake());
  return {
    async next(): Promise<void> {
      await new Promise((resolve) => setTimeout(resolve, lookAtMostEveryMs));
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, lookAtLeastEveryMs - lookAtMostEveryMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    close: unsubscribe,
  };
}
