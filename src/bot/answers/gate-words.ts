import type { GateCheckView, GateView } from '../../domain/node-detail.ts';
import { ownWords } from '../cards/own-words.ts';
import { shorten } from '../shorten.ts';
import type { Scene } from './scene.ts';

const mostFindings = 5;
const longestMessage = 300;
const longestOutput = 1_500;

/** Markup: what the quality gate said of a script; what went well is only counted. */
export function gateLines({ voice }: Pick<Scene, 'voice'>, gate: GateView): string[] {
  const { ink, plain } = voice;
  const count = (wanted: GateCheckView['status']) =>
    gate.checks.filter(({ status }) => status === wanted).length;
  const counts = (['ok', 'warned', 'failed', 'skipped'] as const)
    .filter((status) => count(status) > 0)
    .map((status) => plain(`answers:gate.${status}`, { count: count(status) }));
  const verdict = plain(gate.passed ? 'answers:gate.passed' : 'answers:gate.stopped');
  const told = gate.checks.filter(({ status }) => status === 'failed' || status === 'warned');
  return [
    [
      ink.bold(ink.text(`${verdict} (${counts.join(voice.comma)})`)),
      ...told.map((check) => ink.text(checkLine(voice, check))),
      ...told
        .flatMap(({ findings }) => findings)
        .slice(0, mostFindings)
        .map((finding) => ink.text(`  ${findingLine(voice, finding)}`)),
      ...reviewLine(voice, gate),
    ].join('\n'),
  ];
}

function checkLine(voice: Scene['voice'], { name, status, message }: GateCheckView): string {
  const [sentence = ''] = message.split('\n');
  const sign = status === 'failed' ? '✗' : '!';
  return `${sign} ${name}: ${ownWords(voice, shorten(sentence, longestMessage))}`;
}

function findingLine(
  voice: Scene['voice'],
  { rule, line, message }: GateCheckView['findings'][number],
): string {
  const words = ownWords(voice, shorten(message, longestMessage));
  return line === null ? `${rule}: ${words}` : voice.plain('answers:gate.finding', { rule, line, words });
}

function reviewLine(voice: Scene['voice'], { review }: GateView): string[] {
  if (review === null) return [];
  const words = review.leakage === 'none' ? review.summary : review.reason;
  const verdict = voice.plain(`answers:gate.leakage.${review.leakage}`);
  return [voice.ink.text(`${verdict}: ${ownWords(voice, shorten(words, longestMessage))}`)];
}

/** Plain: the end of what the failed check's run printed; null where there is none. */
export function gateOutput({ checks }: GateView): string | null {
  const failed = checks.find(({ status }) => status === 'failed');
  const [, ...output] = (failed?.message ?? '').split('\n');
  const text = output.join('\n').trim();
  return text === '' ? null : text.slice(-longestOutput);
}
