import { expect, test, vi } from 'vitest';
import { TransientFailure } from '../../src/domain/errors.ts';
import { debugApproach } from '../../src/domain/search/debug-approach.ts';
import { finishGeneration } from '../../src/flows/codegen/finish-generation.ts';
import { planGeneration } from '../../src/flows/codegen/plan-generation.ts';
import type { JobHandlers } from '../../src/jobs/registry.ts';
import { debugCode, endCode, getCode } from '../../src/state/code.ts';
import { getCompetition, listTransitions, transitionCompetition } from '../../src/state/competitions.ts';
import { finishResearch } from '../../src/state/research.ts';
import { listNodes } from '../../src/state/search.ts';
import { aCompetition, someActor as actor, anApproach } from '../support/builders.ts';
import { aJobWorld, startNode } from '../support/job-nodes.ts';

const names = ['first-way', 'second-way'];

/** Writes scripts that their gate stops until they are mended; dies once after each record. */
function mendingHandlers(): Partial<JobHandlers> {
  const died = new Set<string>();
  const dieOnce = (name: string) => {
    if (died.has(name)) return;
    died.add(name);
    throw new TransientFailure('the worker is gone', { code: 'worker.gone' });
  };
  return {
    'codegen.plan': planGeneration,
    'codegen.finish': finishGeneration,
    async 'codegen.generate'(ctx, { itemId }) {
      const code = await getCode(ctx.state, itemId);
      if (code === null || code.status !== 'planned') return;
      if (code.approach.debugDepth === 1) {
        await endCode(ctx.state, { id: code.id, status: 'ready', generator: 'model', objectPrefix: 'code' });
        return;
      }
      await debugCode(ctx.state, {
        id: code.id,
        generator: 'model',
        objectPrefix: 'code',
        gateReport: { passed: false, checks: [] },
        error: 'It does not compile.',
        child: debugApproach(code.approach, () => true),
        maxDepth: 3,
        actor,
      });
      dieOnce(code.approach.name);
    },
  };
}

test('scripts that are mended within a round are all worked on, and the round moves on once', async () => {
  const world = await aJobWorld('postgres');
  const { id } = await aCompetition(world, {
    state: 'researching',
    round: 1,
    admitted: true,
    requested: true,
  });
  const nodes = names.map((name) => ({ spec: anApproach(name) }));
  await finishResearch(world.state, { competitionId: id, version: 0, nodes, actor });
  const handlers = mendingHandlers();
  await Promise.all([startNode(world, { handlers }), startNode(world, { handlers })]);

  await transitionCompetition(world.state, { id, version: 1, event: 'generation_started', actor });

  await vi.waitFor(
    async () => expect(await getCompetition(world.state, id)).toMatchObject({ state: 'code_ready' }),
    { timeout: 20_000 },
  );
  const tree = await listNodes(world.state, id);
  expect(tree.map(({ name, code }) => `${name} ${code?.status}`).toSorted()).toEqual(
    names.flatMap((name) => [`${name} failed`, `${name}-fix1 ready`]).toSorted(),
  );
  const moves = (await listTransitions(world.state, id)).filter(({ event }) => event === 'code_ready');
  expect(moves).toHaveLength(1);
});
