import type { Context } from '../../context.ts';
import type { KnownCompetition, ResearchResult } from '../../domain/command-results.ts';
import { researchReportSchema } from '../../domain/research.ts';
import { readInstallation, recordAudit } from '../../state/alerts.ts';
import { competitionOfMessage } from '../../state/cards.ts';
import { findCompetition, listCompetitions } from '../../state/competitions.ts';
import {
  type ApproachRow,
  listApproaches,
  listResearch,
  type ResearchResult as Row,
} from '../../state/research.ts';
import { type ListedTrainingJob, listTrainingJobs } from '../../state/training.ts';
import { deadlineOf } from '../support/deadline.ts';
import { findKnown } from './find-known.ts';

type LookContext = Pick<Context, 'state'>;

const installationCharacters = 8;

/** `/kaggle research`: what was asked and found, and the approaches that came of it; newest round first. */
export async function readResearch(ctx: LookContext, input: { slug: string }): Promise<ResearchResult> {
  const competition = await findKnown(ctx, input.slug);
  const [results, approaches, jobs] = await Promise.all([
    listResearch(ctx.state, competition.id),
    listApproaches(ctx.state, competition.id),
    listTrainingJobs(ctx.state, competition.id),
  ]);
  const newest = <T extends { round: number }>(a: T, b: T) => b.round - a.round;
  return {
    round: competition.round,
    findings: results.map(findingOf).sort(newest),
    approaches: approaches.map((approach) => approachOf(approach, jobs)).sort(newest),
  };
}

function findingOf({
  round,
  kind,
  provider,
  status,
  report,
  error,
}: Row): ResearchResult['findings'][number] {
  const parsed = researchReportSchema.safeParse(report);
  const found = parsed.success ? parsed.data : null;
  return {
    round,
    question: kind.replaceAll('-', ' '),
    provider: provider ?? found?.provider ?? '',
    status,
    summary: found?.summary ?? error ?? '',
    sources: (found?.citations ?? []).map(({ title, url }) => ({ title, url: url ?? null })),
  };
}

function approachOf(
  { id, round, name, spec, status }: ApproachRow,
  jobs: readonly ListedTrainingJob[],
): ResearchResult['approaches'][number] {
  const search = jobs.find((job) => job.approachId === id && job.purpose === 'search');
  return {
    round,
    name,
    title: spec.title,
    rationale: spec.rationale,
    status,
    cv: search?.scores?.cv ?? null,
    sources: spec.sources.map(({ title }) => title),
  };
}

/** Every competition that was ever seen, for suggestions while typing. */
export async function readKnown(ctx: LookContext): Promise<KnownCompetition[]> {
  return (await listCompetitions(ctx.state)).map((competition) => {
    const { slug, title, state, requestedAt } = competition;
    return { slug, title, state, isRequested: requestedAt !== null, deadline: deadlineOf(competition) };
  });
}

/** The slug of the competition whose message, or whose thread, this is. */
export async function findThreadCompetition(
  ctx: LookContext,
  input: { platform: string; channel: string; threadId: string },
): Promise<string | null> {
  const { platform, channel, threadId } = input;
  return await competitionOfMessage(ctx.state, { platform, channel, messageId: threadId });
}

/** Somebody asked for what their role does not allow: nothing changed, and it is written down. */
export async function recordRefusal(
  ctx: Pick<Context, 'state' | 'actor' | 'log'>,
  input: { action: string; slug: string | null },
): Promise<void> {
  const competition = input.slug === null ? null : await findCompetition(ctx.state, input.slug);
  await recordAudit(ctx.state, {
    actor: ctx.actor,
    action: `refused.${input.action.slice(0, 40)}`,
    competitionId: competition?.id ?? null,
    details: input.slug === null ? {} : { slug: input.slug.slice(0, 100) },
  });
  ctx.log.warn({ action: input.action, actor: ctx.actor }, 'somebody was refused');
}

/** The first characters of the installation's id, which buttons carry. */
export async function readInstallationMark(ctx: LookContext): Promise<string> {
  return (await readInstallation(ctx.state)).slice(0, installationCharacters);
}
