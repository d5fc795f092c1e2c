import type { ContentOf } from '../../domain/card.ts';
import { aCard, type Card } from '../card.ts';
import { chartAlt } from '../charts/chart-alt.ts';
import { catalogues } from '../i18n.ts';
import { joinWithin, shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { slugButton } from './buttons.ts';
import type { CardOptions } from './card-options.ts';
import { longestLine, longestNameInLine, longestSentence } from './limits.ts';
import { reasonWords } from './own-words.ts';
import { standingShort, standingWords } from './state-words.ts';
import { trackedLine } from './tracked-line.ts';

type Content = ContentOf<'finished'>;

/** Nobody stopped it. */
const deadlinePassed = catalogues.en.cards['ended.deadline'];

/** A competition ended: the result and what it took. */
export function finishedCard(content: Content, options: CardOptions): Card {
  const { voice } = options;
  const { slug, state, outcome, chart } = content;
  const { plain, t } = voice;
  const hasEnded = outcome === deadlinePassed;
  const isDone = state === 'completed' || hasEnded;
  const head = hasEnded
    ? plain('cards:finished.title_ended', { slug })
    : isDone
      ? plain('cards:finished.title', { slug })
      : plain('cards:finished.title_stopped', { slug });
  return aCard({
    title: shorten(`${isDone ? '🏁' : '⏹'} ${head}`, longestLine),
    summary: joinWithin([head, ...resultParts(content, voice)], voice.comma, longestLine),
    tone: isDone ? 'good' : 'idle',
    body: [
      ...(outcome === null
        ? []
        : [t('cards:status.outcome', { text: reasonWords(voice, shorten(outcome, longestSentence)) })]),
      t('cards:finished.thread'),
      ...trackedLine(content.runs, voice),
    ],
    facts: factsOf(content, voice),
    images: chart === null ? [] : [{ chart, alt: chartAlt(chart, voice) }],
    actions: (['leaderboard', 'research', 'logs'] as const).flatMap((name) =>
      slugButton(options, name, slug),
    ),
  });
}

/** Plain: `0.79425`, `rank 1,020 of 13,880`, `6 rounds`, … */
function resultParts({ best, rounds, submissions, costUsd, seconds }: Content, voice: Voice): string[] {
  const { plain } = voice;
  return [
    best === null ? plain('common:best.none') : scoreWords(best, voice),
    best === null ? '' : standingWords(voice, best),
    plain('common:rounds', { count: rounds }),
    plain('common:submissions', { count: submissions }),
    voice.money(costUsd),
    voice.duration(seconds * 1000),
  ];
}

function scoreWords(best: NonNullable<Content['best']>, voice: Voice): string {
  if (best.score === null) return voice.plain('common:best.cv', { score: voice.score(best.cv) });
  const score = voice.score(best.score);
  return best.isFinal === true ? voice.plain('common:best.final', { score }) : score;
}

function factsOf({ best, rounds, submissions, costUsd, seconds }: Content, voice: Voice): Card['facts'] {
  const { plain, ink, number } = voice;
  const rows: [label: string, value: string][] = [
    [plain('cards:finished.result'), best === null ? plain('common:best.none') : scoreWords(best, voice)],
    [plain('cards:status.rank'), best === null ? '' : standingShort(voice, best)],
    [plain('cards:finished.best_by'), best === null ? '' : shorten(best.approach, longestNameInLine)],
    [plain('cards:finished.rounds'), number(rounds)],
    [plain('cards:finished.submissions'), number(submissions)],
    [plain('cards:finished.cost'), voice.money(costUsd)],
    [plain('cards:finished.time'), voice.duration(seconds * 1000)],
  ];
  return rows.flatMap(([label, value]) => (value === '' ? [] : [{ label, value: ink.text(value) }]));
}
