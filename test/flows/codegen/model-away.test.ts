import { expect, test } from 'vitest';
import { ConfigurationFailure, TransientFailure } from '../../../src/domain/errors.ts';
import { readTree } from '../../../src/flows/search/read-tree.ts';
import type { CodeGenerator } from '../../../src/providers/codegen/contract.ts';
import { type GateReport, gateReportSchema } from '../../../src/providers/quality/contract.ts';
import {
  aPracticeWorld,
  driveTo,
  now,
  type PracticeWorld,
  startedCompetition,
} from '../../support/practice-world.ts';

const overloaded = () => new TransientFailure('Claude is overloaded.', { code: 'llm.overloaded' });

/** Writes where `fail` gives it no reason not to. Both of a world can mend, so that the model is asked for the floor too. */
function aWriter(
  name: string,
  fail: (asked: number, mended: string | null) => Error | null = () => null,
): CodeGenerator {
  let asked = 0;
  return {
    name,
    canDebug: true,
    generate: async ({ approach, step }) => {
      asked += 1;
      const failure = fail(asked, step?.operator === 'debug' ? approach.name : null);
      if (failure !== null) throw failure;
      return { script: `# ${approach.name}\n`, requirements: '', notes: [] };
    },
  };
}

type Changes = { patienceSeconds?: number; approaches?: readonly string[]; bad?: string };

async function aWorld(generators: CodeGenerator[], changes: Changes = {}): Promise<PracticeWorld> {
  const { patienceSeconds = 60, approaches = ['a-way'], bad } = changes;
  const report = (isBad: boolean): GateReport =>
    gateReportSchema.parse({
      passed: !isBad,
      checks: isBad ? [{ name: 'compile', status: 'failed', seconds: 0, message: 'It is no Python.' }] : [],
      estimateSeconds: 1,
    });
  const notTried = async (): Promise<never> => {
    throw new Error('No script runs in this test.');
  };
  return await aPracticeWorld({
    approaches,
    policy: {
      approachesPerRound: approaches.length,
      stageSlaSeconds: { code_generating: 3 * patienceSeconds },
    },
    context: {
      generators,
      quality: {
        check: async ({ script }) => report(bad !== undefined && script.includes(bad)),
        ablate: notTried,
        tryOut: notTried,
        review: null,
      },
    },
  });
}

async function nodesOf(world: PracticeWorld) {
  const started = await startedCompetition(world);
  await driveTo(world, started, 'completed');
  const { nodes } = await readTree(world.ctx, await now(world, started));
  return nodes.map(({ name, status, generator, error }) => ({ name, status, generator, error }));
}

test('a model that is overloaded for a moment is waited for, and writes the node', async () => {
  const model = aWriter('model', (asked) => (asked <= 3 ? overloaded() : null));
  const world = await aWorld([model, aWriter('built-in')]);

  expect(await nodesOf(world)).toMatchObject([{ status: 'scored', generator: 'model' }]);
});

test('where it lasts, the next generator writes the node', async () => {
  const world = await aWorld([aWriter('model', overloaded), aWriter('built-in')], { patienceSeconds: 0.1 });

  expect(await nodesOf(world)).toMatchObject([{ status: 'scored', generator: 'built-in' }]);
});

test('a script that only a model could mend which cannot be asked is given up, and the round goes on', async () => {
  const empty = () => new ConfigurationFailure('The account is empty.', { code: 'llm.spend_limit' });
  const model = aWriter('model', (_asked, mended) => {
    if (mended === null) return null;
    return mended.startsWith('bad-way-one') ? overloaded() : empty();
  });
  const approaches = ['a-way', 'bad-way-one', 'bad-way-two'];
  const world = await aWorld([model], { patienceSeconds: 0.1, approaches, bad: 'bad-way' });

  expect(
    (await nodesOf(world)).filter(({ name }) => !name.endsWith('-way-one') && !name.endsWith('-way-two')),
  ).toMatchObject([
    { name: 'a-way', status: 'scored' },
    {
      name: 'bad-way-one-fix1',
      status: 'failed',
      error: 'No language model could be asked: Claude is overloaded.',
    },
    {
      name: 'bad-way-two-fix1',
      status: 'failed',
      error: 'No language model could be asked: The account is empty.',
    },
  ]);
});

test('trouble of our own is no reason to take another generator', async () => {
  const lost = () => new TransientFailure('The database is gone.', { code: 'state.lost' });
  const world = await aWorld([aWriter('model', lost), aWriter('built-in')]);

  await expect(nodesOf(world)).rejects.toMatchObject({ code: 'state.lost' });
});
