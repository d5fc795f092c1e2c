import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TransientFailure } from '../../../src/domain/errors.ts';
import { recover } from '../../../src/domain/recovery.ts';
import { defaultSearchSettings } from '../../../src/domain/search/settings.ts';
import type { SearchStep } from '../../../src/domain/search/step.ts';
import { planResearch } from '../../../src/flows/research/plan-research.ts';
import { rankResearch } from '../../../src/flows/research/rank-research.ts';
import { planRound } from '../../../src/flows/search/plan-round.ts';
import { readTree } from '../../../src/flows/search/read-tree.ts';
import { move } from '../../../src/flows/support/competition-call.ts';
import type { CodeGenerator, CodeRequest } from '../../../src/providers/codegen/contract.ts';
import {
  type GateReport,
  gateReportSchema,
  type QualityGate,
} from '../../../src/providers/quality/contract.ts';
import type { ResearchProvider } from '../../../src/providers/research/contract.ts';
import { createPlaybookResearch } from '../../../src/providers/research/playbook.ts';
import type { Competition } from '../../../src/state/competitions.ts';
import type { StatePort } from '../../../src/state/port.ts';
import { readSearchPlan } from '../../../src/state/search.ts';
import { anApproach, someActor } from '../../support/builders.ts';
import type { Work } from '../../support/in-process-compute.ts';
import {
  aPracticeWorld,
  driveTo,
  now,
  oddOrEven,
  type PracticeWorld,
  runJob,
  startedCompetition,
} from '../../support/practice-world.ts';
import { aNode, aTree } from '../../support/trees.ts';

/** Writes whatever it is asked for, and remembers what it was told. */
function aWriter(
  options: { name?: string; canDebug?: boolean; script?: (request: CodeRequest) => string } = {},
) {
  const requests: CodeRequest[] = [];
  const generator: CodeGenerator = {
    name: options.name ?? 'model',
    canDebug: options.canDebug ?? true,
    generate: async (request) => {
      requests.push(request);
      const script = options.script?.(request) ?? `# ${request.approach.name}\n`;
      return { script, requirements: '', notes: [] };
    },
  };
  return { requests, generator };
}

/** A gate that stops every script with this word in it; the others can do without these parts. */
function gateAgainst(word: string, parts: readonly string[]) {
  return async ({ script }: { script: string }): Promise<GateReport> => {
    const isBad = script.includes(word);
    return gateReportSchema.parse({
      passed: !isBad,
      checks: isBad
        ? [
            {
              name: 'debug_run',
              status: 'failed',
              seconds: 1,
              message: 'It ended with an error.\nTraceback: x',
            },
          ]
        : [],
      estimateSeconds: 1,
      parts,
    });
  };
}

/** Whole rounds one after the other, on a machine that may be busy. */
const longTestMs = 60_000;

const notTried = async (): Promise<never> => {
  throw new Error('No script runs in this test.');
};

type WorldOptions = NonNullable<Parameters<typeof aPracticeWorld>[0]>;

async function aWorld(options: {
  generators: CodeGenerator[];
  bad?: string;
  work?: Work;
  policy?: WorldOptions['policy'];
  research?: 'playbook' | ResearchProvider[];
  parts?: readonly string[];
  ablate?: QualityGate['ablate'];
  approaches?: readonly string[];
}): Promise<PracticeWorld> {
  return await aPracticeWorld({
    approaches: options.approaches ?? ['a-way'],
    ...(options.work === undefined ? {} : { work: options.work }),
    policy: { approachesPerRound: 1, ...options.policy },
    context: {
      generators: options.generators,
      quality: {
        check: gateAgainst(options.bad ?? 'nothing', options.parts ?? []),
        ablate: options.ablate ?? notTried,
        tryOut: notTried,
        review: null,
      },
      ...(options.research === undefined
        ? {}
        : { research: options.research === 'playbook' ? [createPlaybookResearch()] : options.research }),
    },
  });
}

