import type { Context } from '../../context.ts';
import { listTrackingUrls } from '../../state/tracking.ts';
import type { CompetitionFacts } from './competition-facts.ts';
import { countedOf } from './competition-facts.ts';

export type RunLink = { name: string; url: string };

/** As many as a message has room for. */
const mostLinks = 6;

/** Pages of these approaches' runs at the tracking service, in their order; none where nothing is tracked. */
export async function runLinks(
  { state }: Pick<Context, 'state'>,
  competitionId: string,
  names: readonly string[],
): Promise<RunLink[]> {
  const urls = new Map((await listTrackingUrls(state, competitionId)).map(({ name, url }) => [name, url]));
  return [...new Set(names)]
    .flatMap((name) => {
      const url = urls.get(name);
      return url === undefined ? [] : [{ name, url }];
    })
    .slice(0, mostLinks);
}

/** Approaches behind the submission that would count now. */
export function countedNames(facts: Pick<CompetitionFacts, 'overview' | 'submissions'>): string[] {
  const counted = countedOf(facts);
  return counted === null ? [] : [counted.approach, ...counted.members.map(({ approach }) => approach)];
}
