/** How well a competition suits the agent, and how worthwhile it is. Weights are priors, to be refitted on our history. */

export const competitionModalities = [
  'tabular',
  'text',
  'time_series',
  'image',
  'audio',
  'dense_output',
  'unknown',
  'science',
  'text_generation',
  'simulation',
] as const;
export type CompetitionModality = (typeof competitionModalities)[number];

export const factorNames = ['time', 'data', 'modality', 'submission', 'metric', 'budget'] as const;
export type FactorName = (typeof factorNames)[number];

export type FeasibilityInput = {
  /** Hours to the deadline; null without one. */
  hoursLeft: number | null;
  /** Hours that one whole attempt takes. */
  runHours: number;
  dataBytes: number;
  /** Disk of the largest machine that may be used. */
  diskLimitBytes?: number;
  modality: CompetitionModality;
  /** Kaggle takes notebooks only. */
  isKernelsOnly: boolean;
  hasNotebookPath: boolean;
  metric: 'exact' | 'approximated' | 'unknown';
  budgetUsd: number;
  estimatedCostUsd: number;
  awardsPoints: boolean;
  /** Work of an engineer: under 2 h, 2 to 10 h, more. */
  complexity: 'low' | 'medium' | 'high';
  teams: number;
  /** Days since the start and in all; the field still grows early in a competition. */
  elapsedDays?: number;
  totalDays?: number;
  prizeUsd: number;
  submissionsDisabled?: boolean;
  hasEntered?: boolean;
  newEntrantDeadlinePassed?: boolean;
  /** Judged by people: no metric and no sample submission. */
  isJudged?: boolean;
  /** A person said that the rules cannot be accepted. */
  rulesDeclined?: boolean;
  /** Share of teams that our first public score beats; replaces half of the prior. */
  beatenShare?: number | null;
  /** Factors that a person set. */
  overrides?: Partial<Record<FactorName, number>>;
};

export const feasibilityGates = [
  'submissions_disabled',
  'deadline_near',
  'entry_closed',
  'notebooks_only',
  'data_too_large',
  'too_expensive',
  'judged',
  'rules_declined',
] as const;
export type FeasibilityGate = (typeof feasibilityGates)[number];

export type FeasibilityPart = { name: FactorName; value: number; weight: number; reason: string };

export type Feasibility = {
  /** 0 to 100. */
  score: number;
  colour: 'green' | 'amber' | 'red';
  /** Why the agent cannot take part at all; any of them makes the score 0. What each means the texts say. */
  gates: { code: FeasibilityGate }[];
  parts: FeasibilityPart[];
  /** Chance of a medal, 0 to 1. */
  medal: number;
  /** Worth of a good place, 0 to 1. */
  value: number;
  /** Orders competitions; 0 to 100. */
  priority: number;
};

const GB = 1e9;
const MB = 1e6;
const HOURS_A_DAY = 24;
const DAYS_A_YEAR = 365;
const MIN_HOURS_LEFT = 12;
const MAX_COST_OF_BUDGET = 4;
const MAX_FIELD_GROWTH = 4;
const GREEN_FROM = 70;
const AMBER_FROM = 45;

const weights: Record<FactorName, number> = {
  time: 0.2,
  data: 0.1,
  modality: 0.25,
  submission: 0.15,
  metric: 0.15,
  budget: 0.15,
};

const modalityFactors: Record<CompetitionModality, { value: number; words: string }> = {
  tabular: { value: 1, words: 'tables' },
  text: { value: 0.85, words: 'text classification' },
  time_series: { value: 0.8, words: 'time series in tables' },
  image: { value: 0.75, words: 'image classification' },
  audio: { value: 0.65, words: 'audio classification' },
  dense_output: { value: 0.5, words: 'segmentation, detection or translation' },
  unknown: { value: 0.4, words: 'data of unknown kind' },
  science: { value: 0.35, words: '3D, graphs or science' },
  text_generation: { value: 0.25, words: 'text generation' },
  simulation: { value: 0.1, words: 'a simulation' },
};

