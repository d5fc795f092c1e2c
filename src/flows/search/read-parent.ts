import type { Context } from '../../context.ts';
import type { ParentNode } from '../../domain/search/step.ts';
import type { TreeNode } from '../../domain/search/tree.ts';
import { gateReportSchema } from '../../providers/quality/contract.ts';
import { getTrainingJob } from '../../state/training.ts';
import { readObject, readObjectJson } from '../support/objects.ts';

type ParentContext = Pick<Context, 'state' | 'objects'>;

/** What a model is shown of an output: its beginning, where imports fail, and its end, where runs do. */
const shownCharacters = 2_500;

/** A node as its children are made from it: with its script, and what went wrong. */
export async function readParent(ctx: ParentContext, node: TreeNode): Promise<ParentNode> {
  const [script, requirements, failure] = await Promise.all([
    readText(ctx, node, 'train.py'),
    readText(ctx, node, 'requirements.txt'),
    readFailure(ctx, node),
  ]);
  return {
    approach: node.spec,
    operator: node.operator,
    script,
    requirements,
    cv: node.cv,
    folds: node.folds,
    seconds: node.seconds,
    failure,
    ablations: (node.ablations ?? []).toSorted((a, b) => b.loss - a.loss),
  };
}

async function readText(
  ctx: Pick<Context, 'objects'>,
  { objectPrefix }: TreeNode,
  name: string,
): Promise<string | null> {
  const key = objectPrefix === null ? null : `${objectPrefix}/${name}`;
  if (key === null || (await ctx.objects.head(key)) === null) return null;
  return (await readObject(ctx, key)).toString('utf8');
}

async function readFailure(ctx: ParentContext, node: TreeNode): Promise<ParentNode['failure']> {
  if (node.status !== 'failed') return null;
  const reason = node.error ?? 'It failed without a word.';
  if (node.failedAt === 'run' && node.runId !== null) {
    const job = await getTrainingJob(ctx.state, node.runId);
    return { reason, output: ends(job?.result?.logTail ?? '') };
  }
  if (node.failedAt !== 'gate' || node.objectPrefix === null) return { reason, output: '' };
  const report = gateReportSchema.safeParse(
    await readObjectJson(ctx, `${node.objectPrefix}/gate-report.json`),
  );
  const failed = report.data?.checks.find(({ status }) => status === 'failed');
  if (failed === undefined) return { reason, output: '' };
  const [sentence = '', ...output] = failed.message.split('\n');
  const findings = failed.findings.map(
    ({ rule, line, message }) => `${rule}${line === null ? '' : `, line ${line}`}: ${message}`,
  );
  return {
    reason: `The check ${failed.name} of the quality gate failed: ${sentence}`,
    output: ends([...findings, ...output].join('\n')),
  };
}

function ends(output: string): string {
  if (output.length <= 2 * shownCharacters) return output;
  return `${output.slice(0, shownCharacters)}\n…\n${output.slice(-shownCharacters)}`;
}
