import { discoverFilters } from '../../domain/discovery-results.ts';
import { locales } from '../../domain/preferences.ts';
import { type Action, decodeAction } from '../action.ts';
import { aMessage } from '../answers/decisions.ts';
import type { Attempt } from '../answers/failure.ts';
import { answerCommandHelp, answerHelp } from '../answers/help.ts';
import { answerOldButton } from '../answers/old-button.ts';
import { slugOf } from '../command-arguments.ts';
import { findVerb, listFilters, mostLogLines, periods } from '../commands.ts';
import type { Reply } from '../door.ts';
import { createVoice } from '../voice.ts';
import { attempt, noAttempt } from './attempt.ts';
import { askAgain, decideByPress, findDecision, isDecision, showDetails, snooze } from './decide.ts';
import { showDiscovery, showWhy } from './explore.ts';
import { budgetForm, configForm, noteForm, startForm } from './forms.ts';
import { showBudget, showLeaderboard, showList, showLogs, showStatus } from './look.ts';
import { allowGpus, stopGpus } from './machines.ts';
import { refuse } from './permit.ts';
import { showNode, showResearch, showTree } from './search.ts';
import { pause, resume, showConfig, start, stop, stopNow } from './steer.ts';
import { showComparison } from './training.ts';
import { privately, type Turn } from './turn.ts';

const pressedLogLines = 20;

/** A pressed button: whoever presses is checked now, and of the payload only ids are read. */
export async function runPress(turn: Turn, text: string): Promise<Reply> {
  const refused = await refuse(turn, 'help');
  if (refused !== null) return refused;
  const action = readAction(turn, text);
  if ('kind' in action) return action;
  return attempt(turn, attemptOf(action), () => act(turn, action));
}

/** An action of this installation, or what is said where it is none. */
export function readAction(turn: Turn, text: string): Action | Reply {
  const action = decodeAction(text);
  if (action === null) return privately(turn, (scene) => answerOldButton(scene, 'old'));
  if (action.installation === turn.installation) return action;
  return privately(turn, (scene) => answerOldButton(scene, 'foreign'));
}

function attemptOf({ name, args }: Action): Attempt {
  const slug = args[0] ?? null;
  switch (name) {
    case 'start':
    case 'pause':
    case 'resume':
    case 'status':
    case 'leaderboard':
    case 'research':
    case 'tree':
    case 'compare':
    case 'logs':
    case 'why':
      return { verb: name, slug };
    case 'node':
      return { verb: 'tree', slug };
    default:
      return noAttempt;
  }
}

async function act(turn: Turn, action: Action): Promise<Reply> {
  switch (action.name) {
    case 'decide':
    case 'note':
    case 'details':
    case 'again':
    case 'snooze':
      return actOnDecision(turn, action);
    case 'start':
    case 'pause':
    case 'resume':
    case 'stop':
    case 'stop-now':
    case 'status':
    case 'leaderboard':
    case 'research':
    case 'tree':
    case 'compare':
    case 'node':
    case 'logs':
    case 'why':
      return actOnCompetition(turn, action.name, action.args);
    default:
      return actAnywhere(turn, action);
  }
}

async function actOnDecision(turn: Turn, { name, args: [id, option] }: Action): Promise<Reply> {
  const decision = await findDecision(turn, id);
  if (!isDecision(decision)) return decision;
  switch (name) {
    case 'details':
      return showDetails(turn, decision);
    case 'again':
      return askAgain(turn, decision);
    case 'snooze':
      return snooze(turn, decision);
    case 'note': {
      const refused = await refuse(turn, 'note', { slug: decision.slug, decisionKind: decision.kind });
      return refused ?? { kind: 'form', form: noteForm(turn.scene, decision.id, option ?? null, decision) };
    }
    default:
      return decideByPress(turn, decision, option ?? '', null);
  }
}

