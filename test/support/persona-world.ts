import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { modelWork } from '../../src/app/model-work.ts';
import { ledgerIn } from '../../src/app/models.ts';
import type { Context } from '../../src/context.ts';
import { readTree } from '../../src/flows/search/read-tree.ts';
import { createQualityGate } from '../../src/providers/codegen/quality-gate.ts';
import { createLocalCompute } from '../../src/providers/compute/local.ts';
import type { LanguageModel } from '../../src/providers/llm/contract.ts';
import {
  gateReportSchema,
  type QualityGate,
  type ReviewScript,
} from '../../src/providers/quality/contract.ts';
import type { Competition } from '../../src/state/competitions.ts';
import { readModelCosts } from '../../src/state/llm.ts';
import { anApproach } from './builders.ts';
import { claudeAt } from './claude/a-claude.ts';
import { countingScript } from './claude/personas/scripts.ts';
import type { Script } from './claude/script.ts';
import { type ClaudeEmulator, startClaude } from './claude/start-claude.ts';
import { writePersonaCompetition } from './persona-competition.ts';
import { aPracticeWorld, now, type PracticeWorld } from './practice-world.ts';
import { runnerPath, trainingPython } from './runner-kit.ts';
import { tempFolder } from './temp-folder.ts';

const passed = gateReportSchema.parse({ passed: true, checks: [], estimateSeconds: 1 });

export const personaSlug = 'over-three-or-so';

export type PersonaWorld = { world: PracticeWorld; emulator: ClaudeEmulator };

type Options = {
  policy?: NonNullable<Parameters<typeof aPracticeWorld>[0]>['policy'];
  context?: Partial<Omit<Context, 'policy'>>;
};

/**
 * A competition whose plans and scripts a scripted model makes, through the real SDK, gate, runner and ledger; the floor
 * is a script that no model wrote, as the baseline generator's is.
 */
export async function aPersonaWorld(script: Script, options: Options = {}): Promise<PersonaWorld> {
  const scratchFolder = await tempFolder();
  const machine = { runnerPath, python: trainingPython(), hiddenPaths: [], scratchFolder };
  const compute = createLocalCompute({
    ...machine,
    name: 'local',
    slots: 2,
    cpuCores: 2,
    memoryBytes: 4e9,
    stopPatienceMs: 10_000,
    now: () => new Date(),
  });
  onTestFinished(async () => void (await compute.close()));
  const folder = join(await tempFolder(), personaSlug);
  await writePersonaCompetition(folder, { slug: personaSlug, title: 'Over three or so' });
  return await aWorldWith(script, options, {
    folders: [folder],
    context: (review) => ({ compute: [compute], quality: qualityOf(machine, review) }),
  });
}

/** The same, where every script passes unread and machines compute at once: for what answers are, not what is in them. */
export async function anOpenPersonaWorld(script: Script, options: Options = {}): Promise<PersonaWorld> {
  const description = 'Say whether x is odd.\n\n## Evaluation\nSubmissions are judged by accuracy.';
  return await aWorldWith(script, options, { fields: { description }, context: () => ({}) });
}

type Ground = Pick<NonNullable<Parameters<typeof aPracticeWorld>[0]>, 'folders' | 'fields'> & {
  context: (review: ReviewScript | null) => Partial<Omit<Context, 'policy'>>;
};

async function aWorldWith(
  script: Script,
  options: Options,
  { context, ...ground }: Ground,
): Promise<PersonaWorld> {
  const emulator = await startClaude({ script });
  let model: LanguageModel | null = null;
  const lazily: LanguageModel = {
    name: 'claude',
    write: (...call) => modelOf(model).write(...call),
    decide: (...call) => modelOf(model).decide(...call),
    search: (...call) => modelOf(model).search(...call),
  };
  const work = modelWork(lazily);
  const world = await aPracticeWorld({
    ...ground,
    policy: { approachesPerRound: 2, maxRounds: 1, ...options.policy },
    context: {
      models: lazily,
      summariser: work.summariser,
      generators: [...work.generators, floorGenerator],
      research: [...work.planners, floorResearch],
      ...context(work.review),
      ...options.context,
    },
  });
  model = claudeAt(emulator, { ledger: ledgerIn(world.ctx.state) });
  return { world, emulator };
}

