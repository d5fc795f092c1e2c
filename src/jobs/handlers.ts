import { analyze } from '../flows/analysis/analyze.ts';
import { finishGeneration } from '../flows/codegen/finish-generation.ts';
import { generateCode } from '../flows/codegen/generate-code.ts';
import { giveUpCode } from '../flows/codegen/give-up-code.ts';
import { planGeneration } from '../flows/codegen/plan-generation.ts';
import { startGeneration } from '../flows/codegen/start-generation.ts';
import { admitCompetitions } from '../flows/discovery/admit.ts';
import { discover } from '../flows/discovery/discover.ts';
import { settleSuggestions } from '../flows/discovery/settle-suggestions.ts';
import { answerGate } from '../flows/gates/answer-gate.ts';
import { checkGates } from '../flows/gates/check-gates.ts';
import { compareTraining } from '../flows/gpu/compare-training.ts';
import { giveUpTraining } from '../flows/gpu/give-up-training.ts';
import { planTraining } from '../flows/gpu/plan-training.ts';
import { startTraining } from '../flows/gpu/start-training.ts';
import { train } from '../flows/gpu/train.ts';
import { watchCosts } from '../flows/gpu/watch-costs.ts';
import { askAboutFailure } from '../flows/human-loop/ask-about-failure.ts';
import { makeDigest } from '../flows/human-loop/digest.ts';
import { expireDecisions } from '../flows/human-loop/expire-decisions.ts';
import { nudgePeople } from '../flows/human-loop/nudge-people.ts';
import { presentDecision } from '../flows/human-loop/present-decision.ts';
import { refreshCards, showMove } from '../flows/human-loop/status-card.ts';
import { tell } from '../flows/human-loop/tell.ts';
import { watchProcesses } from '../flows/human-loop/watch-processes.ts';
import { learnFromNote } from '../flows/lessons/learn-from-note.ts';
import { answerModelCap } from '../flows/models/ask-about-cap.ts';
import { expireStages } from '../flows/recovery/expire-stages.ts';
import { recoverCompetition } from '../flows/recovery/recover.ts';
import { giveUpQuery } from '../flows/research/give-up-query.ts';
import { planResearch } from '../flows/research/plan-research.ts';
import { rankResearch } from '../flows/research/rank-research.ts';
import { runResearchQuery } from '../flows/research/run-query.ts';
import { startResearch } from '../flows/research/start-research.ts';
import { purge } from '../flows/retention/purge.ts';
import { recordSelectionAnswer } from '../flows/selection/answer-selection.ts';
import { checkScores } from '../flows/submission/check-scores.ts';
import { finishCompetition } from '../flows/submission/finish-competition.ts';
import { sendQueued } from '../flows/submission/send-queued.ts';
import { submit } from '../flows/submission/submit.ts';
import { watchScore } from '../flows/submission/watch-score.ts';
import { forwardRuns } from '../flows/tracking/forward-runs.ts';
import { sweepEvents } from '../state/outbox.ts';
import type { ItemEndings, JobHandlers, TickHandlers } from './registry.ts';
import { workTypes } from './routes.ts';

/** Each handler calls one flow. */
export const jobHandlers: JobHandlers = {
  'discovery.admit': (ctx) => admitCompetitions(ctx),
  'discovery.answer': (ctx) => settleSuggestions(ctx),
  'discovery.gate': (ctx, { payload }) => answerGate(ctx, { decisionId: payload.decisionId ?? '' }),
  'research.start': startResearch,
  'research.plan': planResearch,
  'research.query': runResearchQuery,
  'research.rank': rankResearch,
  'research.learn': learnFromNote,
  'codegen.start': startGeneration,
  'codegen.plan': planGeneration,
  'codegen.generate': generateCode,
  'codegen.finish': finishGeneration,
  'gpu.start': startTraining,
  'gpu.plan': planTraining,
  'gpu.train': train,
  'gpu.compare': compareTraining,
  'submission.submit': submit,
  'submission.watch': watchScore,
  'submission.analyze': analyze,
  'submission.finish': finishCompetition,
  'submission.select': recordSelectionAnswer,
  'human.recover': recoverCompetition,
  'human.ask': askAboutFailure,
  'human.present': (ctx, { payload }) => presentDecision(ctx, { decisionId: payload.decisionId ?? '' }),
  'human.status': showMove,
  'human.models': answerModelCap,
  'human.tell': tell,
};

export const itemEndings: ItemEndings = {
  'research.query': giveUpQuery,
  'codegen.generate': giveUpCode,
  'gpu.train': giveUpTraining,
};

/** How long a dispatched event may show no run before it goes out again, and a worker no heartbeat. */
export type SweepTiming = { graceSeconds: number; staleSeconds: number };

export function tickHandlers(timing: SweepTiming): TickHandlers {
  return {
    discover,
    'watch-costs': watchCosts,
    'check-scores': async (ctx) => {
      // what waits for a new day goes before what waits for its score, which no trouble of the queue keeps from it
      try {
        await sendQueued(ctx);
      } finally {
        await checkScores(ctx);
      }
    },
    'check-gates': checkGates,
    'watch-timeouts': async (ctx) => {
      await nudgePeople(ctx);
      await expireDecisions(ctx);
      await expireStages(ctx);
      await watchProcesses(ctx, timing);
    },
    'refresh-cards': refreshCards,
    'track-runs': forwardRuns,
    digest: makeDigest,
    sweep: async (ctx) => {
      const resent = await sweepEvents(ctx.state, { ...timing, types: workTypes });
      if (resent.length > 0) ctx.log.warn({ events: resent }, 'events sent again');
    },
    purge,
  };
}
