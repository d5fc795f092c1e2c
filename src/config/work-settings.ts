import { machineSetting, optionalSetting, type Setting, setting } from './setting.ts';
import { choice, flag, image, integer, path, seconds, usd } from './value-schemas.ts';

/** One training job keeps about two cores busy; more than two at once would slow the chat and the database. */
const mostLocalSlots = 2;

export const training = {
  python: optionalSetting({
    env: 'KAGGLE_AGENT_PYTHON',
    schema: path(),
    example: '/usr/bin/python3',
    description:
      'Python that trains: it needs pandas and scikit-learn. Unset: the one that script/setup found or made.',
  }),
  localSlots: machineSetting({
    env: 'KAGGLE_AGENT_LOCAL_SLOTS',
    schema: integer({ min: 1, max: 64 }),
    default: ({ cores }) => String(Math.min(mostLocalSlots, cores)),
    defaultText: 'one for each core, at most 2',
    unit: 'training jobs',
    example: '2',
    description: 'How many training jobs run on this machine at once.',
  }),
  localIsolation: setting({
    env: 'KAGGLE_AGENT_LOCAL_ISOLATION',
    schema: choice(['auto', 'process', 'docker']),
    default: 'auto',
    example: 'docker',
    description:
      'How a training script is kept in on this machine: process is a sandbox of this program, docker a container. auto takes docker where a daemon answers and has an image for the script, else the sandbox.',
  }),
  localImage: optionalSetting({
    env: 'KAGGLE_AGENT_LOCAL_IMAGE',
    schema: image(),
    example: 'my-training:1',
    description:
      'Image on this machine for scripts that have none of their own; it needs Python and the packages that scripts use. It is never pulled.',
    switchesOn: 'Training scripts run in containers of the docker daemon of this machine, where one answers.',
  }),
  timeLimitSeconds: setting({
    env: 'KAGGLE_AGENT_TRAINING_TIME_LIMIT_SECONDS',
    schema: seconds(10),
    default: '600',
    unit: 'seconds',
    example: '1800',
    description:
      'Wall time of one training job; at its end the job is stopped. Where a competition has a time limit of its own, a quarter of what is left of it, if that is less.',
  }),
  maxStarts: setting({
    env: 'KAGGLE_AGENT_TRAINING_MAX_STARTS',
    schema: integer({ min: 1, max: 10 }),
    default: '3',
    unit: 'starts',
    example: '3',
    description:
      'How often one training job is started, on whatever machines, before it counts as failed. A start on a rented machine that saved a checkpoint is given back.',
  }),
  heartbeatTimeoutSeconds: setting({
    env: 'KAGGLE_AGENT_HEARTBEAT_TIMEOUT_SECONDS',
    schema: seconds(5),
    default: '90',
    unit: 'seconds',
    example: '180',
    description: 'A training job that has not been heard of for this long is lost and is started again.',
  }),
};

export const competing = {
  maxRounds: setting({
    env: 'KAGGLE_AGENT_MAX_ROUNDS',
    schema: integer({ min: 1, max: 100 }),
    default: '2',
    unit: 'rounds',
    example: '4',
    description: 'Rounds of research, code, training and submission in one competition.',
  }),
  approachesPerRound: setting({
    env: 'KAGGLE_AGENT_APPROACHES_PER_ROUND',
    schema: integer({ min: 1, max: 8 }),
    default: '3',
    unit: 'approaches',
    example: '4',
    description: 'Approaches that are tried side by side in a round.',
  }),
  maxActive: setting({
    env: 'KAGGLE_AGENT_MAX_ACTIVE',
    schema: integer({ min: 1, max: 50 }),
    default: '3',
    unit: 'competitions',
    example: '1',
    description: 'Competitions that are worked on at once; others wait by priority.',
  }),
  sweepTries: setting({
    env: 'KAGGLE_AGENT_SWEEP_TRIES',
    schema: integer({ min: 0, max: 6 }),
    default: '0',
    unit: 'tries',
    example: '3',
    description:
      'Tries of other hyper-parameters around the best approach in the last round, where there is time for them. 0: none.',
  }),
  maxAutoRetries: setting({
    env: 'KAGGLE_AGENT_MAX_AUTO_RETRIES',
    schema: integer({ min: 0, max: 20 }),
    default: '2',
    unit: 'retries',
    example: '2',
    description:
      'Failed stages of one competition that are retried by the agent itself before a person is asked.',
  }),
  autostart: setting({
    env: 'KAGGLE_AGENT_AUTOSTART',
    schema: flag(),
    default: 'false',
    example: 'true',
    description:
      'Enter discovered competitions without being told to, where the feasibility score is high enough.',
    switchesOn: 'Discovered competitions are entered by themselves.',
  }),
};