type Machine = { runnerPath: string; python: string; hiddenPaths: string[]; scratchFolder: string };

/** The whole gate; the floor has tests of its own. */
function qualityOf(machine: Machine, review: ReviewScript | null): QualityGate {
  const gate = createQualityGate({
    ...machine,
    python: { path: machine.python, ruff: false },
    threads: 1,
    memoryBytes: null,
    isOffline: true,
    review,
  });
  return {
    ...gate,
    async check(request, call) {
      if (request.isOwnCode === true) return passed;
      // Only what never ends is to be waited for in vain.
      const debugLimitSeconds = request.script.includes('while True') ? 1 : 30;
      return await gate.check({ ...request, debugLimitSeconds }, call);
    },
  };
}

function modelOf(model: LanguageModel | null): LanguageModel {
  if (model === null) throw new Error('the model is asked too early');
  return model;
}

/** As the playbook: always there, asks nobody. */
const floorResearch: Context['research'][number] = {
  name: 'playbook',
  research: async ({ kind, round }) => ({
    provider: 'playbook',
    summary: 'Counting works.',
    findings: [],
    approaches:
      kind === 'step'
        ? []
        : [anApproach('floor', { family: 'floor' }), anApproach(`spare-${round}`, { family: 'spare' })],
    citations: [],
  }),
};

/** As the baseline generator: needs no model, and keeps every rule. */
const floorGenerator: Context['generators'][number] = {
  name: 'baseline',
  canDebug: false,
  generate: async ({ approach }) => ({
    script: countingScript(`floor ${approach.name}`),
    requirements: '',
    notes: [],
  }),
};

/** Research that proposes these, each of a family of its own, after the floor. */
export function proposing(names: readonly string[]): Context['research'][number] {
  return {
    name: 'playbook',
    research: async ({ kind }) => ({
      provider: 'playbook',
      summary: 'Some ways.',
      findings: [],
      approaches:
        kind === 'similar-solutions'
          ? ['floor', ...names].map((name, place) =>
              anApproach(name, { family: name, title: `The way of ${name}`, expectedGain: 1 - place / 100 }),
            )
          : [],
      citations: [],
    }),
  };
}

/** The tree, one line a node: what it is, how it ended, who wrote it, and the check that stopped it. */
export async function outlineOf(
  { world }: PersonaWorld,
  competition: Pick<Competition, 'id'>,
): Promise<string[]> {
  const tree = await readTree(world.ctx, await now(world, competition));
  return tree.nodes.map(({ name, operator, status, generator, failedCheck }) =>
    [
      `${name}: ${operator} ${status} by ${generator ?? 'nobody'}`,
      ...(failedCheck === null ? [] : [failedCheck]),
    ].join(', '),
  );
}

/** What the ledger says was spent is what the vendor counted, to the token. */
export async function expectWhatWasBilled({ world, emulator }: PersonaWorld): Promise<void> {
  const { total } = await readModelCosts(world.ctx.state, null);
  const sum = (read: (usage: (typeof emulator.billed)[number]['usage']) => number) =>
    emulator.billed.reduce((all, { usage }) => all + read(usage), 0);
  expect(total).toMatchObject({
    calls: emulator.billed.length,
    inputTokens: sum((usage) => usage.input_tokens),
    outputTokens: sum((usage) => usage.output_tokens),
    cacheReadTokens: sum((usage) => usage.cache_read_input_tokens),
    cacheWriteTokens: sum((usage) => usage.cache_creation_input_tokens),
  });
}
