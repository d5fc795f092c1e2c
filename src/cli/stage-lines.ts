import { count, cut, score, spread } from '../bot/presenters/format.ts';
import type { CompetitionState } from '../domain/competition-machine.ts';
import { type Overview, stateWords } from '../domain/overview.ts';
import type { LineWord } from './output.ts';

/** Stages as a watching person tells them apart; the short states between them belong to the next one. */
export type StageName =
  | 'research'
  | 'code'
  | 'training'
  | 'submission'
  | 'analysis'
  | 'recovery'
  | 'decision';

const stages: Readonly<Partial<Record<CompetitionState, StageName>>> = {
  discovered: 'research',
  researching: 'research',
  research_completed: 'code',
  code_generating: 'code',
  code_ready: 'training',
  training: 'training',
  training_completed: 'submission',
  submitted: 'submission',
  analyzing: 'analysis',
  recovering: 'recovery',
  awaiting_decision: 'decision',
  failed: 'decision',
};

/** Null in states in which nothing is at work. */
export function stageNameOf({ state }: Overview): StageName | null {
  return stages[state] ?? null;
}

/** What runs, where no progress is known. */
export function describeStage({ stage, state }: Overview): string {
  return stage?.label ?? stateWords[state];
}

/** What a stage came to, as known from the snapshot after it. */
export function endOfStage(
  name: StageName,
  round: number,
  overview: Overview,
): { word: LineWord; text: string } {
  const hasFailed = overview.state === 'recovering' && name !== 'recovery';
  if (hasFailed || overview.state === 'failed') {
    return { word: 'warn', text: overview.outcome ?? 'it did not work; trying another way' };
  }
  return { word: 'ok', text: results[name](overview, round) };
}

const listedNames = 60;

const results: Readonly<Record<StageName, (overview: Overview, round: number) => string>> = {
  research: (overview, round) => {
    const names = ofRound(overview, round).map(({ name }) => name);
    return `round ${round}  ${count(names.length, 'approach', 'es')}: ${cut(names.join(', '), listedNames)}`;
  },
  code: (overview, round) => {
    const all = ofRound(overview, round);
    const usable = all.filter(({ status }) => status !== 'failed' && status !== 'proposed').length;
    return `round ${round}  ${usable} of ${count(all.length, 'training script')} passed the checks`;
  },
  training: (overview, round) => {
    const trained = ofRound(overview, round).filter(({ cv }) => cv !== null);
    const listed = trained.map(({ name, cv, cvSd }) => `${name} ${spread(cv, cvSd)}`);
    return `round ${round}  ${listed.length === 0 ? 'no result' : `CV ${cut(listed.join(', '), listedNames)}`}`;
  },
  submission: ({ submissions }, round) => {
    const last = submissions.filter((one) => one.round === round).at(-1);
    if (last === undefined) return `round ${round}  nothing was submitted`;
    const shown =
      last.publicScore === null ? (last.error ?? last.status) : `public ${score(last.publicScore)}`;
    return `round ${round}  ${last.key}, ${shown}`;
  },
  analysis: ({ state, outcome }, round) => {
    if (state === 'researching') return `round ${round}  another round is worth it`;
    return `round ${round}  ${outcome ?? stateWords[state]}`;
  },
  recovery: ({ state }) => `goes on: ${stateWords[state]}`,
  decision: ({ state }) => `goes on: ${stateWords[state]}`,
};

function ofRound({ approaches }: Overview, round: number): Overview['approaches'] {
  return approaches.filter((one) => one.round === round);
}
