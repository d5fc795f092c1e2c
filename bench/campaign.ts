/**
 * Whole competitions with a model that fails: a scripted Claude behind the vendor's own API, the real agent, gate and
 * machines. Tells how many failures were recovered from, and that every competition ended well and no cap was passed;
 * and what a competition of three rounds costs with and without the vendor's cache of prompts.
 *
 * `npm run bench -- campaign [--failures=100] [--seed=1] [--folder=DIR]`; a folder that is named must be new, and stays.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Agent } from '../src/app/agent.ts';
import { isFinal } from '../src/domain/competition-machine.ts';
import type { Overview } from '../src/domain/overview.ts';
import type { TreeNode } from '../src/domain/search/tree.ts';
import { readTree } from '../src/flows/search/read-tree.ts';
import { findCompetition } from '../src/state/competitions.ts';
import { readModelCosts } from '../src/state/llm.ts';
import { readBudget } from '../src/state/money.ts';
import { billOf, billWithoutCache } from '../test/support/claude/bill.ts';
import { persona } from '../test/support/claude/personas/persona.ts';
import { type BilledMessage, type ClaudeEmulator, openClaude } from '../test/support/claude/start-claude.ts';
import { writePersonaCompetition } from '../test/support/persona-competition.ts';
import { createPlay, type Dealt, planFailures, slugOf, titleOf } from './campaign/play.ts';
import type { Benchmark, Figure, Measured } from './figure.ts';
import { openBenchAgent } from './support/bench-agent.ts';

const hour = 3_600_000;
const lookEveryMs = 1_000;
/** Two rounds of so many nodes; a model fails at each of them but the first. */
const nodesPerRound = 8;
const mostCompetitions = 40;
/** None is under way for longer; else it hangs. */
const longestMs = hour;
const dayCapUsd = 500;
const competitionCapUsd = 40;
const microUsd = 1_000_000;

type Plan = { failures: number; seed: number; folder: string | null };
type End = { slug: string; overview: Overview; nodes: readonly TreeNode[]; spentMicroUsd: number };
type Outcome = 'recovered' | 'taken over' | 'lost';

/** @param words of the command line */
export function createCampaignBenchmark(words: readonly string[]): Benchmark {
  const read = (name: string) =>
    words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3) ?? null;
  const failures = Number(read('failures') ?? '100');
  const plan = { failures, seed: Number(read('seed') ?? '1'), folder: read('folder') };
  return {
    name: 'campaign',
    onlyByName: true,
    limitMs: 6 * hour,
    measure: (signal) => measure(plan, signal),
  };
}

async function measure(plan: Plan, signal: AbortSignal): Promise<Measured> {
  const folder = plan.folder ?? mkdtempSync(join(tmpdir(), 'kaggle-agent-campaign-'));
  const arena = join(folder, 'competitions');
  for (let place = 0; place < mostCompetitions; place += 1) {
    await writePersonaCompetition(join(arena, slugOf(place)), {
      slug: slugOf(place),
      title: titleOf(place),
    });
  }
  const emulator = await openClaude({ script: persona() });
  try {
    const agent = await openAgent(join(folder, 'data'), arena, emulator, signal);
    try {
      const calm = await playCalm(agent, emulator, signal);
      const campaign = await playFailures(agent, emulator, plan, signal);
      return {
        figures: [...calm.figures, ...campaign.figures],
        notes: [...calm.notes, ...campaign.notes],
      };
    } finally {
      await agent.close();
    }
  } finally {
    await emulator.close();
    if (plan.folder === null) rmSync(folder, { recursive: true, force: true });
  }
}

async function openAgent(
  data: string,
  arena: string,
  { url, apiKey }: ClaudeEmulator,
  signal: AbortSignal,
): Promise<Agent> {
  mkdirSync(data, { recursive: true });
  return await openBenchAgent(
    data,
    {
      ARENA_DIR: arena,
      ANTHROPIC_API_KEY: apiKey,
      ANTHROPIC_BASE_URL: url,
      // The planner alone proposes: nobody plays the web.
      KAGGLE_AGENT_RESEARCH_WEB_SEARCHES: '0',
      KAGGLE_AGENT_LLM_USD_PER_DAY: String(dayCapUsd),
      KAGGLE_AGENT_LLM_USD_PER_COMPETITION: String(competitionCapUsd),
      KAGGLE_AGENT_SEARCH_DEBUG_DEPTH: '2',
      KAGGLE_AGENT_TRAINING_TIME_LIMIT_SECONDS: '60',
      // A third of it is how long a model is waited for.
      KAGGLE_AGENT_GENERATION_SLA_SECONDS: '900',
    },
    signal,
  );
}

