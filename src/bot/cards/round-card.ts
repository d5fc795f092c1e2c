import type { ContentOf } from '../../domain/card.ts';
import { aCard, type Card, type CardTable } from '../card.ts';
import { chartAlt } from '../charts/chart-alt.ts';
import { joinWithin, shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { slugButton } from './buttons.ts';
import type { CardOptions } from './card-options.ts';
import { longestLine, longestNameInLine, longestParagraph, longestSentence } from './limits.ts';
import { reasonWords, translated } from './own-words.ts';
import { standingWords } from './state-words.ts';
import { trackedLine } from './tracked-line.ts';

type Content = ContentOf<'round'>;

/** More rows make a message that nobody reads. */
const mostRows = 12;

/** What a round did, in the thread. */
export function roundCard(content: Content, options: CardOptions): Card {
  const { voice } = options;
  const { slug, round, seconds, costUsd, next, charts, best, notes = [] } = content;
  const { plain, t } = voice;
  const span = voice.duration(seconds * 1000);
  const cost = voice.money(costUsd);
  const summary = plain('cards:round.summary', { slug, round, span, cost });
  const bestPart =
    best?.score == null ? '' : plain('cards:status.best_words', { score: voice.score(best.score) });
  return aCard({
    title: shorten(`🔵 ${plain('cards:round.title', { slug, round })}`, longestLine),
    summary: joinWithin([summary, bestPart], voice.comma, longestLine),
    tone: 'running',
    body: [
      [
        t('cards:round.took', { span, cost }),
        ...bestLine(content, voice),
        ...workedLine(content, voice),
      ].join(voice.gap),
      ...notesPart(notes, voice),
      ...trackedLine(content.runs, voice),
      ...(next === null
        ? []
        : [t('cards:round.next', { text: reasonWords(voice, shorten(next, longestParagraph)) })]),
    ],
    table: tableOf(content, voice),
    images: charts.map((chart) => ({ chart, alt: chartAlt(chart, voice) })),
    actions: [...slugButton(options, 'leaderboard', slug), ...slugButton(options, 'research', slug)],
  });
}

function notesPart(notes: readonly string[], voice: Voice): string[] {
  if (notes.length === 0) return [];
  const texts = notes.map((note) => translated(voice, shorten(note, longestSentence)));
  return [voice.t('cards:round.notes', { text: texts.join(voice.gap) })];
}

function bestLine({ best }: Content, voice: Voice): string[] {
  if (best === null) return [];
  if (best.score === null) {
    return best.cv === null ? [] : [voice.t('cards:round.best_cv', { score: voice.score(best.cv) })];
  }
  const change = voice.change(best.previous, best.score);
  const more = [change, standingWords(voice, best)].filter((part) => part !== '').join(' · ');
  const score = voice.score(best.score);
  return [
    more === '' ? voice.t('cards:round.best', { score }) : voice.t('cards:round.best_more', { score, more }),
  ];
}

function workedLine({ approaches }: Content, { t }: Voice): string[] {
  const worked = approaches.filter(({ error }) => error === null).length;
  return approaches.length === 0 ? [] : [t('cards:round.worked', { worked, all: approaches.length })];
}

function tableOf({ approaches, round }: Content, voice: Voice): CardTable | null {
  if (approaches.length === 0) return null;
  const { plain, score } = voice;
  const rows = approaches.slice(0, mostRows);
  const hasProblem = rows.some(({ error }) => error !== null);
  return {
    caption: plain('cards:round.table', { round }),
    header: [
      plain('cards:round.approach'),
      plain('cards:round.cv'),
      plain('cards:round.public'),
      ...(hasProblem ? [plain('cards:round.problem')] : []),
    ],
    rows: rows.map(({ name, cv, cvSd, publicScore, error }) => [
      shorten(name, longestNameInLine),
      cv === null || cvSd === null ? score(cv) : `${score(cv)} ± ${cvSd.toFixed(4)}`,
      score(publicScore),
      ...(hasProblem ? [error === null ? '' : shorten(error, longestNameInLine)] : []),
    ]),
    align: ['left', 'right', 'right', ...(hasProblem ? (['left'] as const) : [])],
  };
}