export const budgets = {
  gpuUsdPerHour: setting({
    env: 'KAGGLE_AGENT_GPU_USD_PER_HOUR',
    schema: usd(),
    default: '0.15',
    unit: 'US dollars an hour',
    example: '0.50',
    description: 'Cap on what all rented machines together may cost an hour, at any moment.',
  }),
  gpuUsdPerDay: setting({
    env: 'KAGGLE_AGENT_GPU_USD_PER_DAY',
    schema: usd(),
    default: '3.60',
    unit: 'US dollars a day',
    example: '10',
    description: 'Cap on what all rented machines together may cost a day (UTC).',
  }),
  gpuUsdPerCompetition: setting({
    env: 'KAGGLE_AGENT_GPU_USD_PER_COMPETITION',
    schema: usd(),
    default: '20',
    unit: 'US dollars',
    example: '40',
    description: 'Cap on what rented machines may cost in one competition.',
  }),
  llmUsdPerDay: setting({
    env: 'KAGGLE_AGENT_LLM_USD_PER_DAY',
    schema: usd(),
    default: '5',
    unit: 'US dollars a day',
    example: '10',
    description: 'Cap on what language models may cost a day (UTC).',
  }),
  llmUsdPerCompetition: setting({
    env: 'KAGGLE_AGENT_LLM_USD_PER_COMPETITION',
    schema: usd(),
    default: '20',
    unit: 'US dollars',
    example: '40',
    description: 'Cap on what language models may cost in one competition.',
  }),
};

function everySeconds(env: string, defaultSeconds: string, description: string): Setting<number> {
  return setting({
    env,
    schema: seconds(),
    default: defaultSeconds,
    unit: 'seconds',
    example: defaultSeconds,
    description,
  });
}

export const schedules = {
  discoveryEverySeconds: everySeconds(
    'KAGGLE_AGENT_DISCOVERY_EVERY_SECONDS',
    '3600',
    'How often new competitions are looked for.',
  ),
  costWatchEverySeconds: everySeconds(
    'KAGGLE_AGENT_COST_WATCH_EVERY_SECONDS',
    '300',
    'How often running machines and their cost are checked.',
  ),
  scoreCheckEverySeconds: everySeconds(
    'KAGGLE_AGENT_SCORE_CHECK_EVERY_SECONDS',
    '900',
    'How often scores and leaderboards are read, beside the look at each fresh submission.',
  ),
  gateCheckEverySeconds: everySeconds(
    'KAGGLE_AGENT_GATE_CHECK_EVERY_SECONDS',
    '180',
    'How often it is looked whether a person has done what Kaggle asks for: rules accepted, account verified.',
  ),
  timeoutWatchEverySeconds: everySeconds(
    'KAGGLE_AGENT_TIMEOUT_WATCH_EVERY_SECONDS',
    '60',
    'How often stages and decisions are checked for a passed time limit.',
  ),
  healthEverySeconds: everySeconds(
    'KAGGLE_AGENT_HEALTH_EVERY_SECONDS',
    '30',
    'How often every module and service is checked.',
  ),
};

export const timeLimits = {
  researchSlaSeconds: everySeconds(
    'KAGGLE_AGENT_RESEARCH_SLA_SECONDS',
    '900',
    'Longest time for the research of one round; afterwards the stage has failed.',
  ),
  generationSlaSeconds: everySeconds(
    'KAGGLE_AGENT_GENERATION_SLA_SECONDS',
    '1800',
    'Longest time for writing and checking the code of one round.',
  ),
  trainingSlaSeconds: everySeconds(
    'KAGGLE_AGENT_TRAINING_SLA_SECONDS',
    '14400',
    'Longest time for all training of one round, waiting for a machine included.',
  ),
  submissionSlaSeconds: everySeconds(
    'KAGGLE_AGENT_SUBMISSION_SLA_SECONDS',
    '7200',
    'Longest time from an accepted submission of a file to its score.',
  ),
  analysisSlaSeconds: everySeconds(
    'KAGGLE_AGENT_ANALYSIS_SLA_SECONDS',
    '600',
    'Longest time for deciding what comes after a round.',
  ),
  decisionSlaSeconds: everySeconds(
    'KAGGLE_AGENT_DECISION_SLA_SECONDS',
    '14400',
    'How long a decision waits for a person before its default is taken.',
  ),
};