/** Medal rates by complexity. Source: the rounded rates of the best systems on MLE-bench's three groups. */
const medalRates = { low: 0.6, medium: 0.35, high: 0.15 } as const;
/** Live fields use such agents too, so the benchmarks' rates are cut. */
const LIVE_DISCOUNT = 0.5;
const USUAL_SLOTS = 0.1;
const MAX_SLOT_GAIN = 1.5;
const MAX_MEDAL = 0.9;
const SCORE_STEEPNESS = 12;

/** Scores a competition: gates, factors with their reasons, medal chance, value and priority. */
export function assessFeasibility(input: FeasibilityInput): Feasibility {
  const parts = factorNames.map((name) => partOf(name, input));
  const gates = findGates(input);
  const factor = (name: FactorName) => parts.find((part) => part.name === name)?.value ?? 0;
  const isBlocked =
    gates.length > 0 || factor('time') === 0 || factor('submission') === 0 || factor('budget') === 0;
  const product = parts.reduce((result, { value, weight }) => result * value ** weight, 1);
  const score = isBlocked ? 0 : 100 * product;
  const medal = medalChance(input, factor('time'));
  const value = valueOfPlace(input);
  const priority = score * (0.5 * value + 0.5 * (input.awardsPoints ? medal : 0.3));
  const colour = score >= GREEN_FROM ? 'green' : score >= AMBER_FROM ? 'amber' : 'red';
  return { score, colour, gates, parts, medal, value, priority };
}

function findGates(input: FeasibilityInput): Feasibility['gates'] {
  const { hoursLeft, diskLimitBytes } = input;
  const applies: Readonly<Record<FeasibilityGate, boolean>> = {
    submissions_disabled: input.submissionsDisabled === true,
    deadline_near: hoursLeft !== null && hoursLeft < MIN_HOURS_LEFT,
    entry_closed: input.newEntrantDeadlinePassed === true && input.hasEntered !== true,
    notebooks_only: input.isKernelsOnly && !input.hasNotebookPath,
    data_too_large: diskLimitBytes !== undefined && input.dataBytes > diskLimitBytes,
    too_expensive: input.estimatedCostUsd > MAX_COST_OF_BUDGET * input.budgetUsd,
    judged: input.isJudged === true,
    rules_declined: input.rulesDeclined === true,
  };
  return feasibilityGates.filter((code) => applies[code]).map((code) => ({ code }));
}

function partOf(name: FactorName, input: FeasibilityInput): FeasibilityPart {
  const given = input.overrides?.[name];
  const { value, reason } =
    given === undefined ? factors[name](input) : { value: given, reason: 'Set by a person.' };
  return { name, value: clamp(value), weight: weights[name], reason };
}

type Factor = { value: number; reason: string };

/** Whole days where hours would say nothing. */
function timeWords(hours: number): string {
  if (hours < 2 * HOURS_A_DAY) return `${Math.round(hours)} hours are`;
  const days = Math.round(hours / HOURS_A_DAY);
  return days > DAYS_A_YEAR ? 'More than a year is' : `${days} days are`;
}

function sizeWords(bytes: number): string {
  if (bytes >= 0.1 * GB) return `${(bytes / GB).toFixed(1)} GB`;
  return bytes >= 0.1 * MB ? `${(bytes / MB).toFixed(1)} MB` : 'less than 0.1 MB';
}

