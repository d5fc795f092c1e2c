import { isFinal } from '../../domain/competition-machine.ts';
import type { Overview } from '../../domain/overview.ts';
import { answerBudget } from '../answers/budget.ts';
import { answerLeaderboard } from '../answers/leaderboard.ts';
import { answerAvailable, answerList } from '../answers/list.ts';
import { answerDecisionLog, answerLogs, isTroubled } from '../answers/logs.ts';
import { answerStatus } from '../answers/status.ts';
import type { ListFilter, Period } from '../commands.ts';
import type { Reply } from '../door.ts';
import { show, type Turn } from './turn.ts';

const decisionLogLines = 20;
const searchedForErrors = 1_000;

/** Without a slug: the thread's, the only one that runs, or the list of all. */
export async function showStatus(turn: Turn, slug: string | null, isPublic: boolean): Promise<Reply> {
  const named = slug ?? (await turn.threadSlug());
  if (named !== null) return showOverview(turn, await turn.flows.status({ slug: named }), isPublic);
  const all = await turn.flows.list();
  const open = all.filter(({ state }) => !isFinal(state));
  const [only] = open.length === 1 ? open : all;
  return only !== undefined && (open.length === 1 || all.length === 1)
    ? showOverview(turn, only, isPublic)
    : show(turn, isPublic, (scene) =>
        answerList(scene, all, { filter: 'all', page: 1, known: turn.memory.known() }),
      );
}

async function showOverview(turn: Turn, overview: Overview, isPublic: boolean): Promise<Reply> {
  const budget = await turn.flows.budget({ slug: overview.slug });
  const content = (await turn.flows.statusFacts?.({ slug: overview.slug })) ?? null;
  const known = turn.memory.known().find(({ slug }) => slug === overview.slug) ?? null;
  const participation = (await turn.flows.participation?.({ slug: overview.slug })) ?? null;
  const facts = { overview, content, budget, known, participation };
  return show(turn, isPublic, (scene) => answerStatus(scene, facts));
}

export async function showList(
  turn: Turn,
  { filter, page, isPublic }: { filter: ListFilter; page: number; isPublic: boolean },
): Promise<Reply> {
  if (filter === 'available') {
    const known = await turn.flows.known();
    return show(turn, isPublic, (scene) => answerAvailable(scene, known, page));
  }
  const overviews = await turn.flows.list();
  return show(turn, isPublic, (scene) =>
    answerList(scene, overviews, { filter, page, known: turn.memory.known() }),
  );
}

export async function showLeaderboard(
  turn: Turn,
  slug: string,
  { period = 'all', isPublic }: { period?: Period; isPublic: boolean },
): Promise<Reply> {
  const overview = await turn.flows.status({ slug });
  const result = await turn.flows.leaderboard({ slug });
  const scores = (await turn.flows.statusFacts?.({ slug }))?.chart ?? null;
  return show(turn, isPublic, (scene) => answerLeaderboard(scene, overview, result, { scores, period }));
}

export async function showLogs(
  turn: Turn,
  slug: string,
  { limit, onlyErrors = false, isPublic }: { limit: number; onlyErrors?: boolean; isPublic: boolean },
): Promise<Reply> {
  // Messages to people are steps too, but nothing that people look for here.
  const all = await turn.flows.logs({ slug, limit: onlyErrors ? searchedForErrors : limit * 3 });
  const runs = all.runs.filter(({ job, status }) => !job.startsWith('human.') || status === 'failed');
  const shown = onlyErrors ? runs.filter(isTroubled) : runs;
  const result = { runs: shown.slice(-limit) };
  return show(turn, isPublic, (scene) => answerLogs(scene, slug, result, onlyErrors));
}

export async function showDecisionLog(turn: Turn, isPublic: boolean): Promise<Reply> {
  const lines = await turn.flows.decisionLog({ slug: await turn.threadSlug(), limit: decisionLogLines });
  return show(turn, isPublic, (scene) => answerDecisionLog(scene, lines));
}

export async function showBudget(turn: Turn, slug: string | null, isPublic: boolean): Promise<Reply> {
  const named = slug ?? (await turn.threadSlug());
  const budget = await turn.flows.budget({ slug: named });
  return show(turn, isPublic, (scene) => answerBudget(scene, named, budget));
}
