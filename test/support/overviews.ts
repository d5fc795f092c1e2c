import type { CommandFlows } from '../../src/domain/command-results.ts';
import { type CompetitionEvent, type MachineState, nextState } from '../../src/domain/competition-machine.ts';
import { type DecisionView, type Overview, stateWords } from '../../src/domain/overview.ts';
import { type Move, passedStages } from '../../src/flows/commands/passed-stages.ts';
import { aLeaderboard } from './leaderboards.ts';
import { aListedCompetition, aWhy } from './listings.ts';
import { aLessonView } from './outcomes.ts';
import { somePreferences } from './preferences.ts';
import { aTreeView } from './tree-views.ts';

export const now = new Date('2026-11-22T14:30:00Z');

/** A competition as people see it; takes only what the test is about. */
export function anOverview(overrides: Partial<Overview> = {}): Overview {
  return {
    slug: 'titanic',
    title: 'Titanic - Machine Learning from Disaster',
    state: 'training',
    resumeState: null,
    round: 1,
    maxRounds: 2,
    priority: 0,
    metric: { name: 'accuracy', direction: 'maximize' },
    startedAt: new Date('2026-11-22T14:28:00Z'),
    finishedAt: null,
    outcome: null,
    failure: null,
    stage: {
      name: 'training',
      label: 'training',
      startedAt: new Date('2026-11-22T14:29:25Z'),
      progress: { done: 2, total: 3, label: '2 of 3' },
    },
    passed: [],
    approaches: [],
    jobs: [],
    submissions: [],
    best: null,
    decisions: [],
    costUsd: 0,
    artifactsFolder: 'data/competitions/titanic',
    ...overrides,
  };
}

const msPerMove = 2_000;

/** Where these events lead from the beginning, one every two seconds; failures and the end with the reason. */
export function afterEvents(
  events: readonly CompetitionEvent[],
  { beganAt = now, reason = 'because' }: { beganAt?: Date; reason?: string } = {},
): Pick<Overview, 'state' | 'resumeState' | 'round' | 'startedAt' | 'stage' | 'passed'> {
  let current: MachineState = { state: 'discovered', resumeState: null, round: 0 };
  let at = beganAt;
  const moves: Move[] = [];
  for (const event of events) {
    const next = nextState(current, event);
    if (next === null) throw new Error(`${event} is no legal move from ${current.state}`);
    at = new Date(at.getTime() + msPerMove);
    const payload = event.endsWith('_failed') || event === 'success' ? { reason } : {};
    moves.push({
      version: moves.length + 1,
      fromState: current.state,
      event,
      toState: next.state,
      payload,
      at,
    });
    current = next;
  }
  const { state } = current;
  return {
    ...current,
    startedAt: beganAt,
    stage: { name: state, label: stateWords[state], startedAt: at, progress: null },
    passed: passedStages(moves, { beganAt, version: moves.length }),
  };
}

export function aDecision(overrides: Partial<DecisionView> = {}): DecisionView {
  return {
    id: '0198c1f0-0000-7000-8000-000000000001',
    shortId: 'dc_01JA2Q',
    slug: 'titanic',
    kind: 'stagnation',
    blocking: true,
    question: 'What should I do next?',
    context: 'The last 4 experiments did not improve the score.',
    options: [
      {
        id: 'retry_different_approach',
        label: 'Try a different approach',
        consequence: 'another round',
        costUsd: 0.45,
        isCostly: false,
        isFinal: false,
        wantsText: false,
      },
      {
        id: 'skip_competition',
        label: 'Stop here',
        consequence: 'no further cost',
        costUsd: 0,
        isCostly: false,
        isFinal: true,
        wantsText: false,
      },
    ],
    facts: [],
    chart: null,
    link: null,
    defaultOption: 'skip_competition',
    recommendedOption: null,
    askedAt: new Date('2026-11-22T14:00:00Z'),
    deadline: new Date('2026-11-22T18:00:00Z'),
    status: 'open',
    option: null,
    note: null,
    decidedBy: null,
    decidedByActor: null,
    decidedByName: null,
    decidedAt: null,
    isSnoozed: false,
    ...overrides,
  };
}

