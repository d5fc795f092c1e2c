import { setTimeout as wait } from 'node:timers/promises';
import type { Commands, OpenRequest } from '../../src/cli/commands.ts';
import { loadSettings } from '../../src/config/load.ts';
import type { CompetitionEvent } from '../../src/domain/competition-machine.ts';
import {
  BusinessFailure,
  ConfigurationFailure,
  SystemFailure,
  TransientFailure,
} from '../../src/domain/errors.ts';
import type { Overview } from '../../src/domain/overview.ts';
import { aListedCompetition, aWhy } from '../support/listings.ts';
import { aDecision, afterEvents, anOverview } from '../support/overviews.ts';
import { aNodeDetail, aSmallTree } from '../support/tree-views.ts';

const approach = {
  round: 1,
  name: 'boosting',
  title: 'Gradient boosting',
  family: 'boosting',
  status: 'trained',
  cv: 0.8012,
  cvSd: 0.0041,
  estimate: 0.8,
  error: null,
} as const;

/** A round that goes well to its end. */
const roundEvents: readonly CompetitionEvent[] = [
  'research_started',
  'research_completed',
  'generation_started',
  'code_ready',
  'training_started',
  'training_completed',
  'submission_completed',
  'score_received',
  'success',
];

/** The snapshots of a short competition. */
export function aShortRun(slug: string): Overview[] {
  const beganAt = new Date();
  const after = (last: CompetitionEvent): ReturnType<typeof afterEvents> =>
    afterEvents(roundEvents.slice(0, roundEvents.indexOf(last) + 1), {
      beganAt,
      reason: 'no further gain is expected',
    });
  const submission = {
    key: 'sub_01',
    approach: 'boosting',
    round: 1,
    status: 'scored',
    cv: 0.8012,
    estimate: 0.8,
    publicScore: 0.79,
    finalScore: 0.79186,
    rank: 3,
    entrants: 12,
    error: null,
  } as const;
  const decided = aDecision({
    slug,
    status: 'expired',
    option: 'skip_competition',
    decidedBy: 'default (nobody can answer)',
  });
  return [
    anOverview({ slug, ...after('research_started') }),
    anOverview({ slug, ...after('generation_started'), approaches: [approach] }),
    anOverview({ slug, ...after('training_started'), stage: anOverview().stage, approaches: [approach] }),
    anOverview({ slug, ...after('submission_completed'), approaches: [approach] }),
    anOverview({ slug, ...after('score_received'), approaches: [approach], submissions: [submission] }),
    anOverview({
      slug,
      ...after('success'),
      stage: null,
      outcome: 'no further gain is expected',
      approaches: [approach],
      submissions: [submission],
      decisions: [decided],
      best: { approach: 'boosting', cv: 0.8012, submission: 'sub_01', score: 0.79186, rank: 3, entrants: 12 },
    }),
  ];
}

const failures: Readonly<Record<string, () => Error>> = {
  titanc: () =>
    new BusinessFailure('There is no competition "titanc".', {
      code: 'kaggle.unknown_competition',
      details: { nearest: ['titanic'] },
    }),
  rules: () => new BusinessFailure('The rules are not accepted yet.', { code: 'kaggle.rules_not_accepted' }),
  late: () => new BusinessFailure('The deadline has passed.', { code: 'kaggle.deadline_passed' }),
  away: () => new TransientFailure('Kaggle does not answer.', { code: 'kaggle.busy' }),
  unset: () => new ConfigurationFailure('The token was refused.', { code: 'kaggle.unauthorized' }),
  second: () =>
    new ConfigurationFailure('Kaggle Agent is already running here.', { code: 'agent.already_running' }),
  broken: () => new SystemFailure('An answer was in an unknown shape.', { code: 'claude.bad_response' }),
  bug: () => new TypeError("Cannot read properties of undefined (reading 'secret')"),
};