type CompetitionAction =
  | 'start'
  | 'pause'
  | 'resume'
  | 'stop'
  | 'stop-now'
  | 'status'
  | 'leaderboard'
  | 'research'
  | 'tree'
  | 'compare'
  | 'node'
  | 'logs'
  | 'why';

async function actOnCompetition(
  turn: Turn,
  name: CompetitionAction,
  [arg, more = '']: readonly string[],
): Promise<Reply> {
  const slug = arg === undefined ? null : slugOf(arg);
  if (slug === null) return privately(turn, (scene) => answerOldButton(scene, 'old'));
  switch (name) {
    case 'start':
      return start(turn, { slug, limits: {}, priority: null });
    case 'pause':
      return pause(turn, slug);
    case 'resume':
      return resume(turn, slug);
    case 'stop':
      return stop(turn, slug);
    case 'stop-now':
      return stopNow(turn, slug);
    case 'status':
      return showStatus(turn, slug, false);
    case 'leaderboard':
      return showLeaderboard(turn, slug, {
        isPublic: false,
        period: periods.find((one) => one === more) ?? 'all',
      });
    case 'research':
      return showResearch(turn, slug, { page: pageOf(more), isPublic: false });
    case 'tree':
      return showTree(turn, slug, false);
    case 'compare':
      return showComparison(turn, slug, false);
    case 'node':
      return showNode(turn, { slug, which: more === '' ? null : more, isPublic: false });
    case 'why':
      return showWhy(turn, slug, { change: null, isPublic: false });
    case 'logs':
      return showLogs(turn, slug, {
        isPublic: false,
        limit: /^\d{1,3}$/.test(more) ? Math.min(mostLogLines, Math.max(1, Number(more))) : pressedLogLines,
        ...(more === 'errors' ? { onlyErrors: true } : {}),
      });
  }
}

async function actAnywhere(turn: Turn, { name, args: [first, second] }: Action): Promise<Reply> {
  switch (name) {
    case 'list': {
      const filter = listFilters.find((one) => one === first) ?? 'all';
      return showList(turn, { filter, page: pageOf(second), isPublic: false });
    }
    case 'discover': {
      const filter = discoverFilters.find((one) => one === first) ?? 'best';
      return showDiscovery(turn, { filter, page: pageOf(second), isPublic: false });
    }
    case 'budget':
      return showBudget(turn, first === undefined ? null : slugOf(first), false);
    case 'help': {
      const verb = first === undefined ? null : findVerb(first);
      return privately(turn, (scene) => (verb === null ? answerHelp(scene) : answerCommandHelp(scene, verb)));
    }
    case 'gpus-stop':
      return stopGpus(turn);
    case 'gpus-allow':
      return allowGpus(turn);
    case 'config':
      return showConfig(turn);
    case 'language':
      return helpIn(turn, first);
    case 'start-form': {
      const form = startForm(turn.scene, { slug: first === undefined ? null : slugOf(first) });
      return (await refuse(turn, 'start-form')) ?? { kind: 'form', form };
    }
    case 'budget-form':
      return (await refuse(turn, 'budget-form')) ?? { kind: 'form', form: budgetForm(turn.scene) };
    case 'config-form': {
      const refused = await refuse(turn, 'config-form');
      if (refused !== null) return refused;
      return { kind: 'form', form: configForm(turn.scene, await turn.flows.preferences()) };
    }
    default:
      return privately(turn, (scene) => aMessage(scene, scene.voice.plain('answers:press.old')));
  }
}

function pageOf(text = ''): number {
  return /^\d{1,4}$/.test(text) ? Number(text) : 1;
}

/** Help in the other language; a person's own comes from the platform. */
function helpIn(turn: Turn, wanted: string | undefined): Reply {
  const { scene } = turn;
  const locale = locales.find((one) => one === wanted) ?? scene.voice.locale;
  const { ink, timeZone, now } = scene.voice;
  const voice = createVoice({ locale, ink, timeZone, now });
  return { kind: 'card', audience: 'private', card: answerHelp({ ...scene, voice }), locale };
}
