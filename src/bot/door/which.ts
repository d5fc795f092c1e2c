import { isFinal } from '../../domain/competition-machine.ts';
import type { Overview } from '../../domain/overview.ts';
import { askWhichCompetition } from '../answers/misunderstood.ts';
import type { Reply } from '../door.ts';
import { privately, type Turn } from './turn.ts';

export type SlugVerb =
  | 'pause'
  | 'resume'
  | 'stop'
  | 'leaderboard'
  | 'research'
  | 'tree'
  | 'node'
  | 'compare'
  | 'params'
  | 'logs'
  | 'why';

const suits: Readonly<Record<SlugVerb, (overview: Overview) => boolean>> = {
  pause: ({ state }) => !isFinal(state) && state !== 'paused',
  resume: ({ state }) => state === 'paused',
  stop: ({ state }) => !isFinal(state),
  leaderboard: () => true,
  research: () => true,
  tree: () => true,
  node: () => true,
  compare: () => true,
  params: ({ state }) => !isFinal(state),
  logs: () => true,
  why: () => true,
};

/** Without a slug: the thread's competition, the only one that the verb can mean, else a question. */
export async function withSlug(
  turn: Turn,
  { verb, slug }: { verb: SlugVerb; slug: string | null },
  act: (slug: string) => Promise<Reply>,
): Promise<Reply> {
  const named = slug ?? (await turn.threadSlug());
  if (named !== null) return act(named);
  const all = await turn.flows.list();
  const suitable = all.filter(suits[verb]);
  const open = all.filter(({ state }) => !isFinal(state));
  // The only one that can be meant is in that state already: the answer says so, and what can be done.
  const meant = suitable.length === 0 && open.length === 1 ? open : suitable;
  const candidates = meant.map((overview) => overview.slug);
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return act(only);
  return privately(turn, (scene) => askWhichCompetition(scene, verb, candidates));
}
