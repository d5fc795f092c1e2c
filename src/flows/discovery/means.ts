import type { Context } from '../../context.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import { readHistory } from '../../state/discovery.ts';
import { readBudget } from '../../state/money.ts';

/** What a competition can be worked on with, as things stand now. */
export type Means = {
  /** Hours that one whole attempt takes. */
  runHours: number;
  budgetUsd: number;
  estimatedCostUsd: number;
  /** What the estimates rest on: competitions of ours that were completed. */
  completedCount: number;
};

const hoursADay = 24;
/** What a language model takes for the plan, the code and the repairs of one round, as a first guess. */
const usdPerWrittenRound = 1;
/** Fewer tell too little. */
const enoughCompleted = 3;

type MeansContext = Pick<Context, 'state' | 'policy' | 'compute' | 'generators'>;

/**
 * The hours and the money of one competition: from those that were completed where there are enough of them, else from
 * the time limits, the caps and what is configured. Work on this machine by the built-in generator costs nothing.
 */
export async function readMeans(ctx: MeansContext): Promise<Means> {
  const [history, { caps }] = await Promise.all([readHistory(ctx.state), readBudget(ctx.state, null)]);
  const usd = (scope: string) => (caps[scope] ?? 0) / microUsd;
  const planned = plannedHours(ctx.policy);
  const isKnown = history.count >= enoughCompleted;
  const runHours = isKnown && history.hours !== null ? Math.max(history.hours, minHours) : planned;
  const rents = ctx.compute.some(({ isRented }) => isRented);
  const writes = ctx.generators.some(({ name }) => name !== 'baseline');
  const guessUsd =
    (rents ? runHours * usd('fleet_hour') : 0) + (writes ? ctx.policy.maxRounds * usdPerWrittenRound : 0);
  return {
    runHours: rounded(runHours),
    budgetUsd: rounded(Math.ceil(runHours / hoursADay) * usd('gpu_day') + usd('llm_competition')),
    estimatedCostUsd: rounded(isKnown && history.usd !== null ? history.usd : guessUsd),
    completedCount: history.count,
  };
}

const minHours = 0.1;

/** Every approach of every round takes its whole time limit, as many side by side as there are places. */
function plannedHours({
  trainingTimeLimitSeconds,
  approachesPerRound,
  maxRounds,
  localSlots,
}: MeansContext['policy']): number {
  const turns = Math.ceil(approachesPerRound / Math.max(1, localSlots));
  return Math.max(minHours, (trainingTimeLimitSeconds * turns * maxRounds) / 3_600);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
