import { cut } from '../bot/shorten.ts';
import { type CompetitionState, isFinal } from '../domain/competition-machine.ts';
import type { DownloadView } from '../domain/download-view.ts';
import { type Overview, type PassedStage, stateWords } from '../domain/overview.ts';
import { count, score, spread } from './format.ts';
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

/** States in a row that are told as one. Without a name nothing is at work. */
export type Stage = { name: StageName | null; round: number; startedAt: Date };
export type EndedStage = Stage & { end: PassedStage };

/**
 * The stages up to now. `ended` only grows: its length tells which of them are new.
 * @param began of what has no beginning yet: a competition that waits to be admitted.
 */
export function stagesOf(overview: Overview, began: Date): { ended: readonly EndedStage[]; current: Stage } {
  const ended: EndedStage[] = [];
  for (const end of overview.passed) {
    const stage = { name: stages[end.state] ?? null, round: end.round, startedAt: end.startedAt };
    const last = ended.at(-1);
    if (last !== undefined && isSame(last, stage)) last.end = end;
    else ended.push({ ...stage, end });
  }
  const last = ended.at(-1);
  const startedAt = last?.end.endedAt ?? overview.startedAt ?? began;
  const current = { name: stages[overview.state] ?? null, round: overview.round, startedAt };
  return last !== undefined && isSame(last, current)
    ? { ended: ended.slice(0, -1), current: last }
    : { ended, current };
}

function isSame(one: Stage, other: Stage): boolean {
  return one.name === other.name && one.round === other.round;
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

const downloadWords: Readonly<Record<DownloadView['phase'], string>> = {
  waiting_for_slot: 'its data wait for another download',
  waiting_for_vendor: 'its data wait: Kaggle wants a pause in downloads',
  transferring: 'downloading the data',
  unpacking: 'unpacking the data',
};

/** What a stage does: first of all, its data come. */
export function describeStage(name: StageName, download: DownloadView | null): string {
  return download === null ? words[name] : downloadWords[download.phase];
}

/** What a stage came to; the snapshot may be of much later. */
export function endOfStage(
  name: StageName,
  end: PassedStage,
  overview: Overview,
): { word: LineWord; text: string } {
  const { event, round, reason } = end;
  if (event.endsWith('_failed')) {
    return { word: 'warn', text: reason === null ? 'it did not work' : firstLine(reason) };
  }
  if (event === 'paused' || event === 'stopped') {
    return { word: 'note', text: round === 0 ? event : `round ${round}  ${event}` };
  }
  return { word: 'ok', text: results[name](overview, end) };
}

const listedNames = 60;

const results: Readonly<Record<StageName, (overview: Overview, end: PassedStage) => string>> = {
  entry: ({ title }) => cut(title, listedNames),
  research: (overview, { round }) => {
    const names = ofRound(overview, round).map(({ name }) => name);
    return `round ${round}  ${count(names.length, 'approach', 'es')}: ${cut(names.join(', '), listedNames)}`;
  },
  code: (overview, { round }) => {
    const all = ofRound(overview, round);
    const usable = all.filter(({ status }) => status !== 'failed' && status !== 'proposed').length;
    return `round ${round}  ${usable} of ${count(all.length, 'training script')} passed the checks`;
  },
  training: (overview, { round }) => {
    const trained = ofRound(overview, round).filter(({ cv }) => cv !== null);
    const listed = trained.map(({ name, cv, cvSd }) => `${name} ${spread(cv, cvSd)}`);
    return `round ${round}  ${listed.length === 0 ? 'no result' : `CV ${cut(listed.join(', '), listedNames)}`}`;
  },
  submission: ({ submissions }, { round }) => {
    const last = submissions.filter((one) => one.round === round).at(-1);
    // A stage that failed says so itself.
    if (last === undefined) return `round ${round}  nothing new: the best file is one that was sent before`;
    const shown =
      last.publicScore === null ? (last.error ?? last.status) : `public ${score(last.publicScore)}`;
    return `round ${round}  ${last.key}, ${shown}`;
  },
  analysis: (_, { round, event, to, reason }) => {
    if (event === 'next_round') return `round ${round}  another round is worth it`;
    return `round ${round}  ${(event === 'success' ? reason : null) ?? stateWords[to]}`;
  },
  recovery: (_, { to }) =>
    to === 'failed' || isFinal(to) ? 'no way on by itself' : `trying again: ${stateWords[to]}`,
  decision: (_, { to }) => (isFinal(to) ? stateWords[to] : `goes on: ${stateWords[to]}`),
};

/** What follows is a script's own output, which the log and the status have. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}

function ofRound({ approaches }: Overview, round: number): Overview['approaches'] {
  return approaches.filter((one) => one.round === round);
}