const outline = async (world: PracticeWorld, competition: { id: string }) => {
  const tree = await readTree(world.ctx, await now(world, competition));
  const nameOf = (id: string) => tree.nodes.find((node) => node.id === id)?.name;
  return tree.nodes.map(({ round, operator, name, parents, status }) =>
    [`${round}`, operator, name, status, ...parents.map((id) => `< ${nameOf(id)}`)].join(' '),
  );
};

test('a script that its gate stops goes back to its writer until it passes, each attempt a node', {
  timeout: longTestMs,
}, async () => {
  const { generator, requests } = aWriter({
    script: ({ approach: { name } }) =>
      name === 'a-way-fix2' || name === 'good-way' ? '# fine' : `# broken ${name}`,
  });
  const world = await aWorld({
    generators: [generator],
    bad: 'broken',
    approaches: ['a-way', 'bad-way', 'good-way'],
    policy: { approachesPerRound: 3 },
  });

  const ended = await driveTo(world, await startedCompetition(world), 'completed');

  // A chain that never passes ends at its depth, and the round goes on with what works.
  expect((await outline(world, ended)).toSorted()).toEqual([
    '1 debug a-way-fix1 failed < a-way',
    '1 debug a-way-fix2 scored < a-way-fix1',
    '1 debug bad-way-fix1 failed < bad-way',
    '1 debug bad-way-fix2 failed < bad-way-fix1',
    '1 debug bad-way-fix3 failed < bad-way-fix2',
    '1 draft a-way failed',
    '1 draft bad-way failed',
    '1 draft good-way scored',
  ]);
  const last = requests.find(({ approach }) => approach.name === 'a-way-fix2');
  expect(last?.step).toMatchObject({
    operator: 'debug',
    parents: [
      {
        approach: { name: 'a-way-fix1' },
        script: '# broken a-way-fix1',
        failure: { reason: expect.stringContaining('debug_run'), output: 'Traceback: x' },
      },
    ],
  });
  // Its own chain, and nothing else of the tree.
  expect(last?.memory?.map(({ name }) => name)).toEqual(['a-way', 'a-way-fix1']);
});

test('a writer that cannot mend ends its node at once', async () => {
  const { generator } = aWriter({ canDebug: false, script: () => '# broken' });
  const world = await aWorld({ generators: [generator], bad: 'broken' });
  const started = await startedCompetition(world);

  await expect(driveTo(world, started, 'completed')).rejects.toMatchObject({ code: 'codegen.nothing_ready' });

  expect(await outline(world, started)).toEqual(['1 draft a-way failed']);
});

test('the first node is written by a generator that needs no model, the next by the model', async () => {
  const model = aWriter();
  const plain = aWriter({ name: 'plain', canDebug: false });
  const world = await aWorld({
    generators: [model.generator, plain.generator],
    approaches: ['a-way', 'b-way'],
    policy: { approachesPerRound: 2 },
  });

  const ended = await driveTo(world, await startedCompetition(world), 'code_ready');

  const tree = await readTree(world.ctx, ended);
  expect(tree.nodes.map(({ generator }) => generator)).toEqual(['plain', 'model']);
});

test('what failed in its run is mended in the next round, with the end of its output', async () => {
  const { generator, requests } = aWriter();
  let runs = 0;
  const world = await aWorld({
    generators: [generator],
    approaches: ['a-way', 'b-way'],
    policy: { approachesPerRound: 2, maxRounds: 2 },
    work: (job) => {
      runs += 1;
      return runs === 1 ? { exitClass: 'script_error', message: 'ValueError: it is broken' } : oddOrEven(job);
    },
  });

  const ended = await driveTo(world, await startedCompetition(world), 'completed');

  const lines = await outline(world, ended);
  const failed = lines.find((line) => line.startsWith('1') && line.includes('failed'))?.split(' ')[2] ?? '';
  expect(lines).toContain(`2 debug ${failed}-fix1 scored < ${failed}`);
  expect(requests.find(({ step }) => step?.operator === 'debug')?.step?.parents[0]?.failure).toMatchObject({
    reason: 'ValueError: it is broken',
  });
});

