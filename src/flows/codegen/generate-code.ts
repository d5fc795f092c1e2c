import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../context.ts';
import { asFailure, BusinessFailure } from '../../domain/errors.ts';
import type { GeneratedCode } from '../../providers/codegen/contract.ts';
import type { GateReport } from '../../providers/quality/contract.ts';
import { endCode, type GeneratedCodeRow, getCode } from '../../state/code.ts';
import { type Competition, getCompetition } from '../../state/competitions.ts';
import { copyJobData } from '../support/job-data.ts';
import { approachPrefix } from '../support/object-keys.ts';
import { sha256Of } from '../support/objects.ts';

const generationSeed = 42;
const debugLimitSeconds = 120;

/**
 * Writes the training script of one approach, and judges it before it costs anything: a script that fails the
 * quality gate is recorded with the reason and never trained.
 */
export async function generateCode(ctx: Context, input: { itemId: string }): Promise<void> {
  const code = await getCode(ctx.state, input.itemId);
  if (code === null || code.status !== 'planned') return;
  const competition = await getCompetition(ctx.state, code.competitionId);
  if (competition === null || competition.state !== 'code_generating') return;
  try {
    const { generator, generated } = await firstGenerated(ctx, competition, code);
    const report = await judge(ctx, competition, generated, generator === 'baseline');
    if (report.passed) await keep(ctx, competition, code, generator, generated, report);
    else await reject(ctx, code, generator, report);
  } catch (error) {
    const failure = asFailure(error);
    // Only a rule's "no" ends this approach here; everything else is the job's to retry.
    if (failure.kind !== 'business') throw failure;
    await endCode(ctx.state, { id: code.id, status: 'failed', error: failure.message });
  }
}

async function firstGenerated(
  ctx: Context,
  competition: Competition,
  code: GeneratedCodeRow,
): Promise<{ generator: string; generated: GeneratedCode }> {
  const { problem, profile } = competition;
  if (problem === null || profile === null) {
    throw new BusinessFailure(`The problem of ${competition.slug} is not known yet.`, {
      code: 'codegen.no_problem',
    });
  }
  let last: unknown = new BusinessFailure('No code generator is configured.', {
    code: 'codegen.no_generator',
  });
  for (const generator of ctx.generators) {
    try {
      const request = {
        problem,
        profile,
        approach: code.approach.spec,
        environment: ctx.environment,
        timeBudgetSeconds: ctx.policy.trainingTimeLimitSeconds,
        seed: generationSeed,
      };
      return {
        generator: generator.name,
        generated: await generator.generate(request, { signal: ctx.signal }),
      };
    } catch (error) {
      last = error;
      ctx.log.warn(
        { err: asFailure(error), generator: generator.name, approach: code.approach.name },
        'generator failed',
      );
    }
  }
  throw last;
}

async function judge(
  ctx: Context,
  competition: Competition,
  generated: GeneratedCode,
  keepsTimeLimit: boolean,
): Promise<GateReport> {
  const folder = join(ctx.scratchFolder, `gate-${randomUUID()}`);
  try {
    const contract = await copyJobData(ctx, competition.slug, 0, folder);
    return await ctx.quality.check(
      {
        script: generated.script,
        requirements: generated.requirements,
        contract,
        dataFolder: folder,
        seed: generationSeed,
        debugLimitSeconds,
        timeLimitSeconds: ctx.policy.trainingTimeLimitSeconds,
        keepsTimeLimit,
      },
      { signal: ctx.signal },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function keep(
  ctx: Context,
  competition: Competition,
  code: GeneratedCodeRow,
  generator: string,
  generated: GeneratedCode,
  report: GateReport,
): Promise<void> {
  const prefix = approachPrefix(competition.slug, code.round, code.approach.name);
  const body = await ctx.packBundle({
    script: generated.script,
    requirements: generated.requirements,
    manifest: {
      schema: 1,
      competition: competition.slug,
      approach: code.approach.name,
      seed: generationSeed,
      timeLimitSeconds: ctx.policy.trainingTimeLimitSeconds,
      expectedOutputs: ['oof.csv', 'test.csv', 'submission.csv', 'metrics.json', 'meta.json'],
    },
  });
  await ctx.objects.put(`${prefix}/train.py`, Buffer.from(generated.script));
  await ctx.objects.put(`${prefix}/approach.json`, Buffer.from(JSON.stringify(code.approach.spec, null, 2)));
  await ctx.objects.put(`${prefix}/gate-report.json`, Buffer.from(JSON.stringify(report, null, 2)));
  await ctx.objects.put(`${prefix}/bundle.tar.gz`, body);
  await endCode(ctx.state, {
    id: code.id,
    status: 'ready',
    generator,
    objectPrefix: prefix,
    bundle: { objectKey: `${prefix}/bundle.tar.gz`, sha256: sha256Of(body), sizeBytes: body.length },
    gateReport: report,
    estimateSeconds: report.estimateSeconds,
  });
  ctx.log.info(
    { competition: competition.slug, approach: code.approach.name, estimateSeconds: report.estimateSeconds },
    'code ready',
  );
}

async function reject(
  ctx: Context,
  code: GeneratedCodeRow,
  generator: string,
  report: GateReport,
): Promise<void> {
  const failed = report.checks.find((check) => check.status === 'failed');
  await endCode(ctx.state, {
    id: code.id,
    status: 'failed',
    generator,
    gateReport: report,
    error: `The quality gate stopped this script (${failed?.name ?? 'unknown check'}): ${failed?.message ?? ''}`,
  });
  ctx.log.warn({ approach: code.approach.name, check: failed?.name }, 'code rejected by the quality gate');
}