const factors: Record<FactorName, (input: FeasibilityInput) => Factor> = {
  time: ({ hoursLeft, runHours }) => {
    if (hoursLeft === null) return { value: 1, reason: 'There is no deadline.' };
    const value = clamp((hoursLeft - MIN_HOURS_LEFT) / (3 * runHours + 24));
    return { value, reason: `${timeWords(hoursLeft)} left for attempts of ${runHours} hours.` };
  },
  data: ({ dataBytes }) => {
    const size = dataBytes / GB;
    const value = size <= 1 ? 1 : size <= 10 ? 0.9 : size <= 50 ? 0.7 : size <= 200 ? 0.4 : 0.1;
    return { value, reason: `The data are ${sizeWords(dataBytes)}.` };
  },
  modality: ({ modality }) => {
    const { value, words } = modalityFactors[modality];
    return { value, reason: `It is about ${words}.` };
  },
  submission: ({ isKernelsOnly, hasNotebookPath }) => {
    if (!isKernelsOnly) return { value: 1, reason: 'A CSV file is submitted.' };
    if (hasNotebookPath) return { value: 0.6, reason: 'Only notebooks may be submitted.' };
    return { value: 0, reason: 'Only notebooks may be submitted, which is not possible here.' };
  },
  metric: ({ metric }) => {
    if (metric === 'exact') return { value: 1, reason: 'The metric is computed exactly.' };
    if (metric === 'approximated') return { value: 0.6, reason: 'The metric is approximated.' };
    return { value: 0.25, reason: 'The metric is unknown.' };
  },
  budget: ({ budgetUsd, estimatedCostUsd }) => {
    if (estimatedCostUsd <= 0) return { value: 1, reason: 'It costs nothing.' };
    const reason = `$${budgetUsd} of an estimated $${estimatedCostUsd} may be spent.`;
    return { value: Math.min(1, budgetUsd / estimatedCostUsd), reason };
  },
};

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** Teams to expect at the end: the field grows with the time that is left, at most fourfold. */
function finalTeams({ teams, elapsedDays, totalDays }: FeasibilityInput): number {
  if (elapsedDays === undefined || totalDays === undefined || elapsedDays <= 0) return teams;
  return teams * Math.min(MAX_FIELD_GROWTH, Math.max(1, totalDays / elapsedDays));
}

function medalChance(input: FeasibilityInput, time: number): number {
  if (!input.awardsPoints) return 0;
  const teams = finalTeams(input);
  const slots = teams < 250 ? 0.4 : teams < 1000 ? 100 / teams : USUAL_SLOTS;
  const slotGain = Math.min(MAX_SLOT_GAIN, Math.sqrt(slots / USUAL_SLOTS));
  const prior = Math.min(MAX_MEDAL, LIVE_DISCOUNT * medalRates[input.complexity] * slotGain * time);
  const { beatenShare } = input;
  if (beatenShare === undefined || beatenShare === null) return prior;
  return 0.5 * prior + 0.5 / (1 + Math.exp(-SCORE_STEEPNESS * (beatenShare - (1 - slots))));
}

function valueOfPlace({ awardsPoints, prizeUsd }: FeasibilityInput): number {
  const prize = Math.min(1, Math.log10(1 + Math.max(0, prizeUsd)) / 5);
  return 0.6 * (awardsPoints ? 1 : 0.25) + 0.4 * prize;
}

/** How much the score would gain if a factor were as good as can be, the most first; nothing where a gate is closed. */
export function possibleGains(input: FeasibilityInput): { name: FactorName; gain: number }[] {
  const { score, parts, gates } = assessFeasibility(input);
  if (gates.length > 0) return [];
  return parts
    .filter(({ value }) => value < 1)
    .map(({ name }) => {
      const better = assessFeasibility({ ...input, overrides: { ...input.overrides, [name]: 1 } });
      return { name, gain: better.score - score };
    })
    .sort((a, b) => b.gain - a.gain);
}

/** The first amount in a reward's free text: `$50,000` and `25,000 Usd` are money, `Knowledge` is 0. */
export function parsePrizeUsd(reward: string): number {
  const match = /\d{1,3}(?:[,. ]\d{3})+(?!\d)|\d+(?:\.\d+)?/.exec(reward);
  if (!match) return 0;
  const [text] = match;
  return Number(/^\d{1,3}(?:[,. ]\d{3})+$/.test(text) ? text.replace(/[,. ]/g, '') : text);
}
