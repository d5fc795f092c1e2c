import { z } from 'zod';
import type { Context } from '../../context.ts';
import { queryKinds } from '../../domain/research.ts';
import type { PlannedStep } from '../../domain/search/planned-step.ts';
import type { ResearchRequest } from '../../providers/research/contract.ts';
import type { Competition } from '../../state/competitions.ts';
import { listDecisions } from '../../state/decisions.ts';
import { lessonsFor } from '../lessons/read-lessons.ts';
import { readStepRequest } from '../search/step-request.ts';
import { readHistory } from './history.ts';
import { type OwnPage, readOwnPages } from './own-pages.ts';
import { readOwnPosts } from './own-posts.ts';

/** Seconds that the whole competition's training may still take in one round. */
function roundSeconds(ctx: Pick<Context, 'policy'>): number {
  return ctx.policy.trainingTimeLimitSeconds;
}

/** What a provider is asked; null while the competition has not been read. */
export async function researchRequestOf(
  ctx: Context,
  competition: Competition,
  query: { kind: string; step?: PlannedStep | null },
): Promise<ResearchRequest | null> {
  const { problem, profile } = competition;
  if (problem === null || profile === null) return null;
  return {
    kind: z.enum(queryKinds).parse(query.kind),
    problem,
    profile,
    rowCounts: { train: profile.train.rows, test: profile.test.rows },
    environment: ctx.environment,
    history: await readHistory(ctx, competition),
    advice: await readAdvice(ctx, competition.id),
    round: competition.round,
    maxApproaches: competition.limits.approachesPerRound,
    timeBudgetSeconds: roundSeconds(ctx),
    competitionId: competition.id,
    lessons: await lessonsFor(ctx, competition, 'research'),
    ...(wantsPages(ctx, query.kind) ? { pages: await pagesFor(ctx, competition, query.kind) } : {}),
    ...(await readStepRequest(ctx, competition, query.step ?? null)),
  };
}

/** Posts change from day to day and are told to who is asked for them alone. */
async function pagesFor(ctx: Context, competition: Competition, kind: string): Promise<OwnPage[]> {
  const pages = await readOwnPages(ctx, competition);
  return kind === 'discussion' ? [...pages, ...(await readOwnPosts(ctx, competition.slug))] : pages;
}

/** The playbook reads no pages; models that plan are told them, whatever is asked, so that prompts begin alike. */
function wantsPages({ research }: Pick<Context, 'research'>, kind: string): boolean {
  return kind === 'discussion' || research.some(({ name }) => name !== 'playbook');
}

/** The notes of people's decisions about the competition, oldest first. */
export async function readAdvice(ctx: Pick<Context, 'state'>, competitionId: string): Promise<string[]> {
  const decisions = await listDecisions(ctx.state, { competitionId, onlyOpen: false });
  return decisions.flatMap(({ note }) => (note === null ? [] : [note]));
}