test('a planning or ranking job that comes twice changes nothing more', async () => {
  const { generator } = aWriter();
  const world = await aWorld({
    generators: [generator],
    research: 'playbook',
    policy: { approachesPerRound: 3, maxRounds: 2 },
  });
  const started = await startedCompetition(world);
  await driveTo(world, started, 'analyzing');
  const researching = await driveTo(world, started, 'researching');
  const input = { competitionId: started.id, version: researching.version };

  await Promise.all([planResearch(world.ctx, input), planResearch(world.ctx, input)]);
  const plan = await readSearchPlan(world.ctx.state, input);
  await planResearch(world.ctx, input);
  const asked = await world.pool.query<{ id: string }>(
    `select id from research_results where version = $1 and kind = 'step'`,
    [input.version],
  );
  for (const { id } of asked.rows) await runJob(world.ctx, 'research.query', { itemId: id });
  await Promise.all([rankResearch(world.ctx, input), rankResearch(world.ctx, input)]);
  await rankResearch(world.ctx, input);

  expect(plan).toHaveLength(3);
  expect(asked.rows).toHaveLength(3);
  const lines = await outline(world, started);
  expect(lines.filter((line) => line.startsWith('2'))).toHaveLength(3);
});

/** Fails the first call of a function, before or after it took effect. */
function failingOnce(state: StatePort, name: string, when: 'before' | 'after'): StatePort {
  let isDue = true;
  return {
    ...state,
    async call(called, args, answer) {
      const fails = isDue && called === name;
      if (fails) isDue = false;
      if (fails && when === 'before') throw new TransientFailure('gone', { code: 'state.lost' });
      const result = await state.call(called, args, answer);
      if (fails) throw new TransientFailure('gone', { code: 'state.lost' });
      return result;
    },
  };
}

test('a worker that dies before or after a rejected script is recorded leaves one child, whoever goes on', async () => {
  const { generator } = aWriter({
    script: ({ approach }) => (approach.name.includes('fix') ? '# fine' : '# broken'),
  });
  const world = await aWorld({
    generators: [generator],
    bad: 'broken',
    approaches: ['a-way', 'b-way'],
    policy: { approachesPerRound: 2 },
  });
  const started = await startedCompetition(world);
  const coding = await driveTo(world, started, 'code_generating');
  await runJob(world.ctx, 'codegen.plan', { competitionId: coding.id, version: coding.version });
  const { rows } = await world.pool.query<{ id: string }>('select id from generated_code');
  expect(rows).toHaveLength(2);

  for (const [place, when] of (['before', 'after'] as const).entries()) {
    const input = { itemId: rows[place]?.id };
    const dying = { ...world.ctx, state: failingOnce(world.ctx.state, 'debug_code', when) };
    await expect(runJob(dying, 'codegen.generate', input)).rejects.toMatchObject({ code: 'state.lost' });
    await runJob(world.ctx, 'codegen.generate', input);
  }
  await driveTo(world, started, 'code_ready');

  expect((await outline(world, started)).toSorted()).toEqual([
    '1 debug a-way-fix1 ready < a-way',
    '1 debug b-way-fix1 ready < b-way',
    '1 draft a-way failed',
    '1 draft b-way failed',
  ]);
});

