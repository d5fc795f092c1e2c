import { count, cut, score, spread } from '../bot/presenters/format.ts';
import { type CompetitionState, isFinal } from '../domain/competition-machine.ts';
import { type Overview, stateWords } from '../domain/overview.ts';
import type { LineWord } from './output.ts';

/** Stages as a watching person tells them apart; the short states between them belong to the next one. */
export type StageName =
  | 'entry'
  | 'research'
  | 'code'
  | 'training'
  | 'submission'
  | 'analysis'
  | 'recovery'
  | 'decision';

const stages: Readonly<Partial<Record<CompetitionState, StageName>>> = {
  discovered: 'entry',
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

const words: Readonly<Record<StageName, string>> = {
  entry: 'reading the competition',
  research: 'looking for approaches',
  code: 'writing and checking code',
  training: 'training',
  submission: 'submitting and waiting for the score',
  analysis: 'deciding what comes next',
  recovery: 'finding another way',
  decision: 'waiting for an answer',
};

/** What a stage does, where no progress is known. */
export function describeStage(name: StageName): string {
  return words[name];
}

/** What a stage came to, as known from the snapshot after it. */
export function endOfStage(
  name: StageName,
  round: number,
  overview: Overview,
): { word: LineWord; text: string } {
  const hasFailed = overview.state === 'recovering' && name !== 'recovery';
  const { failure } = overview;
  if (hasFailed || (failure !== null && name !== 'recovery' && name !== 'decision')) {
    return { word: 'warn', text: failure === null ? 'it did not work' : firstLine(failure.message) };
  }
  return { word: 'ok', text: results[name](overview, round) };
}

const listedNames = 60;

const results: Readonly<Record<StageName, (overview: Overview, round: number) => string>> = {
  entry: ({ title }) => cut(title, listedNames),
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
    // A stage that failed says so itself.
    if (last === undefined) return `round ${round}  nothing new: the best file is one that was sent before`;
    const shown =
      last.publicScore === null ? (last.error ?? last.status) : `public ${score(last.publicScore)}`;
    return `round ${round}  ${last.key}, ${shown}`;
  },
  analysis: ({ state, outcome, round: now }, round) => {
    // The next round's first stages may be over by the time that somebody looks.
    if (now > round || state === 'researching') return `round ${round}  another round is worth it`;
    return `round ${round}  ${outcome ?? stateWords[state]}`;
  },
  recovery: ({ state }) =>
    state === 'failed' || isFinal(state) ? 'no way on by itself' : `trying again: ${stateWords[state]}`,
  decision: ({ state }) => (isFinal(state) ? stateWords[state] : `goes on: ${stateWords[state]}`),
};

/** What follows is a script's own output, which the log and the status have. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}

function ofRound({ approaches }: Overview, round: number): Overview['approaches'] {
  return approaches.filter((one) => one.round === round);
}
