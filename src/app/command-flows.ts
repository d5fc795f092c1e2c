import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Actor } from '../domain/actor.ts';
import type { CommandFlows, FlowsFor, StartResult } from '../domain/command-results.ts';
import { answerDecision } from '../flows/commands/answer-decision.ts';
import { changeBudget, changeSettings, readSettings } from '../flows/commands/change-settings.ts';
import { readComparison } from '../flows/commands/compare-runs.ts';
import { competitionOverview } from '../flows/commands/competition-overview.ts';
import {
  type ControlAnswer,
  pauseCompetition,
  resumeCompetition,
  stopCompetition,
} from '../flows/commands/control-competition.ts';
import {
  explainFeasibility,
  readDiscovery,
  readParticipation,
  setFactor,
} from '../flows/commands/explore.ts';
import {
  findThreadCompetition,
  readInstallationMark,
  readKnown,
  recordRefusal,
} from '../flows/commands/look-around.ts';
import {
  askAgain,
  putOffDecision,
  readDecision,
  readDecisionLog,
} from '../flows/commands/manage-decision.ts';
import { changeParameters, readParameters } from '../flows/commands/parameters.ts';
import {
  readBudget,
  readDecisions,
  readList,
  readLogs,
  readStatus,
} from '../flows/commands/read-commands.ts';
import { readLeaderboard } from '../flows/commands/read-leaderboard.ts';
import { readNode, readTreeView } from '../flows/commands/read-search.ts';
import { readStatusFacts } from '../flows/commands/read-status-facts.ts';
import { startCompetition } from '../flows/commands/start-competition.ts';
import { allowGpus, stopAllGpus } from '../flows/gpu/stop-all.ts';
import { forgetLesson, readLessonsView } from '../flows/lessons/show-lessons.ts';
import { readResearchBrief } from '../flows/research/read-brief.ts';

const feasibilitySchema = z.object({
  score: z.number(),
  parts: z.array(z.object({ name: z.string(), value: z.number(), reason: z.string() })),
});

type Running = Pick<CommandFlows, 'start' | 'pause' | 'resume' | 'stop'>;
type Looking = Pick<
  CommandFlows,
  | 'status'
  | 'statusFacts'
  | 'list'
  | 'leaderboard'
  | 'logs'
  | 'research'
  | 'tree'
  | 'node'
  | 'compare'
  | 'parameters'
  | 'lessons'
  | 'known'
  | 'discover'
  | 'participation'
  | 'why'
  | 'setFactor'
>;
type Deciding = Pick<
  CommandFlows,
  'decisions' | 'decide' | 'snooze' | 'askAgain' | 'decision' | 'decisionLog'
>;

/** What people can tell the agent, over its flows, in the name of whoever asks. */
export function createFlowsFor(contextOf: (actor: Actor) => Context): FlowsFor {
  return (actor) => createCommandFlows(() => contextOf(actor));
}

/** The same, in the name of one person. */
export function createCommandFlows(contextOf: () => Context): CommandFlows {
  return {
    ...runningFlows(contextOf),
    ...lookingFlows(contextOf),
    ...decidingFlows(contextOf),
    stopGpus: async (input) => await stopAllGpus(contextOf(), input),
    allowGpus: async () => ({ outcome: (await allowGpus(contextOf())) ? 'done' : 'already' }),
    forgetLesson: async (input) => await forgetLesson(contextOf(), input),
    setParameters: async (input) => await changeParameters(contextOf(), input),
    budget: async (input) => await readBudget(contextOf(), input),
    setBudget: async (input) => await changeBudget(contextOf(), input),
    preferences: async () => await readSettings(contextOf()),
    setPreferences: async (changes) => await changeSettings(contextOf(), changes),
    competitionOfThread: async (input) => await findThreadCompetition(contextOf(), input),
    recordRefusal: async (input) => await recordRefusal(contextOf(), input),
    installation: async () => await readInstallationMark(contextOf()),
  };
}

function runningFlows(contextOf: () => Context): Running {
  const moved = async (answer: ControlAnswer) => {
    return {
      competition: await competitionOverview(contextOf(), answer.competition),
      outcome: answer.outcome,
    };
  };
  return {
    async start(input): Promise<StartResult> {
      const { competition, outcome, gate } = await startCompetition(contextOf(), input);
      const feasibility = feasibilitySchema.safeParse(competition.feasibility);
      return {
        competition: await competitionOverview(contextOf(), competition),
        outcome,
        feasibility: feasibility.success ? feasibility.data : null,
        gate,
      };
    },
    pause: async (input) => await moved(await pauseCompetition(contextOf(), input)),
    resume: async (input) => await moved(await resumeCompetition(contextOf(), input)),
    stop: async (input) => await moved(await stopCompetition(contextOf(), input)),
  };
}

function lookingFlows(contextOf: () => Context): Looking {
  return {
    status: async (input) => await readStatus(contextOf(), input),
    statusFacts: async (input) => await readStatusFacts(contextOf(), input),
    list: async () => await readList(contextOf()),
    leaderboard: async (input) => await readLeaderboard(contextOf(), input),
    async logs(input) {
      const { runs } = await readLogs(contextOf(), input);
      // People know an approach by its name, not by its row.
      return { runs: runs.map((run) => ({ ...run, item: run.label })) };
    },
    research: async (input) => await readResearchBrief(contextOf(), input),
    tree: async (input) => await readTreeView(contextOf(), input),
    node: async (input) => await readNode(contextOf(), input),
    compare: async (input) => await readComparison(contextOf(), input),
    parameters: async (input) => await readParameters(contextOf(), input),
    lessons: async (input) => await readLessonsView(contextOf(), input),
    known: async () => await readKnown(contextOf()),
    discover: async (input) => await readDiscovery(contextOf(), input),
    participation: async (input) => await readParticipation(contextOf(), input),
    why: async (input) => await explainFeasibility(contextOf(), input),
    setFactor: async (input) => await setFactor(contextOf(), input),
  };
}

function decidingFlows(contextOf: () => Context): Deciding {
  return {
    decisions: async (input) => await readDecisions(contextOf(), input),
    decide: async (input) => await answerDecision(contextOf(), input),
    snooze: async (input) => await putOffDecision(contextOf(), input),
    askAgain: async (input) => await askAgain(contextOf(), input),
    decision: async (input) => await readDecision(contextOf(), input),
    decisionLog: async (input) => await readDecisionLog(contextOf(), input),
  };
}