/** Measures with out-of-fold files of its own: the first part helps, the second harms, the third breaks the script. */
function anAblation() {
  const measured: string[][] = [];
  const ablate: QualityGate['ablate'] = async ({ parts, outFolder, dataFolder, contract }) => {
    measured.push([...parts]);
    await mkdir(outFolder, { recursive: true });
    const ids = (await readFile(join(dataFolder, 'folds.csv'), 'utf8')).trim().split(/\r?\n/).slice(1);
    const run = async (without: string | null, wrong: number) => {
      const oofPath = join(outFolder, `${parts.indexOf(without ?? '')}.csv`);
      const rows = ids.map((line, place) => {
        const id = line.split(',')[0] ?? '';
        const isOdd = (Number(id) % 2 === 1) !== place < wrong;
        return isOdd ? `${id},0.1,0.9` : `${id},0.9,0.1`;
      });
      const header = [contract.rowKey, ...contract.problem.predictionColumns].join(',');
      await writeFile(oofPath, [header, ...rows, ''].join('\n'));
      return { without, oofPath, seconds: 1, failure: null };
    };
    const [first = '', second = '', third = ''] = parts;
    return {
      whole: await run(null, 10),
      parts: [
        await run(first, 30),
        await run(second, 5),
        { without: third, oofPath: null, seconds: 1, failure: 'It broke.' },
      ],
    };
  };
  return { measured, ablate };
}

test('with the playbook alone every round grows the tree by what is new: drafts, an aimed step, a merge', {
  timeout: longTestMs,
}, async () => {
  const { generator } = aWriter({ name: 'plain', canDebug: false });
  const { measured, ablate } = anAblation();
  const playbook = createPlaybookResearch();
  const steps: SearchStep[] = [];
  const world = await aWorld({
    generators: [generator],
    parts: ['features:counts', 'model:ridge', 'features:groups'],
    ablate,
    research: [
      {
        name: playbook.name,
        research: (request, options) => {
          if (request.step !== undefined) steps.push(request.step);
          return playbook.research(request, options);
        },
      },
    ],
    policy: {
      approachesPerRound: 2,
      maxRounds: 3,
      // Of three rounds the last: its middle is at five sixths.
      search: {
        ...defaultSearchSettings,
        drafts: 2,
        ablationShare: 1,
        endgameShare: 0.2,
        mergeCorrelation: 1,
      },
    },
  });

  const ended = await driveTo(world, await startedCompetition(world), 'completed');

  const { nodes } = await readTree(world.ctx, ended);
  expect(nodes.map(({ round, operator, status }) => `${round} ${operator} ${status}`)).toEqual([
    '1 draft scored',
    '1 draft scored',
    '2 improve scored',
    '2 improve scored',
    '3 merge scored',
  ]);
  // Measured once, of the best confirmed one, however often its step is asked about.
  expect(measured).toEqual([['features:counts', 'features:groups', 'model:ridge']]);
  const aimed = steps.filter(({ target }) => target !== undefined);
  expect(aimed.length).toBeGreaterThan(0);
  expect(new Set(aimed.map(({ target }) => target))).toEqual(new Set(['features:counts']));
  const losses = aimed[0]?.parents[0]?.ablations ?? [];
  expect(losses.map(({ part }) => part)).toEqual(['features:counts', 'features:groups']);
  expect(losses[0]?.loss).toBeGreaterThan(0);
  expect(losses[1]?.loss).toBeLessThan(0);
  const parent = nodes.find(({ ablations }) => ablations !== null);
  expect(parent?.name).toBe(aimed[0]?.parents[0]?.approach.name);
  expect(nodes.filter(({ parents }) => parents.includes(parent?.id ?? ''))).not.toEqual([]);
  const merged = nodes.at(-1);
  expect(merged?.spec.family).toBe('blend');
  expect(new Set(merged?.parents).size).toBe(2);
  expect(new Set(nodes.map(({ name }) => name)).size).toBe(nodes.length);
  // Parents come before their children, and a plan names them.
  for (const [place, node] of nodes.entries()) {
    const before = node.parents.map((id) => nodes.findIndex((one) => one.id === id));
    expect(before.every((parent) => parent >= 0 && parent < place)).toBe(true);
    expect(node.spec.basedOn ?? []).toEqual(before.map((parent) => nodes[parent]?.name));
  }
});

