import type { Attempt } from '../answers/failure.ts';
import { answerCommandHelp, answerHelp } from '../answers/help.ts';
import { answerUnknownVerb, answerUsage } from '../answers/misunderstood.ts';
import type { Command } from '../command.ts';
import type { Reply } from '../door.ts';
import { parseCommand } from '../parse-command.ts';
import { attempt, noAttempt } from './attempt.ts';
import { decide } from './decide.ts';
import { showDiscovery, showWhy } from './explore.ts';
import { startForm } from './forms.ts';
import { showLessons } from './lessons.ts';
import { showBudget, showDecisionLog, showLeaderboard, showList, showLogs, showStatus } from './look.ts';
import { allowGpus, stopGpus } from './machines.ts';
import { refuse } from './permit.ts';
import { readSetting } from './read-setting.ts';
import { showNode, showResearch, showTree } from './search.ts';
import { changeBudget, changeConfig, pause, resume, showConfig, start, stop } from './steer.ts';
import { showComparison, showParameters } from './training.ts';
import { privately, type Turn } from './turn.ts';
import { withSlug } from './which.ts';

/** Reads one line and carries it out. */
export async function runLine(turn: Turn, text: string): Promise<Reply> {
  // Nobody from outside learns what is there, not even from a usage message.
  const refused = await refuse(turn, 'help');
  if (refused !== null) return refused;
  const parsed = parseCommand(text);
  switch (parsed.kind) {
    case 'empty':
      return privately(turn, answerHelp);
    case 'unknown':
      return privately(turn, (scene) => answerUnknownVerb(scene, parsed.typed, parsed.nearest));
    case 'usage':
      return privately(turn, (scene) => answerUsage(scene, parsed.verb, parsed.problem));
    case 'command':
      return attempt(turn, attemptOf(parsed.command), () => runCommand(turn, parsed.command));
  }
}

function attemptOf(command: Command): Attempt {
  switch (command.verb) {
    case 'list':
    case 'discover':
    case 'why':
    case 'budget':
    case 'decide':
    case 'config':
    case 'lessons':
    case 'help':
      return noAttempt;
    case 'node':
    case 'params':
      return { verb: 'tree', slug: command.slug };
    case 'logs':
      return { verb: 'logs', slug: command.about === 'competition' ? command.slug : null };
    default:
      return { verb: command.verb, slug: command.slug };
  }
}

async function runCommand(turn: Turn, command: Command): Promise<Reply> {
  switch (command.verb) {
    case 'help': {
      const { topic } = command;
      return privately(turn, (scene) =>
        topic === null ? answerHelp(scene) : answerCommandHelp(scene, topic),
      );
    }
    case 'start': {
      const { slug, limits, priority } = command;
      if (slug !== null) return start(turn, { slug, limits, priority });
      return (await refuse(turn, 'start-form')) ?? { kind: 'form', form: startForm(turn.scene, command) };
    }
    case 'pause':
      return withSlug(turn, command, (slug) => pause(turn, slug));
    case 'resume':
      if (command.allGpus === true) return allowGpus(turn);
      return withSlug(turn, command, (slug) => resume(turn, slug));
    case 'stop':
      if (command.allGpus === true) return stopGpus(turn);
      return withSlug(turn, command, (slug) => stop(turn, slug));
    case 'list':
      return showList(turn, command);
    case 'discover':
      return showDiscovery(turn, command);
    case 'why':
      return withSlug(turn, command, (slug) => showWhy(turn, slug, command));
    case 'status':
      return showStatus(turn, command.slug, command.isPublic);
    case 'leaderboard':
      return withSlug(turn, command, (slug) => showLeaderboard(turn, slug, command));
    case 'research':
      return withSlug(turn, command, (slug) => showResearch(turn, slug, command));
    case 'tree':
      return withSlug(turn, command, (slug) => showTree(turn, slug, command.isPublic));
    case 'node':
      return showNode(turn, command);
    case 'compare':
      return withSlug(turn, command, (slug) => showComparison(turn, slug, command.isPublic));
    case 'params':
      return showParameters(turn, command);
    case 'lessons':
      return showLessons(turn, command);
    case 'logs':
      if (command.about === 'decisions') return showDecisionLog(turn, command.isPublic);
      return withSlug(turn, command, (slug) => showLogs(turn, slug, command));
    case 'decide':
      return decide(turn, command);
    case 'budget':
      return command.change === null
        ? showBudget(turn, command.slug, command.isPublic)
        : changeBudget(turn, command.change);
    case 'config':
      return command.change === null ? showConfig(turn) : setting(turn, command.change);
  }
}

async function setting(
  turn: Turn,
  change: NonNullable<Extract<Command, { verb: 'config' }>['change']>,
): Promise<Reply> {
  const refused = await refuse(turn, 'config-change');
  if (refused !== null) return refused;
  const read = readSetting(change.name, change.value);
  if ('wrong' in read) {
    return privately(turn, (scene) => answerUsage(scene, 'config', read.wrong));
  }
  return changeConfig(turn, read.change);
}
