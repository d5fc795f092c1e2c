import type { Asked, BriefQuery, BriefSource } from '../../domain/research-brief.ts';
import { ownWords } from '../cards/own-words.ts';
import { serviceName } from '../cards/service-name.ts';
import { shorten } from '../shorten.ts';
import type { Scene } from './scene.ts';

const longestQuestion = 150;
const longestSummary = 300;
const longestClaim = 220;
const longestTitle = 60;
const longestMessage = 200;
const mostClaims = 4;
const mostSources = 3;

const kinds = [
  'similar-solutions',
  'features',
  'validation-pitfalls',
  'models-for-metric',
  'discussion',
  'step',
] as const;

/** Plain: what was asked, in the reader's language where it is one of the usual questions. */
export function questionOf({ plain }: Pick<Scene['voice'], 'plain'>, kind: string): string {
  const known = kinds.find((one) => one === kind);
  return known === undefined
    ? shorten(kind.replaceAll('-', ' '), longestQuestion)
    : plain(`answers:brief.kind.${known}`);
}

/** Markup of one query: who answered, who did not and why, what was found, with its sources. All of it is data. */
export function queryWords({ voice }: Pick<Scene, 'voice'>, query: BriefQuery): string {
  const { ink, plain } = voice;
  const { round, kind, provider, findings, sources, summary, report, leftOut = 0 } = query;
  const head = [
    plain('answers:research.finding', { round, question: questionOf(voice, kind) }),
    ...(provider === null ? [] : [plain('answers:brief.by', { provider: serviceName(voice, provider) })]),
  ].join(' · ');
  const shown = findings.slice(0, mostClaims);
  const left = findings.length - shown.length;
  return [
    ink.bold(ink.text(head)),
    ...standingOf(voice, query),
    ...askedBefore(voice, query),
    ...(summary === '' || summary === query.error ? [] : [ink.text(shorten(summary, longestSummary))]),
    ...shown.map((one) => claimLine(voice, one)),
    ...(left === 0 ? [] : [voice.t('answers:brief.more_claims', { count: left })]),
    ...(leftOut === 0 ? [] : [voice.t('answers:brief.left_out', { count: leftOut })]),
    ...(shown.length === 0 ? sourceLine(voice, sources) : []),
    ...(report === null ? [] : [ink.link(plain('answers:brief.report'), report.url)]),
  ].join('\n');
}

function standingOf(voice: Scene['voice'], { status, error, asked }: BriefQuery): string[] {
  if (status === 'planned') {
    const now = asked.findLast(({ outcome }) => outcome === 'asking');
    return [
      now === undefined
        ? voice.t('answers:brief.waiting')
        : voice.t('answers:brief.asking', { provider: serviceName(voice, now.provider) }),
    ];
  }
  if (status !== 'failed') return [];
  const why = error === null ? '' : ownWords(voice, shorten(error, longestSummary));
  return [voice.t('answers:brief.unanswered', { why })];
}

/** Those who were asked and did not answer. */
function askedBefore(voice: Scene['voice'], { asked }: BriefQuery): string[] {
  const silent = asked.filter(({ outcome }) => outcome === 'failed' || outcome === 'skipped');
  return silent.map((one) => voice.ink.text(silentWords(voice, one)));
}

/** Plain: `Gemini did not answer: its quota is used up`. */
export function silentWords(
  voice: Pick<Scene['voice'], 'plain' | 'locale'>,
  { provider, outcome, message, code }: Asked,
  longest = longestMessage,
): string {
  const isEnough = message == null && code === 'research.enough';
  const reason = isEnough ? voice.plain('answers:brief.enough') : (message ?? code ?? '');
  return voice.plain(outcome === 'skipped' ? 'answers:brief.skipped' : 'answers:brief.silent', {
    provider: serviceName(voice, provider),
    why: reason === '' ? '–' : ownWords(voice, shorten(reason, longest)),
  });
}

function claimLine(voice: Scene['voice'], { claim, sources }: BriefQuery['findings'][number]): string {
  const links = sources.slice(0, mostSources).map((source) => linkOf(voice, source));
  const words = voice.ink.text(`• ${shorten(claim, longestClaim)}`);
  return links.length === 0 ? words : `${words} (${links.join(', ')})`;
}

function sourceLine(voice: Scene['voice'], sources: readonly BriefSource[]): string[] {
  const links = sources.slice(0, mostSources).map((source) => linkOf(voice, source));
  return links.length === 0 ? [] : [voice.t('answers:research.source', { sources: links.join(', ') })];
}

/** Addresses come from outside: only plain web addresses become links. */
function linkOf({ ink }: Scene['voice'], { title, url }: BriefSource): string {
  const name = shorten(title === '' ? (url ?? '') : title, longestTitle);
  return url !== null && /^https:\/\/[^\s<>|]+$/.test(url) ? ink.link(name, url) : ink.text(name);
}
