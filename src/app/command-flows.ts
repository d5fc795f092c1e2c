import { z } from 'zod';
import type { Context } from '../context.ts';
import type { CommandFlows, StartResult } from '../domain/command-results.ts';
import { answerDecision } from '../flows/commands/answer-decision.ts';
import { competitionOverview } from '../flows/commands/competition-overview.ts';
import {
  type ControlAnswer,
  pauseCompetition,
  resumeCompetition,
  stopCompetition,
} from '../flows/commands/control-competition.ts';
import {
  readBudget,
  readDecisions,
  readLeaderboard,
  readList,
  readLogs,
  readStatus,
} from '../flows/commands/read-commands.ts';
import { startCompetition } from '../flows/commands/start-competition.ts';

const feasibilitySchema = z.object({
  score: z.number(),
  parts: z.array(z.object({ name: z.string(), value: z.number(), reason: z.string() })),
});

/** What people can tell the agent, over its flows, in the name of one person. */
export function createCommandFlows(contextOf: () => Context): CommandFlows {
  const moved = async (answer: ControlAnswer) => {
    return {
      competition: await competitionOverview(contextOf(), answer.competition),
      outcome: answer.outcome,
    };
  };
  return {
    async start(input): Promise<StartResult> {
      const { competition, outcome } = await startCompetition(contextOf(), input);
      const feasibility = feasibilitySchema.safeParse(competition.feasibility);
      return {
        competition: await competitionOverview(contextOf(), competition),
        outcome,
        feasibility: feasibility.success ? feasibility.data : null,
      };
    },
    pause: async (input) => await moved(await pauseCompetition(contextOf(), input)),
    resume: async (input) => await moved(await resumeCompetition(contextOf(), input)),
    stop: async (input) => await moved(await stopCompetition(contextOf(), input)),
    status: async (input) => await readStatus(contextOf(), input),
    list: async () => await readList(contextOf()),
    async leaderboard(input) {
      const { snapshots } = await readLeaderboard(contextOf(), input);
      const newestFirst = snapshots.toReversed().map((snapshot) => ({
        ...snapshot,
        top: snapshot.top.flatMap(({ name, score }) => (score === null ? [] : [{ name, score }])),
      }));
      return { snapshots: newestFirst };
    },
    async logs(input) {
      const { runs } = await readLogs(contextOf(), input);
      // People know an approach by its name, not by its row.
      return { runs: runs.map((run) => ({ ...run, item: run.label })) };
    },
    budget: async (input) => await readBudget(contextOf(), input),
    decisions: async (input) => await readDecisions(contextOf(), input),
    decide: async (input) => await answerDecision(contextOf(), input),
  };
}
