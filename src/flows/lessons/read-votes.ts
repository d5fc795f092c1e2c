import type { Context } from '../../context.ts';
import type { Approach } from '../../domain/approach.ts';
import { type Vote, voterFor, withVote } from '../../domain/lessons/votes.ts';
import type { ResearchReport } from '../../domain/research.ts';
import type { Competition } from '../../state/competitions.ts';
import { listOutcomes } from '../../state/lessons.ts';
import { researchRequestOf } from '../research/research-request.ts';
import { competitionsRead } from './learn.ts';
import { vectorOf } from './record-outcomes.ts';

/** What earlier competitions say of an approach; null where nothing is known of the new one yet. */
export type Voting = ((approach: Approach) => Vote) | null;

/** How earlier competitions vote for approaches to this one. */
export async function readVotes(
  ctx: Pick<Context, 'state'>,
  competition: Pick<Competition, 'id' | 'problem' | 'profile'>,
): Promise<Voting> {
  const vector = vectorOf(competition);
  if (vector === null) return null;
  return voterFor(await listOutcomes(ctx.state, competitionsRead), vector, competition.id);
}

/** The reports with each approach's expected gain moved by its vote, and the reason among its sources. */
export function voted(reports: readonly ResearchReport[], vote: Voting): ResearchReport[] {
  if (vote === null) return [...reports];
  return reports.map((report) => ({
    ...report,
    approaches: report.approaches.map((approach) => withVote(approach, vote(approach))),
  }));
}

/** Research that asks nobody, and so can be asked for all that it knows. */
const ownName = 'playbook';
/** More than any playbook knows. */
const allOfThem = 20;

/**
 * What the playbook knows and earlier competitions have something to say of: a research query proposes only as many as
 * a round may train, and what won elsewhere may not be among them. None without such competitions.
 */
export async function votedFor(
  ctx: Context,
  competition: Competition,
  vote: Voting,
): Promise<ResearchReport[]> {
  const playbook = ctx.research.find(({ name }) => name === ownName);
  if (playbook === undefined || vote === null) return [];
  const request = await researchRequestOf(ctx, competition, { kind: 'similar-solutions' });
  if (request === null) return [];
  const report = await playbook.research({ ...request, maxApproaches: allOfThem }, { signal: ctx.signal });
  const approaches = report.approaches.filter(
    (approach) => approach.basedOn === undefined && vote(approach).reason !== null,
  );
  return approaches.length === 0 ? [] : [{ ...report, approaches }];
}
