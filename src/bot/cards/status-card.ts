import type { ContentOf } from '../../domain/card.ts';
import { sizeWords } from '../../domain/download-view.ts';
import { dollars, providerTitle } from '../../domain/gpu/explain-choice.ts';
import { sayReason } from '../../domain/gpu/say-reason.ts';
import { aCard, type Card, type CardAction } from '../card.ts';
import { chartAlt } from '../charts/chart-alt.ts';
import { catalogues } from '../i18n.ts';
import { joinWithin, shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { button, menu, slugButton } from './buttons.ts';
import type { CardOptions } from './card-options.ts';
import { longestLine, longestNameInLine, longestSentence } from './limits.ts';
import { metricName } from './metric-words.ts';
import { ownWords, reasonWords } from './own-words.ts';
import { progressBar } from './progress-bar.ts';
import { costWords, searchLine } from './search-line.ts';
import {
  hasEnded,
  isWorking,
  standingShort,
  standingWords,
  stateWord,
  symbolOf,
  toneOf,
} from './state-words.ts';
import { who } from './who.ts';

type Content = ContentOf<'status'>;

/** One competition's living message. */
export function statusCard(content: Content, options: CardOptions): Card {
  const { voice } = options;
  const { slug, chart } = content;
  const state = stateWord(voice, stated(content));
  const title =
    content.round === 0
      ? voice.plain('cards:status.title', { slug, state })
      : voice.plain('cards:status.title_round', { slug, state, round: roundWords(voice, content) });
  return aCard({
    title: shorten(`${symbolOf(content)} ${title}`, longestLine),
    summary: statusSummary(content, voice),
    tone: content.openDecisions > 0 && !hasEnded(content) ? 'attention' : toneOf(content),
    body: bodyOf(content, voice),
    facts: factsOf(content, voice),
    bars: barsOf(content, options),
    images: chart === null ? [] : [{ chart, alt: chartAlt(chart, voice) }],
    actions: actionsOf(content, options),
    footer: footerOf(content, options),
  });
}

/** Nothing is at work where every run waits. */
function stated(content: Content): Content & { waitsForMachine: boolean } {
  const { state, activity, waiting } = content;
  return {
    ...content,
    waitsForMachine: state === 'training' && activity.length === 0 && (waiting ?? []).length > 0,
  };
}

function roundWords({ plain }: Voice, { round, maxRounds }: Content): string {
  return plain('common:round.of', { round, rounds: Math.max(round, maxRounds) });
}

function statusSummary(content: Content, voice: Voice): string {
  const { slug, round, best, progress, openDecisions, gpuTodayUsd, gpuDayCapUsd } = content;
  const { plain } = voice;
  const isBusy = isWorking(content);
  const parts = [
    `${slug}: ${stateWord(voice, stated(content))}`,
    openDecisions > 0 ? plain('cards:status.summary_needs_you') : '',
    round === 0 ? '' : roundWords(voice, content),
    best === null ? '' : plain('cards:status.best_words', { score: bestPlain(voice, best) }),
    best === null ? '' : standingWords(voice, best),
    isBusy && progress !== null ? voice.percent(progress.done / Math.max(1, progress.total)) : '',
    isBusy ? moneyToday(voice, gpuTodayUsd, gpuDayCapUsd) : '',
  ];
  return joinWithin(parts, voice.comma, longestLine);
}

function bestPlain(voice: Voice, best: NonNullable<Content['best']>): string {
  return best.score === null
    ? voice.plain('common:best.cv', { score: voice.score(best.cv) })
    : voice.score(best.score);
}

function moneyToday({ plain, money }: Voice, spentUsd: number, capUsd: number | null): string {
  return capUsd === null
    ? plain('common:money.today', { spent: money(spentUsd) })
    : plain('common:money.of_today', { spent: money(spentUsd), cap: money(capUsd) });
}

function bodyOf(content: Content, voice: Voice): string[] {
  const { t } = voice;
  const { openDecisions, failure, outcome } = content;
  return [
    ...(openDecisions > 0 ? [t('cards:status.needs_you', { count: openDecisions })] : []),
    ...nowLines(content, voice),
    ...searchLine(content, voice),
    ...(failure === null
      ? []
      : [t('cards:status.failure', { message: ownWords(voice, shorten(failure.message, longestSentence)) })]),
    ...(outcome === null
      ? []
      : [t('cards:status.outcome', { text: reasonWords(voice, shorten(outcome, longestSentence)) })]),
  ];
}

function nowLines(content: Content, voice: Voice): string[] {
  const { state, resumeState, isQueued, activity } = content;
  if (content.waitsForPerson === true) return [voice.t('cards:status.gate')];
  if (isQueued) return [voice.t('cards:status.queued')];
  if (state === 'discovered') return [voice.t('cards:status.found')];
  if (state === 'paused' && resumeState !== null) {
    return [voice.t('cards:status.paused', { state: voice.plain(`common:state.${resumeState}`) })];
  }
  if (!isWorking(content)) return [];
  if (content.download != null) return [downloadLine(content.download, voice)];
  const names = activity.map((name) => placed(name, content, voice));
  // A machine's name has commas of its own.
  const between = (content.machines ?? []).length === 0 ? voice.comma : ' · ';
  const now = names.length === 0 ? [] : [{ what: joinWithin(names, between, longestSentence) }];
  return [...now.map((what) => voice.t('cards:status.now', what)), ...waitingLines(content, voice)];
}

/** Markup: runs that have no machine, why, and since when; those that wait for the same in one line. */
function waitingLines({ waiting }: Content, voice: Voice): string[] {
  const words = catalogues[voice.locale].cards;
  const byReason = Map.groupBy(waiting ?? [], ({ reason }) => sayReason(reason, words));
  return [...byReason].map(([reason, runs]) => {
    const names = [...new Set(runs.map(({ approach }) => shorten(approach, longestNameInLine)))];
    return voice.t('cards:status.waits', {
      time: voice.time(new Date(Math.min(...runs.map(({ since }) => since.getTime())))),
      names: joinWithin(names, voice.comma, longestSentence),
      reason: shorten(reason, longestSentence),
    });
  });
}

/** Plain: an approach at work, and the rented machine that it has. */
function placed(name: string, { machines }: Content, { plain }: Voice): string {
  const approach = shorten(name, longestNameInLine);
  const found = machines?.find((machine) => machine.approach === name);
  if (found === undefined) return approach;
  const words = {
    approach,
    machine: shorten(found.title, longestNameInLine),
    provider: providerTitle(found.provider),
    price: dollars(found.usdPerHour),
  };
  return plain(found.isStarting ? 'cards:status.on_starting' : 'cards:status.on', words);
}

/** Markup: what the data that are on their way wait for, or how large they are. */
function downloadLine(
  { phase, totalBytes, refusedSince }: NonNullable<Content['download']>,
  voice: Voice,
): string {
  const { t } = voice;
  const size = totalBytes === null ? '' : sizeWords(totalBytes);
  if (phase === 'waiting_for_vendor' && refusedSince !== null) {
    return t('common:download.refused_since', { time: voice.time(refusedSince) });
  }
  if (phase === 'waiting_for_vendor') return t('common:download.refused');
  if (phase === 'waiting_for_slot') return t('common:download.waiting');
  return size === '' ? t(`common:download.${phase}`) : t(`common:download.${phase}_size`, { size });
}

function factsOf(content: Content, voice: Voice): Card['facts'] {
  const { best, metric, deadline, submissionsToday, submissionsPerDay, competitionUsd } = content;
  const { plain, t, ink } = voice;
  const isWaiting = content.isQueued || content.state === 'discovered';
  const standing = best === null ? '' : standingShort(voice, best);
  const submissions =
    submissionsPerDay === null
      ? voice.number(submissionsToday)
      : plain('cards:status.submissions_value', { done: submissionsToday, limit: submissionsPerDay });
  const rows: [label: string, markup: string][] = [
    [plain('cards:status.best'), bestMarkup(content, voice)],
    [plain('cards:status.rank'), ink.text(standing)],
    [
      plain('cards:status.deadline'),
      deadline === null || hasEnded(content)
        ? ''
        : t('cards:status.deadline_value', {
            time: voice.deadlineTime(deadline),
            remaining: voice.remaining(deadline),
          }),
    ],
    [plain('cards:status.submissions'), isWaiting || hasEnded(content) ? '' : ink.text(submissions)],
    [plain('cards:status.metric'), metric === null ? '' : metricWords(voice, metric)],
    [plain('cards:status.cost'), competitionUsd > 0 ? ink.text(costWords(content, voice)) : ''],
  ];
  return rows.filter(([, markup]) => markup !== '').map(([label, value]) => ({ label, value }));
}

function bestMarkup({ best, round }: Content, voice: Voice): string {
  const { t, ink } = voice;
  if (best === null) return round === 0 ? '' : t('common:best.none');
  if (best.score === null) return t('common:best.cv', { score: voice.score(best.cv) });
  // Public and final scores are of different rows: one is no gain over the other.
  if (best.isFinal === true) return t('common:best.final', { score: voice.score(best.score) });
  const score = t('common:best.public', { score: voice.score(best.score) });
  const change = voice.change(best.previous, best.score);
  return change === '' ? score : `${score} ${ink.text(change)}`;
}

/** Markup: `accuracy, higher is better`. */
function metricWords(voice: Voice, metric: NonNullable<Content['metric']>): string {
  return voice.ink.text(
    [metricName(metric.name), voice.plain(`common:better.${metric.direction}`)].join(voice.comma),
  );
}

function barsOf(content: Content, options: CardOptions): Card['bars'] {
  if (!isWorking(content)) return [];
  const { voice, preferences } = options;
  const { gpuTodayUsd, gpuDayCapUsd } = content;
  const share = gpuDayCapUsd === null || gpuDayCapUsd <= 0 ? null : Math.min(1, gpuTodayUsd / gpuDayCapUsd);
  return [
    ...progressBar(content, options),
    {
      label: voice.plain('cards:status.gpu'),
      share: preferences.bars ? share : null,
      text: moneyToday(voice, gpuTodayUsd, gpuDayCapUsd),
    },
  ];
}

function actionsOf(content: Content, options: CardOptions): CardAction[] {
  const { voice } = options;
  const { slug, state, isQueued } = content;
  const look = (['logs', 'leaderboard', 'research'] as const).flatMap((name) =>
    slugButton(options, name, slug),
  );
  if (hasEnded(content)) return look;
  if (state === 'discovered' && !isQueued) return slugButton(options, 'start', slug, 'primary');
  const more = menu(options, voice.plain('common:btn.more'), [
    ...(content.search == null
      ? []
      : [{ label: voice.plain('answers:btn.tree'), name: 'tree' as const, args: [slug] }]),
    { label: voice.plain('common:btn.stop'), name: 'stop', args: [slug] },
    { label: voice.plain('common:btn.budget'), name: 'budget', args: [slug] },
    { label: voice.plain('common:btn.config'), name: 'config', args: [] },
  ]);
  if (isQueued) return [...decideButton(content, options), ...more];
  return [...firstButton(content, options), ...look, ...more];
}

function firstButton(content: Content, options: CardOptions): CardAction[] {
  const { slug, state } = content;
  if (state === 'paused' && content.waitsForPerson === true) {
    return [...decideButton(content, options), ...slugButton(options, 'resume', slug)];
  }
  if (state === 'paused') return slugButton(options, 'resume', slug, 'primary');
  if (state !== 'failed' && state !== 'awaiting_decision') return slugButton(options, 'pause', slug);
  return decideButton(content, options);
}

function decideButton({ slug, openDecisions }: Content, options: CardOptions): CardAction[] {
  if (openDecisions === 0) return [];
  const { plain } = options.voice;
  return button(options, 'status', [slug], {
    label: plain('common:btn.decide'),
    style: 'primary',
    hint: plain('common:hint.decide', { slug }),
  });
}

function footerOf({ startedBy }: Content, options: CardOptions): string {
  const { t, time, now } = options.voice;
  const updated = t('cards:status.updated', { time: time(now) });
  if (startedBy === null) return updated;
  return `${updated} · ${t('cards:status.started_by', { user: who(options, startedBy) })}`;
}