/** Flows over a list kept in memory; `calls` says what was asked of them. */
export function flowsOver(
  overviews: Overview[],
  overrides: Partial<CommandFlows> = {},
): CommandFlows & { calls: { name: string; input: unknown }[] } {
  const calls: { name: string; input: unknown }[] = [];
  const find = (slug: string): Overview => overviews.find((one) => one.slug === slug) ?? anOverview({ slug });
  const note = (name: string, input: unknown): void => void calls.push({ name, input });
  const open = (): DecisionView[] =>
    overviews.flatMap(({ decisions }) => decisions.filter(({ status }) => status === 'open'));
  return {
    calls,
    start: async (input) => {
      note('start', input);
      return { competition: find(input.slug), outcome: 'started', feasibility: null };
    },
    pause: async (input) => {
      note('pause', input);
      return { competition: find(input.slug), outcome: 'done' };
    },
    resume: async (input) => {
      note('resume', input);
      return { competition: find(input.slug), outcome: 'done' };
    },
    stop: async (input) => {
      note('stop', input);
      return { competition: find(input.slug), outcome: 'done' };
    },
    status: async ({ slug }) => find(slug),
    list: async () => overviews,
    leaderboard: async () => aLeaderboard(),
    logs: async () => ({ runs: [] }),
    budget: async () => ({
      caps: { gpu_day: 3.6, llm_day: 5, fleet_hour: 0.15 },
      gpuTodayUsd: 0,
      llmTodayUsd: 0,
      competitionUsd: 0,
    }),
    decisions: async ({ slug }) => open().filter((one) => slug === null || one.slug === slug),
    decide: async (input) => {
      note('decide', input);
      const decision = open().find(({ id }) => id === input.decisionId) ?? aDecision();
      return { outcome: 'decided', decision: { ...decision, status: 'decided', option: input.option } };
    },
    snooze: async (input) => {
      note('snooze', input);
      return { outcome: 'done', deadline: aDecision().deadline };
    },
    askAgain: async (input) => {
      note('askAgain', input);
      return { outcome: 'done', decision: aDecision() };
    },
    decision: async ({ decisionId }) => open().find(({ id }) => id === decisionId) ?? null,
    decisionLog: async () => [],
    research: async () => ({ round: 0, queries: [], approaches: [] }),
    tree: async ({ slug }) => aTreeView({ slug }),
    node: async ({ slug, which }) => ({ found: false, slug, typed: which, nodes: [] }),
    compare: async ({ slug }) => {
      return { slug, runs: [], differing: [], running: 0, failed: 0, tracking: 'off', chart: null };
    },
    parameters: async ({ slug, approach }) => {
      const parameter = {
        model: 'lightgbm',
        name: 'seeds',
        value: 1,
        kind: 'whole',
        min: 1,
        max: 20,
      } as const;
      const found = { approach: approach ?? 'boosting-plain', title: 'Boosting', cv: 0.8 };
      return { slug, ...found, parameters: [parameter], isTuned: false, changes: [] };
    },
    lessons: async ({ slug }) => ({
      slug,
      lessons: [aLessonView()],
      total: 1,
      retired: 0,
      won: null,
      drift: null,
    }),
    forgetLesson: async (input) => {
      note('forgetLesson', input);
      return aLessonView({ id: input.id });
    },
    setParameters: async (input) => {
      note('setParameters', input);
      return {
        slug: input.slug,
        approach: 'boosting-plain-pa1',
        basedOn: 'boosting-plain',
        changes: [],
        trains: 'now',
      };
    },
    stopGpus: async (input) => {
      note('stopGpus', input);
      return { stopped: [], left: [], unknown: [], isHeld: true };
    },
    allowGpus: async () => {
      note('allowGpus', {});
      return { outcome: 'done' };
    },
    setBudget: async (input) => {
      note('setBudget', input);
      return { caps: { [input.scope]: input.usd }, gpuTodayUsd: 0, llmTodayUsd: 0, competitionUsd: 0 };
    },
    preferences: async () => somePreferences,
    setPreferences: async (changes) => {
      note('setPreferences', changes);
      return { ...somePreferences, ...changes };
    },
    known: async () =>
      overviews.map(({ slug, title, state }) => ({ slug, title, state, isRequested: true, deadline: null })),
    discover: async ({ filter }) => ({
      filter,
      competitions: [aListedCompetition()],
      lookedAt: now,
      errorCode: null,
      threshold: 70,
    }),
    why: async ({ slug }) => aWhy({ slug }),
    setFactor: async (input) => {
      note('setFactor', input);
      return aWhy({ slug: input.slug });
    },
    competitionOfThread: async () => null,
    recordRefusal: async (input) => note('recordRefusal', input),
    installation: async () => '0198c1f0',
    ...overrides,
  };
}