/** A competition of three rounds in which nothing fails: what it costs. */
async function playCalm(agent: Agent, emulator: ClaudeEmulator, signal: AbortSignal): Promise<Measured> {
  const from = emulator.billed.length;
  const end = await play(agent, 0, { maxRounds: 3, approachesPerRound: 3 }, signal);
  const billed = emulator.billed.slice(from);
  const tokens = (read: (usage: BilledMessage['usage']) => number) =>
    billed.reduce((sum, { usage }) => sum + read(usage), 0);
  const fresh = tokens((usage) => usage.input_tokens);
  const written = tokens((usage) => usage.cache_creation_input_tokens);
  const reread = tokens((usage) => usage.cache_read_input_tokens);
  const output = tokens((usage) => usage.output_tokens);
  const [cached, plain] = [billOf(billed) / microUsd, billWithoutCache(billed) / microUsd];
  const one = (name: string, variant: string, value: number, unit: Figure['unit']): Figure => {
    return { name: `campaign.${name}`, variant, value, unit, samples: billed.length, statistic: 'value' };
  };
  return {
    figures: [
      one('threeRoundsDollars', 'with the cache', cached, 'dollars'),
      one('threeRoundsDollars', 'without the cache', plain, 'dollars'),
      one('threeRoundsCachedRatio', 'of prompt tokens', reread / (fresh + written + reread), 'ratio'),
    ],
    notes: [
      `three rounds: ${billed.length} calls, ${fresh} tokens read afresh, ${written} written to the cache, ${reread} read from it, ${output} answered; $${cached.toFixed(4)}, without the cache $${plain.toFixed(4)}; ${end.nodes.length} nodes, ${describe(end)}`,
    ],
  };
}

async function playFailures(
  agent: Agent,
  emulator: ClaudeEmulator,
  plan: Plan,
  signal: AbortSignal,
): Promise<Measured> {
  const { script, dealt, isOver } = createPlay(planFailures(plan.failures, plan.seed));
  emulator.play(script);
  const ends: End[] = [];
  for (let place = 1; place < mostCompetitions && !isOver(); place += 1) {
    const limits = { maxRounds: 2, approachesPerRound: nodesPerRound };
    ends.push(await play(agent, place, limits, signal));
    process.stderr.write(`  ${slugOf(place)}: ${dealt.length} failures so far\n`);
  }
  return { ...figuresOf(dealt, ends), notes: await notesOf(agent, emulator, dealt, ends) };
}

