import { optionLetter } from '../bot/cards/option-words.ts';
import { type DecisionView, type Overview, type Progress, waitsForMachine } from '../domain/overview.ts';
import { bar, duration } from './format.ts';
import type { Output } from './output.ts';
import {
  describeStage,
  type EndedStage,
  endOfStage,
  type Stage,
  type StageName,
  stagesOf,
} from './stage-lines.ts';

const redrawMs = 500;
const signOfLifeMs = 30_000;
const nameWidth = 12;
/** Of a finished line, for its word, its stage and its time. */
const resultMargin = 30;
/** A guess from less would jump about. */
const leastShareForGuess = 0.05;
const leastTimeForGuessMs = 5_000;

export type LiveView = {
  /** Shows a snapshot: every stage that ended becomes a line, the one at work is drawn anew. */
  show(overview: Overview): void;
  close(): void;
};

export type LiveViewOptions = { output: Output; now: () => Date; signOfLifeMs?: number };

/**
 * The stages of one competition as they happen, on standard error. On a terminal the running stage has a bar
 * and its time; elsewhere there is a line per change and a sign of life every 30 s.
 */
export function createLiveView({ output, now, ...options }: LiveViewOptions): LiveView {
  const began = now();
  const toldDecisions = new Map<string, string>();
  /** How many stages were over at the last snapshot. */
  let told: number | null = null;
  let runningLine: (() => string) | null = null;

  const clear = (): void => output.draw('\r\u001b[K');
  const redraw = (): void => {
    if (runningLine === null) return;
    output.draw(`\r\u001b[K${cutTo(`${output.word('run')}  ${runningLine()}`, output)}`);
  };
  const sayRunning = (): void => {
    if (runningLine !== null && !output.isLive) output.line('run', runningLine());
  };
  const tellEnd = ({ name, startedAt, end }: EndedStage, overview: Overview): void => {
    if (name === null) return;
    const elapsed = duration(end.endedAt.getTime() - startedAt.getTime());
    const { word, text } = endOfStage(name, end, overview);
    output.line(
      word,
      `${name.padEnd(nameWidth)}${text.padEnd(output.width - resultMargin)}  ${elapsed}`.trimEnd(),
    );
  };
  const tellDecisions = (overview: Overview): void => {
    for (const decision of overview.decisions) {
      if (toldDecisions.get(decision.id) === decision.status) continue;
      toldDecisions.set(decision.id, decision.status);
      output.line('ask', `${'decision'.padEnd(nameWidth)}${decisionText(decision)}`);
    }
  };

  const timer = setInterval(
    output.isLive ? redraw : sayRunning,
    output.isLive ? redrawMs : (options.signOfLifeMs ?? signOfLifeMs),
  );
  timer.unref();

  return {
    show(overview) {
      const { ended, current } = stagesOf(overview, began);
      // A run that is taken up again does not repeat what was over before.
      const from = told ?? ended.filter(({ end }) => end.endedAt < began).length;
      const isNew = ended.length !== told;
      told = ended.length;
      clear();
      tellDecisions(overview);
      for (const stage of ended.slice(from)) tellEnd(stage, overview);
      const { name } = current;
      runningLine = name === null ? null : () => renderRunning({ ...current, name }, overview, now());
      if (isNew) sayRunning();
      redraw();
    },
    close() {
      clearInterval(timer);
      clear();
    },
  };
}

type Running = Stage & { name: StageName };

function renderRunning({ name, round, startedAt }: Running, overview: Overview, now: Date): string {
  const elapsedMs = now.getTime() - startedAt.getTime();
  const progress = overview.stage?.progress ?? null;
  const download = overview.stage?.download ?? null;
  const head = `${name.padEnd(nameWidth)}${round === 0 ? '' : `round ${round}  `}`;
  if (progress === null || progress.total <= 0) {
    return `${head}${describeStage(name, download)}  ${duration(elapsedMs)}`;
  }
  if (download !== null) {
    // No guess: what it waited for says nothing about the bytes that are left.
    return `${head}${describeStage(name, download)}  ${progress.label}  ${bar(progress)}  ${duration(elapsedMs)}`;
  }
  if (waitsForMachine(overview)) {
    return `${head}${progress.label}  waits for a machine  ${duration(elapsedMs)}`;
  }
  return `${head}${progress.label}  ${bar(progress)}  ${timeLeft(progress, elapsedMs)}`;
}

function timeLeft({ done, total }: Progress, elapsedMs: number): string {
  const share = done / total;
  if (share < leastShareForGuess || elapsedMs < leastTimeForGuessMs) return duration(elapsedMs);
  return `${duration(elapsedMs)}, about ${duration((elapsedMs * (1 - share)) / share)} left`;
}

function decisionText(decision: DecisionView): string {
  const { question, status, option, defaultOption, decidedBy } = decision;
  if (status === 'open') return `${question} default: ${optionName(decision, defaultOption)}`;
  if (status === 'withdrawn') return `${question} no longer needed`;
  const chosen = option === null ? 'nothing' : optionName(decision, option);
  const isDefault = status === 'expired' || defaultOption === option;
  return isDefault && (decidedBy === null || decidedBy.startsWith('default'))
    ? `${question} nobody can answer here, so: ${chosen} (the default)`
    : `${question} ${chosen}${decidedBy === null ? '' : `, by ${decidedBy}`}`;
}

/** `A · Try a different approach`. */
function optionName({ options }: DecisionView, id: string): string {
  const index = options.findIndex((option) => option.id === id);
  const label = options[index]?.label;
  return label === undefined ? id : `${optionLetter(index)} · ${label}`;
}

/** A line that wraps could not be drawn over. Colour codes take no width but are few. */
function cutTo(line: string, { width }: Output): string {
  return line.length <= width - 1 ? line : line.slice(0, width - 1);
}
