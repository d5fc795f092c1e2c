import type { Context } from '../../context.ts';
import { debugApproach } from '../../domain/search/debug-approach.ts';
import type { GateReport } from '../../providers/quality/contract.ts';
import { debugCode, endCode, type GeneratedCodeRow } from '../../state/code.ts';
import type { Competition } from '../../state/competitions.ts';
import { listApproaches } from '../../state/research.ts';
import { approachPrefix } from '../support/object-keys.ts';
import { sha256Of } from '../support/objects.ts';
import { scriptLimitSeconds } from '../support/run-limit.ts';
import { buildImage } from './build-image.ts';
import { generationSeed, type WrittenScript } from './write-script.ts';

type Judged = {
  competition: Competition;
  code: GeneratedCodeRow;
  written: WrittenScript;
  report: GateReport;
};

/** Keeps a script that passed its checks, with the bundle that is trained. */
export async function keepScript(ctx: Context, judged: Judged): Promise<void> {
  const { competition, code, written, report } = judged;
  const { generated, generator } = written;
  const prefix = await storeFiles(ctx, judged);
  const requirements = report.pinnedRequirements ?? generated.requirements;
  await buildImage(ctx, code, requirements);
  const body = await ctx.packBundle({
    script: generated.script,
    requirements,
    ...(report.outputTests === null ? {} : { outputTests: report.outputTests }),
    manifest: {
      schema: 1,
      competition: competition.slug,
      approach: code.approach.name,
      seed: generationSeed,
      timeLimitSeconds: await scriptLimitSeconds(ctx, competition),
      expectedOutputs: ['oof.csv', 'test.csv', 'submission.csv', 'metrics.json', 'meta.json'],
    },
  });
  await ctx.objects.put(`${prefix}/bundle.tar.gz`, body);
  await endCode(ctx.state, {
    id: code.id,
    status: 'ready',
    generator: generator.name,
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

/**
 * Ends a script that the gate stopped; where its writer can mend it, with the node that does so in the same round. The
 * script is kept either way: whoever mends it, and whoever asks why, sees what was written.
 */
export async function rejectScript(ctx: Context, judged: Judged): Promise<void> {
  const { competition, code, written, report } = judged;
  const { name, canDebug } = written.generator;
  const failed = report.checks.find((check) => check.status === 'failed');
  const ended = {
    id: code.id,
    generator: name,
    objectPrefix: await storeFiles(ctx, judged),
    gateReport: report,
    error: `The quality gate stopped this script (${failed?.name ?? 'unknown check'}): ${failed?.message ?? ''}`,
  };
  const approach = code.approach.name;
  if (!canDebug) {
    await endCode(ctx.state, { ...ended, status: 'failed' });
    ctx.log.warn({ approach, check: failed?.name }, 'code rejected by the quality gate');
    return;
  }
  const approaches = await listApproaches(ctx.state, competition.id);
  const names = new Set(approaches.map((one) => one.name));
  const debugged = await debugCode(ctx.state, {
    ...ended,
    child: debugApproach(code.approach, (name) => !names.has(name)),
    maxDepth: ctx.policy.search.debugDepth,
    actor: ctx.actor,
  });
  const isMended = debugged.ended && debugged.child !== null;
  ctx.log.warn(
    { approach, check: failed?.name, depth: code.approach.debugDepth, isMended },
    'code rejected by the quality gate',
  );
}

async function storeFiles(ctx: Context, { competition, code, written, report }: Judged): Promise<string> {
  const prefix = approachPrefix(competition.slug, code.round, code.approach.name);
  const { script, requirements } = written.generated;
  await ctx.objects.put(`${prefix}/train.py`, Buffer.from(script));
  await ctx.objects.put(`${prefix}/requirements.txt`, Buffer.from(requirements));
  await ctx.objects.put(`${prefix}/approach.json`, Buffer.from(JSON.stringify(code.approach.spec, null, 2)));
  await ctx.objects.put(`${prefix}/gate-report.json`, Buffer.from(JSON.stringify(report, null, 2)));
  return prefix;
}
