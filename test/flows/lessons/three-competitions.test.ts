import { expect, test } from 'vitest';
import { profileVectorOf } from '../../../src/domain/lessons/profile-vector.ts';
import { voterFor, withVote } from '../../../src/domain/lessons/votes.ts';
import { rankApproaches } from '../../../src/domain/research.ts';
import { finishCompetition } from '../../../src/flows/submission/finish-competition.ts';
import { createBaselineGenerator } from '../../../src/providers/codegen/baseline/baseline-generator.ts';
import type { CodeRequest } from '../../../src/providers/codegen/contract.ts';
import type { ResearchRequest } from '../../../src/providers/research/contract.ts';
import { createPlaybookResearch } from '../../../src/providers/research/playbook.ts';
import type { Competition } from '../../../src/state/competitions.ts';
import { listOutcomes } from '../../../src/state/lessons.ts';
import { listApproaches } from '../../../src/state/research.ts';
import type { Work } from '../../support/in-process-compute.ts';
import { aCompetitionFolder } from '../../support/kaggle.ts';
import {
  aPracticeWorld,
  driveTo,
  oddOrEven,
  type PracticeWorld,
  startedCompetition,
} from '../../support/practice-world.ts';

/** Every so many rows are wrong; what is not named is right everywhere. */
const wrongEvery: Readonly<Record<string, number>> = { 'boosted-trees': 3, 'averaged-forests': 7 };

/** Machines on which the smooth models are right, and trees are not. */
function workOf(world: () => PracticeWorld): Work {
  return async (job) => {
    const { rows } = await world().pool.query<{ name: string }>(
      `select a.name from generated_code g join approaches a on a.id = g.approach_id where g.bundle ->> 'sha256' = $1`,
      [job.sheet.bundle.sha256],
    );
    const done = await oddOrEven(job);
    const every = wrongEvery[rows[0]?.name ?? ''] ?? 0;
    if (!('files' in done)) return done;
    const files = Object.entries(done.files).map(([name, text]) => {
      if (!['oof.csv', 'gate.csv', 'test.csv'].includes(name)) return [name, text] as const;
      const [header = '', ...lines] = text.trim().split('\n');
      const rewritten = lines.map((line) => {
        const id = line.split(',')[0] ?? '';
        const isRight = every === 0 || Number(id) % every !== 0;
        const odd = (Number(id) % 2 === 1) === isRight ? 0.9 : 0.1;
        return `${id},${1 - odd},${odd}`;
      });
      return [name, [header, ...rewritten, ''].join('\n')] as const;
    });
    return { ...done, files: Object.fromEntries(files) };
  };
}

async function aWorld(slugs: readonly string[]) {
  const asked: ResearchRequest[] = [];
  const written: CodeRequest[] = [];
  const playbook = createPlaybookResearch();
  const baseline = createBaselineGenerator();
  const made: { world?: PracticeWorld } = {};
  const world = await aPracticeWorld({
    folders: await Promise.all(slugs.map((slug) => aCompetitionFolder({ slug }))),
    work: workOf(() => {
      if (made.world === undefined) throw new Error('unreachable: no machine starts before the world');
      return made.world;
    }),
    policy: { approachesPerRound: 3, maxActiveCompetitions: 1 },
    context: {
      research: [
        {
          ...playbook,
          research: (request, call) => {
            asked.push(request);
            return playbook.research(request, call);
          },
        },
      ],
      generators: [
        {
          ...baseline,
          generate: (request, call) => {
            written.push(request);
            return baseline.generate(request, call);
          },
        },
      ],
    },
  });
  made.world = world;
  return { world, asked, written };
}

async function play(
  world: PracticeWorld,
  slug: string,
): Promise<{ competition: Competition; names: string[] }> {
  const competition = await driveTo(world, await startedCompetition(world, slug), 'completed');
  // What follows from the end.
  await finishCompetition(world.ctx, { competitionId: competition.id });
  return { competition, names: await namesOf(world, competition) };
}

async function namesOf({ ctx }: PracticeWorld, { id }: Competition): Promise<string[]> {
  const approaches = await listApproaches(ctx.state, id);
  return approaches.sort((a, b) => a.rank - b.rank).map(({ name }) => name);
}

test('the third competition begins with what won in the first two, as the votes predict, and is told why', {
  timeout: 120_000,
}, async () => {
  const { world, asked, written } = await aWorld(['first', 'second', 'third']);
  const { state } = world.ctx;

  const first = await play(world, 'first');
  expect(first.names).toEqual(['boosted-trees', 'smooth-models', 'averaged-forests']);
  await play(world, 'second');
  const before = await listOutcomes(state, 10);
  asked.length = 0;
  written.length = 0;
  const competition = await driveTo(world, await startedCompetition(world, 'third'), 'code_ready');
  const third = { competition, names: await namesOf(world, competition) };

  // What is written down after two competitions: each node, with its rank, the gate only because they are over.
  expect(before.slice(0, 3).map(({ approach, score }) => [approach, score])).toEqual(
    expect.arrayContaining([
      ['smooth-models', 1],
      ['averaged-forests', 0.5],
      ['boosted-trees', 0],
    ]),
  );
  expect(before[0]).toMatchObject({
    competition: 'first',
    metric: 'accuracy',
    finalShare: expect.any(Number),
  });

  // The order is the one that the votes predict from what was known then.
  const { problem, profile, id } = third.competition;
  if (problem === null || profile === null) throw new Error('it was read');
  const vote = voterFor(before, profileVectorOf(problem, profile), id);
  const [request] = asked;
  if (request === undefined) throw new Error('the playbook was asked');
  const plain = createPlaybookResearch();
  const report = await plain.research(
    { ...request, kind: 'similar-solutions', maxApproaches: 20 },
    { signal: new AbortController().signal },
  );
  const approaches = report.approaches.map((approach) => withVote(approach, vote(approach)));
  const predicted = rankApproaches([{ approaches }], [], 3).map(({ name }) => name);
  expect(third.names).toEqual(predicted);
  expect(third.names[0]).toBe('smooth-models');

  const [chosen] = await listApproaches(state, id);
  expect(chosen?.spec.sources[0]?.title).toBe(
    'Earlier competitions: smooth-models won in 2 of 2 alike competitions (likeness 1.00)',
  );
  expect(request.lessons?.map(({ text }) => text)).toEqual([
    'Drafts that won in the most alike earlier competitions: smooth-models (2 of 2).',
    expect.stringMatching(/^On binary tabular data judged by label the family linear does better than /),
    expect.stringMatching(/^On binary tabular data judged by label the family linear does better than /),
  ]);
  expect(request.lessons?.[1]?.evidence).toMatch(/^Seen in 2 of 2 competitions \(first: .*likeness 1\.00/);
  expect(written.map(({ approach }) => approach.name).sort()).toEqual([...third.names].sort());
});
