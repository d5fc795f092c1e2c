import type { Context } from '../../context.ts';
import { asFailure, BusinessFailure, type Failure } from '../../domain/errors.ts';
import type { SearchTree, TreeNode } from '../../domain/search/tree.ts';
import { treeAt } from '../../domain/search/tree-at.ts';
import type { CodeGenerator, CodeRequest, GeneratedCode } from '../../providers/codegen/contract.ts';
import type { GeneratedCodeRow } from '../../state/code.ts';
import type { Competition } from '../../state/competitions.ts';
import { lessonsFor } from '../lessons/read-lessons.ts';
import { readOwnPages } from '../research/own-pages.ts';
import { readAdvice } from '../research/research-request.ts';
import { readTree } from '../search/read-tree.ts';
import { stepRequestOf } from '../search/step-request.ts';
import { waitForModel } from '../support/model-patience.ts';
import { scriptLimitSeconds } from '../support/run-limit.ts';

export const generationSeed = 42;

export type WrittenScript = { generator: CodeGenerator; generated: GeneratedCode };

/**
 * Has a node's script written by the first generator that can. The first node of a tree is the floor that needs no
 * model; what failed goes back to whoever wrote it. A model that is only busy or overloaded is waited for; where that
 * lasts, the next generator writes, and a node that nobody else can write is given up.
 * @throws Wait while a model is waited for
 * @throws BusinessFailure `codegen.no_generator`, `codegen.no_problem`, and what the generators fail with
 * @throws TransientFailure of our own ground
 */
export async function writeScript(
  ctx: Context,
  competition: Competition,
  code: GeneratedCodeRow,
): Promise<WrittenScript> {
  // An answer that was paid for comes back where the question is the same, word for word.
  const tree = treeAt(await readTree(ctx, competition), code.createdAt);
  const request = await requestOf(ctx, competition, code, tree);
  let last: Failure | null = null;
  for (const generator of generatorsFor(ctx, tree, code)) {
    try {
      return { generator, generated: await generator.generate(request, { signal: ctx.signal }) };
    } catch (error) {
      ctx.signal.throwIfAborted();
      const failure = asFailure(error);
      const wait = await waitForModel(ctx, competition, failure);
      ctx.log.warn(
        { err: failure, generator: generator.name, approach: code.approach.name, waits: wait !== null },
        'generator failed',
      );
      if (wait !== null) throw wait;
      last = givenUp(failure);
    }
  }
  throw last ?? new BusinessFailure('No code generator is configured.', { code: 'codegen.no_generator' });
}

/**
 * What a generator's failure means for the node. That no model can be asked, for whatever reason, keeps no round waiting.
 * @throws what is no model's and may pass: the job is started again for it
 */
function givenUp(failure: Failure): Failure {
  const isOfModel = failure.code.startsWith('llm.');
  if (failure.kind === 'transient' && !isOfModel) throw failure;
  if (!isOfModel || failure.kind === 'business' || failure.kind === 'system') return failure;
  return new BusinessFailure(`No language model could be asked: ${failure.message}`, {
    code: 'codegen.model_away',
    cause: failure,
  });
}

async function requestOf(
  ctx: Context,
  competition: Competition,
  { approach }: GeneratedCodeRow,
  tree: SearchTree,
): Promise<CodeRequest> {
  const { problem, profile } = competition;
  if (problem === null || profile === null) {
    throw new BusinessFailure(`The problem of ${competition.slug} is not known yet.`, {
      code: 'codegen.no_problem',
    });
  }
  return {
    problem,
    profile,
    approach: approach.spec,
    environment: ctx.environment,
    timeBudgetSeconds: await scriptLimitSeconds(ctx, competition),
    seed: generationSeed,
    competitionId: competition.id,
    approachId: approach.id,
    lessons: await lessonsFor(ctx, competition, 'code'),
    ...(await stepRequestOf(ctx, tree, { operator: approach.operator, parents: approach.parents })),
    ...(await wordsFor(ctx, competition)),
  };
}

/** What only a writer that reads can use: the competition's own words, and people's. */
async function wordsFor(
  ctx: Context,
  competition: Competition,
): Promise<Pick<CodeRequest, 'pages' | 'advice'>> {
  if (!ctx.generators.some(({ canDebug }) => canDebug)) return {};
  const [pages, advice] = await Promise.all([
    readOwnPages(ctx, competition),
    readAdvice(ctx, competition.id),
  ]);
  return { pages, advice: advice.toReversed() };
}

/** In the order in which they are asked. */
function generatorsFor(
  { generators }: Pick<Context, 'generators'>,
  tree: SearchTree,
  { approach }: GeneratedCodeRow,
): CodeGenerator[] {
  if (approach.operator === 'debug') {
    const writer = parentOf(tree, approach.parents)?.generator;
    const debuggers = generators.filter(({ canDebug }) => canDebug);
    return debuggers.toSorted((a, b) => Number(b.name === writer) - Number(a.name === writer));
  }
  const isFloor = tree.nodes[0]?.id === approach.id;
  return isFloor ? generators.toSorted((a, b) => Number(a.canDebug) - Number(b.canDebug)) : [...generators];
}

function parentOf({ nodes }: SearchTree, [parent]: readonly string[]): TreeNode | undefined {
  return nodes.find(({ id }) => id === parent);
}
