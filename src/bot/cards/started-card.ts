import type { ContentOf } from '../../domain/card.ts';
import { aCard, type Card } from '../card.ts';
import { joinWithin, shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { button, slugButton } from './buttons.ts';
import type { CardOptions } from './card-options.ts';
import { longestLine } from './limits.ts';
import { metricName } from './metric-words.ts';
import { who } from './who.ts';

type Content = ContentOf<'started'>;

/** A competition was entered: what is planned, within which limits. */
export function startedCard(content: Content, options: CardOptions): Card {
  const { voice } = options;
  const { slug, title, by, isQueued, maxRounds } = content;
  const { plain, t, ink } = voice;
  const rounds = plain('common:rounds', { count: maxRounds });
  const head = isQueued
    ? `⚪ ${plain('cards:started.title_queued', { slug })}`
    : `🚀 ${plain('cards:started.title', { slug })}`;
  const summary = isQueued
    ? plain('cards:started.summary_queued', { slug })
    : plain('cards:started.summary', { slug, rounds });
  const name = shorten(title, longestLine);
  return aCard({
    title: shorten(head, longestLine),
    summary: joinWithin([summary, name], voice.stop, longestLine),
    tone: isQueued ? 'idle' : 'running',
    body: [
      ...(by === null ? [] : [t('cards:started.by', { user: who(options, by) })]),
      [ink.bold(ink.text(name)), ...about(content, voice)].join(' · '),
      isQueued ? t('cards:started.queued') : t('cards:started.plan', { rounds }),
      t('cards:started.limits', { list: limits(content, voice) }),
      t('cards:started.thread'),
    ],
    actions: [
      ...slugButton(options, 'pause', slug),
      ...button(options, 'budget-form', [slug], { label: plain('common:btn.limits') }),
      ...slugButton(options, 'stop', slug, 'danger'),
    ],
  });
}

/** Markup: what kind of competition it is. */
function about({ metric, deadline, entrants }: Content, voice: Voice): string[] {
  const { t, plain } = voice;
  return [
    ...(metric === null
      ? []
      : [
          t('cards:started.about_metric', {
            metric: metricName(metric.name),
            better: plain(`common:better.${metric.direction}`),
          }),
        ]),
    ...(deadline === null
      ? []
      : [
          t('cards:started.about_deadline', {
            time: voice.deadlineTime(deadline),
            remaining: voice.remaining(deadline),
          }),
        ]),
    ...(entrants === null ? [] : [t('common:teams', { count: entrants })]),
  ];
}

function limits({ gpuDayCapUsd, submissionsPerDay }: Content, voice: Voice): string {
  const { plain, money } = voice;
  return [
    ...(gpuDayCapUsd === null ? [] : [plain('cards:started.limit_gpu', { cap: money(gpuDayCapUsd) })]),
    ...(submissionsPerDay === null
      ? []
      : [plain('cards:started.limit_submissions', { count: submissionsPerDay })]),
    plain('cards:started.limit_asks'),
  ].join(' · ');
}
