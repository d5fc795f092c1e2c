import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../context.ts';
import { debugLimitSeconds } from '../../domain/debug-limit.ts';
import { shareOf, usableMemoryShare } from '../../domain/environment.ts';
import { asFailure } from '../../domain/errors.ts';
import type { GateReport } from '../../providers/quality/contract.ts';
import { endCode, type GeneratedCodeRow, getCode } from '../../state/code.ts';
import { type Competition, getCompetition } from '../../state/competitions.ts';
import { fullRunLimitSeconds } from '../gpu/run-demand.ts';
import { copyJobData } from '../support/job-data.ts';
import { scriptLimitSeconds } from '../support/run-limit.ts';
import { Wait } from '../support/wait.ts';
import { keepScript, rejectScript } from './store-script.ts';
import { generationSeed, type WrittenScript, writeScript } from './write-script.ts';

/** Writes from its own pieces: nobody reads them again, and they shorten themselves to their time limit. */
const ownGenerator = 'baseline';

/**
 * Writes the training script of one node, and judges it before it costs anything: a script that fails the quality gate
 * is recorded with the reason and never trained; where its writer can mend it, it gets a child that does.
 */
export async function generateCode(ctx: Context, input: { itemId: string }): Promise<void> {
  const code = await getCode(ctx.state, input.itemId);
  if (code === null || code.status !== 'planned') return;
  const competition = await getCompetition(ctx.state, code.competitionId);
  if (competition === null || competition.state !== 'code_generating') return;
  try {
    const written = await writeScript(ctx, competition, code);
    const report = await judge(ctx, competition, code, written);
    const judged = { competition, code, written, report };
    if (report.passed) await keepScript(ctx, judged);
    else await rejectScript(ctx, judged);
  } catch (error) {
    if (error instanceof Wait) throw error;
    const failure = asFailure(error);
    // Only a rule's "no" ends this approach here; everything else is the job's to retry.
    if (failure.kind !== 'business') throw failure;
    await endCode(ctx.state, { id: code.id, status: 'failed', error: failure.message });
  }
}

async function judge(
  ctx: Context,
  competition: Competition,
  code: GeneratedCodeRow,
  { generator, generated }: WrittenScript,
): Promise<GateReport> {
  const folder = join(ctx.scratchFolder, `gate-${randomUUID()}`);
  const isOwnCode = generator.name === ownGenerator;
  try {
    const contract = await copyJobData(ctx, competition.slug, 0, folder);
    const timeLimitSeconds = await scriptLimitSeconds(ctx, competition);
    return await ctx.quality.check(
      {
        script: generated.script,
        requirements: generated.requirements,
        contract,
        dataFolder: folder,
        seed: generationSeed,
        debugLimitSeconds: debugLimitSeconds(timeLimitSeconds),
        timeLimitSeconds: await fullRunLimitSeconds(ctx, competition, generated.requirements),
        memoryLimitBytes: Math.floor(
          shareOf(ctx.environment, ctx.policy.localSlots).memoryBytes * usableMemoryShare,
        ),
        keepsTimeLimit: isOwnCode,
        isOwnCode,
        ...(competition.profile === null ? {} : { profile: competition.profile }),
        competitionId: competition.id,
        approachId: code.approachId,
      },
      { signal: ctx.signal },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
