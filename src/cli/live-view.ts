import { findOption, optionName } from '../bot/presenters/decision.ts';
import { bar, duration } from '../bot/presenters/format.ts';
import type { DecisionView, Overview, Progress } from '../domain/overview.ts';
import type { Output } from './output.ts';
import { describeStage, endOfStage, type StageName, stageNameOf } from './stage-lines.ts';

const redrawMs = 500;
const signOfLifeMs = 30_000;
const nameWidth = 12;
/** Of a finished line, for its word, its stage and its time. */
const resultMargin = 30;
/** A guess from less would jump about. */
const leastShareForGuess = 0.05;
const leastTimeForGuessMs = 5_000;

export type LiveView = {
  /** Shows a snapshot: what has ended stays as a line, what runs is drawn anew. */
  show(overview: Overview): void;
  /** The last snapshot: the running line becomes a finished one. */
  end(overview: Overview): void;
  close(): void;
};

type Running = { key: string; name: StageName; round: number; since: Date };

export type LiveViewOptions = { output: Output; now: () => Date; signOfLifeMs?: number };

/**
 * The stages of one competition as they happen, on standard error. On a terminal the running stage has a bar
 * and its time; elsewhere there is a line per change and a sign of life every 30 s.
 */
export function createLiveView({ output, now, ...options }: LiveViewOptions): LiveView {
  const toldDecisions = new Map<string, string>();
  let latest: Overview | null = null;
  let running: Running | null = null;

  const clear = (): void => output.draw('\r\u001b[K');
  const redraw = (): void => {
    if (running === null || latest === null) return;
    output.draw(
      `\r\u001b[K${cutTo(`${output.word('run')}  ${runningLine(running, latest, now())}`, output)}`,
    );
  };
  const finish = (overview: Overview): void => {
    if (running === null) return;
    const elapsed = duration(now().getTime() - running.since.getTime());
    const { word, text } = endOfStage(running.name, running.round, overview);
    output.line(
      word,
      `${running.name.padEnd(nameWidth)}${text.padEnd(output.width - resultMargin)}  ${elapsed}`.trimEnd(),
    );
    running = null;
  };
  const begin = (overview: Overview): void => {
    const name = stageNameOf(overview);
    if (name === null) return;
    const key = `${overview.round}-${name}`;
    running = { key, name, round: overview.round, since: overview.stage?.startedAt ?? now() };
    if (!output.isLive) output.line('run', runningLine(running, overview, now()));
  };
  const tellDecisions = (overview: Overview): void => {
    for (const decision of overview.decisions) {
      if (toldDecisions.get(decision.id) === decision.status) continue;
      toldDecisions.set(decision.id, decision.status);
      output.line('ask', `${'decision'.padEnd(nameWidth)}${decisionText(decision)}`);
    }
  };

  const timer = setInterval(
    () => {
      if (output.isLive) redraw();
      else if (running !== null && latest !== null) output.line('run', runningLine(running, latest, now()));
    },
    output.isLive ? redrawMs : (options.signOfLifeMs ?? signOfLifeMs),
  );
  timer.unref();

  const update = (overview: Overview, isLast: boolean): void => {
    const name = stageNameOf(overview);
    const key = name === null || isLast ? null : `${overview.round}-${name}`;
    clear();
    tellDecisions(overview);
    if (running !== null && running.key !== key) finish(overview);
    latest = overview;
    if (running === null && !isLast) begin(overview);
    redraw();
  };

  return {
    show: (overview) => update(overview, false),
    end: (overview) => update(overview, true),
    close() {
      clearInterval(timer);
      clear();
    },
  };
}

function runningLine({ name, round, since }: Running, overview: Overview, now: Date): string {
  const elapsedMs = now.getTime() - since.getTime();
  const progress = overview.stage?.progress ?? null;
  const head = `${name.padEnd(nameWidth)}${round === 0 ? '' : `round ${round}  `}`;
  if (progress === null || progress.total <= 0) {
    return `${head}${describeStage(name)}  ${duration(elapsedMs)}`;
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
  const isDefault = status === 'expired' || findOption(decision, defaultOption) === option;
  return isDefault && (decidedBy === null || decidedBy.startsWith('default'))
    ? `${question} nobody can answer here, so: ${chosen} (the default)`
    : `${question} ${chosen}${decidedBy === null ? '' : `, by ${decidedBy}`}`;
}

/** A line that wraps could not be drawn over. Colour codes take no width but are few. */
function cutTo(line: string, { width }: Output): string {
  return line.length <= width - 1 ? line : line.slice(0, width - 1);
}
