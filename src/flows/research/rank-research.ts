import type { Context } from '../../context.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { rankApproaches, researchReportSchema } from '../../domain/research.ts';
import { finishResearch, listResearch } from '../../state/research.ts';
import { competitionAt, type StageInput } from '../support/competition-call.ts';
import { Wait } from '../support/wait.ts';
import { readHistory } from './history.ts';

const lookAgainMs = 2_000;

/**
 * Joins the queries of a round: merges their reports into ranked approaches and moves on. Whether all have
 * answered is decided from the rows.
 * @throws BusinessFailure `research.no_approach`
 */
export async function rankResearch(ctx: Context, input: StageInput): Promise<void> {
  const competition = await competitionAt(ctx, input, 'researching');
  if (competition === null) return;
  const results = (await listResearch(ctx.state, competition.id)).filter(
    (result) => result.version === competition.version,
  );
  if (results.some((result) => result.status === 'planned')) {
    throw new Wait(lookAgainMs, 'some research queries have not answered yet');
  }
  const reports = results.flatMap((result) => {
    const parsed = researchReportSchema.safeParse(result.report);
    return parsed.success ? [parsed.data] : [];
  });
  const history = await readHistory(ctx, competition);
  const approaches = rankApproaches(reports, history, competition.limits.approachesPerRound);
  if (approaches.length === 0) {
    const reasons = results.flatMap((result) => (result.error === null ? [] : [result.error]));
    throw new BusinessFailure(
      `Research found no approach to ${competition.slug} that has not been tried${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''}.`,
      { code: 'research.no_approach' },
    );
  }
  const moved = await finishResearch(ctx.state, {
    competitionId: competition.id,
    version: competition.version,
    approaches,
    actor: ctx.actor,
  });
  ctx.log.info(
    { competition: competition.slug, approaches: approaches.map(({ name }) => name), moved: moved !== null },
    'research finished',
  );
}