/** To its end, or to where a person has to decide. */
async function play(
  agent: Agent,
  place: number,
  limits: { maxRounds: number; approachesPerRound: number },
  signal: AbortSignal,
): Promise<End> {
  const slug = slugOf(place);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
  await agent.flows.start({ slug, limits });
  for (let last = ''; ; ) {
    limit.throwIfAborted();
    const overview = await agent.flows.status({ slug });
    const line = `${overview.state}, round ${overview.round}`;
    if (line !== last) process.stderr.write(`  ${slug}: ${line}\n`);
    last = line;
    if (isFinal(overview.state) || isAsking(overview)) {
      const competition = await findCompetition(agent.state, slug);
      if (competition === null) throw new Error(`${slug} is not there`);
      const { nodes } = await readTree({ state: agent.state }, competition);
      const { total } = await readModelCosts(agent.state, competition.id);
      return { slug, overview, nodes, spentMicroUsd: total?.microUsd ?? 0 };
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

function isAsking({ decisions }: Overview): boolean {
  return decisions.some(({ status, blocking }) => status === 'open' && blocking);
}

function isEndedWell({ overview }: End): boolean {
  return isAsking(overview) || overview.submissions.some(({ status }) => status === 'scored');
}

function describe({ overview }: End): string {
  const scored = overview.submissions.filter(({ status }) => status === 'scored').length;
  return `${overview.state}, ${scored} ${scored === 1 ? 'submission' : 'submissions'} scored${isAsking(overview) ? ', a person is asked' : ''}`;
}

/** What became of the node, and of whatever mended it. */
function outcomeOf({ slug, node }: Dealt, ends: readonly End[]): Outcome {
  const nodes = ends.find((end) => end.slug === slug)?.nodes ?? [];
  const chain = nodes.filter(({ name }) => name === node || name.replace(/-fix\d+$/, '') === node);
  const scored = chain.filter(({ status }) => status === 'scored');
  if (scored.some(({ generator }) => generator === 'claude')) return 'recovered';
  return scored.length > 0 ? 'taken over' : 'lost';
}

function figuresOf(dealt: readonly Dealt[], ends: readonly End[]): { figures: Figure[] } {
  const rate = (variant: string, some: readonly Dealt[]): Figure => {
    const recovered = some.filter((one) => outcomeOf(one, ends) === 'recovered').length;
    const value = some.length === 0 ? 0 : recovered / some.length;
    return {
      name: 'campaign.recoveredRatio',
      variant,
      value,
      unit: 'ratio',
      samples: some.length,
      statistic: 'value',
    };
  };
  const areas = ['code', 'answer', 'vendor'] as const;
  const mendings = ['at once', 'second attempt', 'never'] as const;
  return {
    figures: [
      rate('all failures', dealt),
      ...areas.map((area) =>
        rate(
          `${area} failures`,
          dealt.filter(({ kind }) => kind.area === area),
        ),
      ),
      ...mendings.map((mending) =>
        rate(
          `mended ${mending}`,
          dealt.filter((one) => one.mending === mending),
        ),
      ),
      {
        name: 'campaign.endedWellRatio',
        variant: 'competitions',
        value: ends.filter(isEndedWell).length / Math.max(1, ends.length),
        unit: 'ratio',
        samples: ends.length,
        statistic: 'value',
      },
    ],
  };
}

async function notesOf(
  agent: Agent,
  emulator: ClaudeEmulator,
  dealt: readonly Dealt[],
  ends: readonly End[],
): Promise<string[]> {
  const names = [...new Set(dealt.map(({ kind }) => kind.name))];
  const byKind = names.map((name) => {
    const some = dealt.filter(({ kind }) => kind.name === name);
    const ended = some.map((one) => `${one.mending}: ${outcomeOf(one, ends)}`);
    return `${name}: ${[...new Set(ended)].map((text) => `${ended.filter((one) => one === text).length} ${text}`).join(', ')}`;
  });
  const told = dealt.flatMap(({ kind, told: classes }) =>
    kind.told === undefined ? [] : classes.map((found) => ({ kind, found, isRight: found === kind.told })),
  );
  const wrong = told.filter(({ isRight }) => !isRight).map(({ kind, found }) => `${kind.name} as ${found}`);
  const { total } = await readModelCosts(agent.state, null);
  const day = await readBudget(agent.state, null);
  const most = Math.max(0, ...ends.map(({ spentMicroUsd }) => spentMicroUsd));
  const isHeld = day.llmTodayMicroUsd <= dayCapUsd * microUsd && most <= competitionCapUsd * microUsd;
  const dollars = (amount: number) => `$${(amount / microUsd).toFixed(4)}`;
  const count = (outcome: Outcome) => dealt.filter((one) => outcomeOf(one, ends) === outcome).length;
  return [
    ...byKind,
    `${dealt.length} failures: ${count('recovered')} recovered, ${count('taken over')} taken over by the built-in generator, ${count('lost')} lost`,
    ...ends.map(
      (end) => `${end.slug}: ${describe(end)}, ${end.nodes.length} nodes, ${dollars(end.spentMicroUsd)}`,
    ),
    `menders were told the class of the fault ${told.length} times, ${told.length - wrong.length} times rightly${wrong.length === 0 ? '' : ` (${[...new Set(wrong)].join(', ')})`}`,
    `ledger ${dollars(total?.microUsd ?? 0)} for ${total?.calls ?? 0} attempts, vendor's bill ${dollars(billOf(emulator.billed))} for ${emulator.billed.length} messages; caps ${isHeld ? 'held' : 'PASSED'} (${dollars(most)} at most of $${competitionCapUsd} for a competition, ${dollars(day.llmTodayMicroUsd)} of $${dayCapUsd} a day)`,
  ];
}
