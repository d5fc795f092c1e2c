import type { DecisionLogLine, LogsResult } from '../../domain/command-results.ts';
import { aCard, type Card, type CardAction, type CardItem } from '../card.ts';
import { button, slugButton } from '../cards/buttons.ts';
import { ownWords, usualWords } from '../cards/own-words.ts';
import { who } from '../cards/who.ts';
import { shorten } from '../shorten.ts';
import { headline, type Scene } from './scene.ts';

/** More goes into a file: a message would be cut. */
const longestMessage = 2_500;
const usualLines = 20;
const fileLines = 200;
const longestReason = 300;
const longestName = 40;

type Run = LogsResult['runs'][number];

/** `logs`: every run of a stage, newest last. */
export function answerLogs(scene: Scene, slug: string, { runs }: LogsResult, onlyErrors = false): Card {
  const { voice } = scene;
  const actions = [...otherLogs(scene, slug, runs, onlyErrors), ...slugButton(scene, 'status', slug)];
  if (runs.length === 0) {
    const none = onlyErrors ? 'answers:logs.errors_none' : 'answers:logs.none';
    const title = onlyErrors ? 'answers:logs.errors_title' : 'answers:logs.none_title';
    return aCard({
      title: headline(voice.plain(title, { slug })),
      summary: headline(voice.plain(none, { slug })),
      body: [voice.t(none, { slug })],
      actions,
    });
  }
  const lines = runs.map((run) => lineOf(scene, run));
  const text = lines.join('\n');
  const isLong = text.length > longestMessage;
  const title = onlyErrors
    ? voice.plain('answers:logs.errors_title', { slug })
    : voice.plain('answers:logs.title', { slug, count: runs.length });
  return aCard({
    title: headline(title),
    summary: headline(title),
    body: isLong ? [voice.t('answers:logs.file')] : [],
    pre: isLong ? tailOf(lines) : text,
    file: isLong ? { name: `${slug}.log`, text: `${text}\n` } : null,
    actions,
  });
}

/** A step that failed, or that something went wrong in. */
export function isTroubled({ status, errorCode }: Run): boolean {
  return status === 'failed' || errorCode !== null;
}

function otherLogs(scene: Scene, slug: string, runs: readonly Run[], onlyErrors: boolean): CardAction[] {
  const { plain } = scene.voice;
  if (onlyErrors) return slugButton(scene, 'logs', slug);
  const isFull = runs.length >= usualLines && runs.length < fileLines;
  return [
    ...(runs.some(isTroubled)
      ? button(scene, 'logs', [slug, 'errors'], { label: plain('answers:btn.errors') })
      : []),
    ...(isFull
      ? button(scene, 'logs', [slug, String(fileLines)], {
          label: plain('answers:btn.more_logs', { lines: String(fileLines) }),
        })
      : []),
  ];
}

/** Log lines are not translated: time, step, attempt, outcome, and why. */
function lineOf({ voice }: Scene, run: Run): string {
  const parts = [
    voice.moment(run.startedAt),
    levelOf(run).padEnd(5),
    run.job,
    ...(run.item === '' ? [] : [shorten(run.item, longestName)]),
    ...(run.attempt > 1 ? [`attempt ${run.attempt}`] : []),
    run.status,
    ...(run.endedAt === null ? [] : [voice.duration(run.endedAt.getTime() - run.startedAt.getTime())]),
    reasonOf(run),
  ];
  return parts.filter((part) => part !== '').join('  ');
}

function levelOf({ status, errorCode }: Run): string {
  if (status === 'failed') return 'ERROR';
  return errorCode === null ? 'INFO' : 'WARN';
}

function reasonOf({ outcome, errorClass, errorCode, errorMessage }: Run): string {
  if (errorMessage === null) return shorten(outcome ?? '', longestReason);
  const source = [errorClass, errorCode].filter((part) => part !== null).join(' ');
  return shorten(`${source === '' ? '' : `${source}: `}${errorMessage}`, longestReason);
}

/** As many of the last lines as fit. */
function tailOf(lines: readonly string[]): string {
  const kept: string[] = [];
  let length = 0;
  for (const line of lines.toReversed()) {
    length += line.length + 1;
    if (length > longestMessage) break;
    kept.unshift(line);
  }
  return kept.join('\n');
}

/** `logs decisions`: who answered what and when, who was late and who was refused, newest last. */
export function answerDecisionLog(scene: Scene, lines: readonly DecisionLogLine[]): Card {
  const { voice } = scene;
  const title = voice.plain('answers:logs.decisions_title');
  const none = voice.plain('answers:logs.decisions_none');
  return aCard({
    title: headline(title),
    summary: headline(
      lines.length === 0 ? none : voice.plain('answers:logs.decisions_count', { count: lines.length }),
    ),
    body: lines.length === 0 ? [voice.ink.text(none)] : [],
    items: lines.map((line) => decisionLine(scene, line)),
  });
}

function decisionLine(scene: Scene, line: DecisionLogLine): CardItem {
  const { voice } = scene;
  const { slug, question, option } = line;
  const parts = [
    voice.time(line.at),
    ...(slug === null ? [] : [voice.ink.text(slug)]),
    voice.t(`answers:logs.did.${didOf(line)}`, { who: who(scene, line.actor, line.name) }),
    ...(option === null ? [] : [voice.ink.text(usualWords(voice, option) ?? option)]),
    ...(question === null ? [] : [voice.ink.text(ownWords(voice, shorten(question, longestReason / 2)))]),
  ];
  return { markup: parts.join(' · '), action: null };
}

function didOf({ action, byDefault }: DecisionLogLine) {
  if (byDefault) return 'default';
  if (action.startsWith('refused.')) return 'refused';
  switch (action) {
    case 'decision.answered':
      return 'answered';
    case 'decision.too_late':
      return 'too_late';
    case 'decision.snoozed':
      return 'snoozed';
    case 'decision.asked_again':
      return 'asked_again';
    default:
      return 'other';
  }
}
