import type { CommandFlows } from '../../domain/command-results.ts';
import { isFinal } from '../../domain/competition-machine.ts';
import type { Overview } from '../../domain/overview.ts';
import type { Command } from '../command.ts';
import { parseCommand } from '../parse-command.ts';
import { presentFailure } from '../presenters/failure.ts';
import type { Place } from '../presenters/format.ts';
import { presentCommandHelp, presentHelp, presentUnknownVerb, presentUsage } from '../presenters/help.ts';
import {
  presentPaused,
  presentResumed,
  presentStart,
  presentStopped,
  presentStopQuestion,
} from '../presenters/moves.ts';
import { presentList, presentStatus, presentWhich } from '../presenters/overview.ts';
import { presentBudget, presentLeaderboard, presentLogs } from '../presenters/readings.ts';
import { answerDecision } from './answer-decision.ts';

export type SessionOptions = {
  flows: CommandFlows;
  /** Named where something broke. */
  logFile: string;
  place: () => Place;
};

export type Session = {
  /** Carries out one line and answers in words. Never throws: a failure is an answer too. */
  handle(line: string): Promise<string>;
};

/** A single letter or digit answers the open decision without a verb in front. */
const bareAnswer = /^[A-E1-5]$/i;

/** One person's conversation: remembers only what is being confirmed. */
export function createSession(options: SessionOptions): Session {
  let toConfirm: (() => Promise<string>) | null = null;

  const carryOut = async (line: string): Promise<string> => {
    const confirmed = toConfirm;
    toConfirm = null;
    if (confirmed !== null) {
      return /^(y|yes)$/i.test(line.trim()) ? confirmed() : 'Nothing changed.';
    }
    const text = bareAnswer.test(line.trim()) ? `decide ${line}` : line;
    const parsed = parseCommand(text);
    switch (parsed.kind) {
      case 'empty':
        return line.trim() === '' ? '' : presentHelp();
      case 'unknown':
        return presentUnknownVerb(parsed.typed, parsed.nearest);
      case 'usage':
        return presentUsage(parsed.verb, parsed.problem);
      case 'command': {
        const answer = await runCommand(options, parsed.command);
        if (typeof answer === 'string') return answer;
        toConfirm = answer.confirmed;
        return answer.question;
      }
    }
  };

  return {
    handle: (line) => carryOut(line).catch((error: unknown) => presentFailure(error, options.logFile)),
  };
}

type Answer = string | { question: string; confirmed: () => Promise<string> };

async function runCommand(options: SessionOptions, command: Command): Promise<Answer> {
  const { flows } = options;
  const place = options.place();
  switch (command.verb) {
    case 'help':
      return command.topic === null ? presentHelp() : presentCommandHelp(command.topic);
    case 'start': {
      const { slug, limits, priority } = command;
      return presentStart(await flows.start({ slug, limits, ...(priority === null ? {} : { priority }) }));
    }
    case 'list':
      return presentList(await flows.list());
    case 'budget':
      return presentBudget(command.slug, await flows.budget({ slug: command.slug }));
    case 'decide':
      return answerDecision(flows, command, place);
    case 'status':
      return showStatus(flows, command.slug, place);
    case 'logs':
      return withSlug(flows, command, async (slug) =>
        presentLogs(slug, await flows.logs({ slug, limit: command.limit }), place),
      );
    case 'leaderboard':
      return withSlug(flows, command, async (slug) =>
        presentLeaderboard(slug, await flows.leaderboard({ slug }), place),
      );
    case 'pause':
      return withSlug(flows, command, async (slug) => presentPaused(await flows.pause({ slug })));
    case 'resume':
      return withSlug(flows, command, async (slug) => presentResumed(await flows.resume({ slug })));
    case 'stop':
      return withSlug(flows, command, (slug) => askToStop(flows, slug));
  }
}

async function showStatus(flows: CommandFlows, slug: string | null, place: Place): Promise<string> {
  if (slug !== null) return presentStatus(await flows.status({ slug }), place);
  const all = await flows.list();
  const open = all.filter(({ state }) => !isFinal(state));
  const [only] = open.length === 1 ? open : all;
  return only !== undefined && (open.length === 1 || all.length === 1)
    ? presentStatus(only, place)
    : presentList(all);
}

async function askToStop(flows: CommandFlows, slug: string): Promise<Answer> {
  const overview = await flows.status({ slug });
  const stop = async (): Promise<string> => presentStopped(await flows.stop({ slug }));
  return isFinal(overview.state) ? stop() : { question: presentStopQuestion(overview), confirmed: stop };
}

type SlugVerb = 'pause' | 'resume' | 'stop' | 'leaderboard' | 'logs';

const suits: Readonly<Record<SlugVerb, (overview: Overview) => boolean>> = {
  pause: ({ state }) => !isFinal(state) && state !== 'paused' && state !== 'discovered',
  resume: ({ state }) => state === 'paused',
  stop: ({ state }) => !isFinal(state),
  leaderboard: () => true,
  logs: () => true,
};

/** Without a slug: the only competition that the verb can mean, else a question. */
async function withSlug(
  flows: CommandFlows,
  { verb, slug }: { verb: SlugVerb; slug: string | null },
  act: (slug: string) => Promise<Answer>,
): Promise<Answer> {
  if (slug !== null) return act(slug);
  const candidates = (await flows.list()).filter(suits[verb]).map((overview) => overview.slug);
  const [only] = candidates;
  return only !== undefined && candidates.length === 1 ? act(only) : presentWhich(candidates, verb);
}
