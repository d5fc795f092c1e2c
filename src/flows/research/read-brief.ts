import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { cleanUrl } from '../../domain/outside-text.ts';
import { type ResearchReport, researchReportSchema } from '../../domain/research.ts';
import type { BriefApproach, BriefQuery, BriefSource, ResearchBrief } from '../../domain/research-brief.ts';
import { type ApproachRow, listApproaches } from '../../state/research.ts';
import { type KeptQuery, listKeptQueries } from '../../state/research-reports.ts';
import { type ListedTrainingJob, listTrainingJobs } from '../../state/training.ts';
import { findKnown } from '../commands/find-known.ts';

type BriefContext = Pick<Context, 'state' | 'objects' | 'log'>;

const linkSeconds = 24 * 3_600;
/** How a vote of earlier competitions stands among an approach's sources. */
const votePrefix = 'Earlier competitions: ';

/**
 * `/kaggle research`: what was asked, of whom, with what outcome; what came back with its sources, and the approaches
 * that came of it; newest round first.
 * @throws BusinessFailure `competition.unknown`
 */
export async function readResearchBrief(ctx: BriefContext, input: { slug: string }): Promise<ResearchBrief> {
  const competition = await findKnown(ctx, input.slug);
  const [queries, approaches, jobs] = await Promise.all([
    listKeptQueries(ctx.state, competition.id),
    listApproaches(ctx.state, competition.id),
    listTrainingJobs(ctx.state, competition.id),
  ]);
  const newest = <T extends { round: number }>(a: T, b: T) => b.round - a.round;
  const shown = await Promise.all(queries.map((query) => queryOf(ctx, query)));
  return {
    round: competition.round,
    queries: shown.sort(newest),
    approaches: approaches.map((approach) => approachOf(approach, jobs)).sort(newest),
  };
}

async function queryOf(ctx: BriefContext, query: KeptQuery): Promise<BriefQuery> {
  const parsed = researchReportSchema.safeParse(query.report);
  const report: ResearchReport | null = parsed.success ? parsed.data : null;
  return {
    round: query.round,
    kind: query.kind,
    status: query.status,
    provider: query.provider ?? report?.provider ?? null,
    asked: query.asked,
    summary: report?.summary ?? '',
    findings: (report?.findings ?? []).map(({ claim, source, sources }) => {
      return {
        claim,
        sources: sources === undefined ? [{ title: source, url: null }] : sources.map(sourceOf),
      };
    }),
    sources: (report?.citations ?? []).map(sourceOf),
    leftOut: (report?.dropped?.withoutSource ?? 0) + (report?.dropped?.suspicious ?? 0),
    report: query.reportKey === null ? null : await linkOf(ctx, query.reportKey),
    error: query.error,
  };
}

/** Without its link the brief is still one. */
async function linkOf({ objects, log }: BriefContext, key: string): Promise<BriefQuery['report']> {
  try {
    return { key, url: await objects.signedUrl(key, { method: 'GET', expiresInSeconds: linkSeconds }) };
  } catch (error) {
    log.warn({ err: asFailure(error) }, 'no link to a research report');
    return null;
  }
}

function approachOf(
  { id, round, name, spec, status }: ApproachRow,
  jobs: readonly ListedTrainingJob[],
): BriefApproach {
  const search = jobs.find((job) => job.approachId === id && job.purpose === 'search');
  return {
    round,
    name,
    title: spec.title,
    rationale: spec.rationale,
    status,
    cv: search?.scores?.cv ?? null,
    requirements: spec.requirements,
    sources: spec.sources.filter(({ title }) => !title.startsWith(votePrefix)).map(sourceOf),
    lessons: spec.sources
      .filter(({ title }) => title.startsWith(votePrefix))
      .map(({ title }) => title.slice(votePrefix.length)),
  };
}

/** Addresses were checked when they were written; what an earlier version wrote was not. */
function sourceOf({ title, url }: { title: string; url?: string | undefined }): BriefSource {
  return { title, url: url === undefined ? null : cleanUrl(url) };
}