/** Commands that answer from memory, for the command line's own behaviour. */
export function fakeCommands(request: OpenRequest): Commands {
  const find = (slug: string): void => {
    const failure = failures[slug];
    if (failure !== undefined) throw failure();
  };
  const hang = async (signal: AbortSignal): Promise<void> => {
    await wait(60_000, undefined, { signal });
  };
  const entry = {
    slug: 'wine',
    title: 'Wine',
    metric: 'accuracy',
    trainRows: 10,
    testRows: 5,
    entrants: 3,
    folder: '/x',
  };
  return {
    up: async ({ signal, onReady }) => {
      onReady({
        version: '0.1.0',
        readyMs: 2700,
        role: null,
        hasPrompt: false,
        pageUrl: null,
        opsPage: { name: 'queues', url: 'http://127.0.0.1:4777/ops/queues?key=none' },
        chats: [],
        kaggle: 'practice arena at http://127.0.0.1:4778',
        database: 'embedded Postgres',
        queue: 'Postgres',
        caps: { gpuUsdPerHour: 0.15, gpuUsdPerDay: 3.6, llmUsdPerDay: 5 },
        dataFolder: './data',
        resumed: [],
      });
      await hang(signal);
    },
    run: async ({ slug, onChange, signal }) => {
      find(slug);
      if (slug === 'endless') await hang(signal);
      const snapshots = aShortRun(slug);
      for (const snapshot of snapshots) onChange(snapshot);
      const last = snapshots.at(-1);
      if (last === undefined) throw new Error('a run has snapshots');
      return slug === 'scoreless' ? { ...last, best: null } : last;
    },
    research: async ({ slug }) => {
      find(slug);
      return { round: 0, queries: [], approaches: [] };
    },
    tree: async ({ slug }) => {
      find(slug);
      return { ...aSmallTree(), slug };
    },
    node: async ({ slug, which }) => {
      find(slug);
      return which === '5'
        ? { found: true, detail: aNodeDetail({ slug }) }
        : { found: false, slug, typed: which, nodes: [{ number: 5, name: 'boosting-counts' }] };
    },
    stopGpus: async ({ installation }) => ({
      stopped: [{ provider: 'vast', id: '7', pricePerHourUsd: 0.08 }],
      left:
        installation === null ? [] : [{ provider: 'vast', id: '8', pricePerHourUsd: 0.08, reason: 'Away.' }],
      unknown: [],
      isHeld: installation === null,
    }),
    listGpus: async () => ({ machines: [], problems: [] }),
    allowGpus: async () => ({ wasHeld: true }),
    budget: async () => ({ caps: { gpu_day: 3.6 }, gpuTodayUsd: 0, llmTodayUsd: 0, competitionUsd: 0 }),
    demoSlug: async () => (request.isDemo ? 'wine' : 'not-a-demo'),
    status: async ({ slug }) => {
      find(slug);
      const participation = {
        hasEntered: true,
        rank: 120,
        teams: 3_400,
        teamName: null,
        submissionsLeft: 4,
        submissionsUsed: 1,
        limitsReadAt: null,
        readAt: null,
      };
      return { ...anOverview({ slug }), participation };
    },
    list: async () => [anOverview()],
    discover: async ({ filter }) => ({
      filter,
      competitions: [aListedCompetition()],
      lookedAt: null,
      errorCode: null,
      threshold: 70,
    }),
    why: async ({ slug }) => aWhy({ slug }),
    logs: async () => ({ runs: [] }),
    doctor: async () => [
      { status: 'ok', port: 'state', message: 'embedded Postgres 18.4', next: null, elapsedMs: 3 },
      { status: 'error', port: 'kaggle', message: 'token refused (401)', next: 'new token', elapsedMs: null },
    ],
    connect: async ({ service, asking, tell }) => {
      if (asking === null) {
        throw new BusinessFailure('Nobody can be asked here.', {
          code: 'connect.person_needed',
          details: { next: ['SLACK_BOT_TOKEN (a token)'] },
        });
      }
      const secret = await asking.hidden('SLACK_BOT_TOKEN');
      const channel = await asking.choose('SLACK_CHANNEL', [
        { value: 'C0000001', label: '#kaggle' },
        { value: 'C0000002', label: '#gen\u001beral' },
      ]);
      const name = await asking.text('NAME');
      const isSure = await asking.confirm('Sure?');
      tell({ word: 'ok', text: `\u001b[2J${secret.length} characters, ${channel}, ${name}, ${isSure}` });
      return { service, title: 'Slack', written: [], file: null, next: ['npm start'] };
    },
    migrate: async () => ({ applied: ['0001_roles.sql'], current: '0001_roles.sql' }),
    setupStorage: async ({ isDryRun, tell }) => {
      const steps = [
        { name: 'bucket', outcome: 'right', text: 'agent at Amazon S3 (us-east-1)' },
        { name: 'versioning', outcome: isDryRun ? 'would_change' : 'changed', text: 'switched on' },
      ] as const;
      for (const step of steps) tell(step);
      return { where: 'bucket agent at Amazon S3 (us-east-1)', steps };
    },
    settingFaults: () => [],
    settings: () =>
      loadSettings({
        environment: { KAGGLE_API_TOKEN: 'KGAT_s3cret' },
        envFile: null,
        flags: request.flags,
        cores: 2,
        baseFolder: '/project',
        homeFolder: '/home/mika',
      }).report,
    listEvents: async ({ limit }) =>
      Array.from({ length: limit }, (_, index) => ({
        id: index,
        at: new Date(),
        type: 'research_started',
        slug: 'titanic',
        delivery: 0,
        payload: { round: 1 },
      })),
    replayEvents: async ({ fromId, toId }) => toId - fromId + 1,
    serveArena: async ({ signal, onReady }) => {
      onReady({ apiUrl: 'http://127.0.0.1:4778', competitions: 6 });
      await hang(signal);
    },
    listArena: async () => [entry],
    addToArena: async () => entry,
    buildArena: async ({ onProgress }) => {
      onProgress('wine: 3 reference entrants');
      return ['wine'];
    },
  };
}