test('a step for which a service proposes nothing usable gets a proposal of the playbook', {
  timeout: longTestMs,
}, async () => {
  const { generator } = aWriter();
  const asked: string[] = [];
  const world = await aWorld({ generators: [generator], policy: { approachesPerRound: 3, maxRounds: 2 } });
  const service: ResearchProvider = {
    name: 'service',
    research: async ({ kind, step }) => {
      asked.push(kind === 'step' ? `${kind} ${step?.parents[0]?.approach.name}` : kind);
      const approaches =
        kind === 'step'
          ? []
          : ['one', 'two', 'three'].map((name) => anApproach(name, { family: name, title: name }));
      return { provider: 'service', summary: '', findings: [], approaches, citations: [] };
    },
  };
  const ctx = { ...world.ctx, research: [service, createPlaybookResearch()] };

  const ended = await driveTo({ ...world, ctx }, await startedCompetition(world), 'completed');

  const tree = await readTree(ctx, ended);
  const [floor, ...others] = tree.nodes;
  // The floor is the playbook's, whoever else was asked.
  expect(floor?.spec.sources.map(({ title }) => title)).not.toEqual([]);
  expect(others.slice(0, 2).every(({ name }) => ['one', 'two', 'three'].includes(name))).toBe(true);
  expect(asked.filter((one) => one.startsWith('step'))).toHaveLength(3);
  const second = tree.nodes.filter(({ round }) => round === 2);
  expect(second.length).toBeGreaterThan(0);
  expect(second.every(({ operator, parents }) => operator === 'improve' && parents.length === 1)).toBe(true);
});

test('where services propose nothing the playbook fills the round', { timeout: longTestMs }, async () => {
  const { generator } = aWriter();
  const world = await aWorld({ generators: [generator], policy: { approachesPerRound: 3, maxRounds: 1 } });
  const service: ResearchProvider = {
    name: 'service',
    research: async () => {
      return { provider: 'service', summary: '', findings: [], approaches: [], citations: [] };
    },
  };
  const ctx = { ...world.ctx, research: [service, createPlaybookResearch()] };

  const ended = await driveTo({ ...world, ctx }, await startedCompetition(world), 'research_completed');

  expect((await readTree(ctx, ended)).nodes).toHaveLength(3);
});

test('where closed branches are all there is a person decides, and is only told while something works', async () => {
  const { generator } = aWriter({ canDebug: false });
  const world = await aWorld({
    generators: [generator],
    policy: { search: { ...defaultSearchSettings, closeAfterFailures: 1, mostClosedBranches: 1 } },
  });
  const { ctx, pool } = world;
  const researching = await driveTo(world, await startedCompetition(world), 'researching');
  const broken = aNode('broken', { status: 'failed', generator: 'model' });
  const alerts = async () =>
    (await pool.query(`select cleared_at is null as "isOpen" from alerts where kind like 'search:%'`)).rows;

  const working = await planRound(ctx, researching, aTree(broken, aNode('good')));
  await planRound(ctx, researching, aTree(broken, aNode('good')));

  expect(working.map(({ operator }) => operator)).toEqual(['improve']);
  expect(await alerts()).toEqual([{ isOpen: true }]);
  await expect(planRound(ctx, researching, aTree(broken))).rejects.toMatchObject({
    code: 'search.branches_closed',
  });
  expect(recover({ kind: 'business', code: 'search.branches_closed', message: '' }, 0, 2).event).toBe(
    'manual_intervention_required',
  );
  expect(await alerts()).toEqual([{ isOpen: false }]);
  let asked: Competition | null = researching;
  for (const event of [
    'research_failed',
    'manual_intervention_required',
    'retry_different_approach',
  ] as const) {
    asked = asked === null ? null : await move({ ...ctx, actor: someActor }, asked, event);
  }
  // Whoever says so gets other ways: research looks for as many as a round has places.
  expect(asked?.state).toBe('researching');
  expect(asked === null ? null : await planRound(ctx, asked, aTree(broken))).toEqual([]);
});
