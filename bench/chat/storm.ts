/** Progress ten times a second for a minute: how often its message is rewritten, and whether questions come through. */
import { setTimeout as sleep } from 'node:timers/promises';
import { statusSubject } from '../../src/flows/human-loop/card-place.ts';
import { saveCard } from '../../src/state/cards.ts';
import { aStatus } from '../../test/support/card-facts.ts';
import type { Figure, Measured } from '../figure.ts';
import { ask } from './decisions.ts';
import { bench, type PeopleSide } from './people-side.ts';
import { type Platform, platforms, refusedForHaste, sightsOn } from './sights.ts';
import { addSpans, noSpans, spanFigures } from './spans.ts';

const stormMs = 60_000;
const everyMs = 100;
const questions = 10;
const minuteMs = 60_000;
/** Rewrites of messages of one channel in a minute. Source: Slack, tier 3; Discord, 5 in 5 s by its headers. */
const allowedPerMinute: Record<Platform, number> = { slack: 50, discord: 60 };

export async function measureStorm(people: PeopleSide, signal: AbortSignal): Promise<Measured> {
  const busy = await people.aCompetition('busy', 'training');
  const refusedBefore = platforms.map((platform) => refusedForHaste(people, platform).length);
  const startedAt = Date.now();
  const storming = progress(people, busy, startedAt, signal);
  const shown = noSpans();
  for (let index = 0; index < questions; index += 1) {
    const next = sleep(stormMs / questions, undefined, { signal });
    const { committedAt, seen } = await ask(people, `stormy${index}`, signal);
    addSpans(shown, committedAt, seen);
    await next;
  }
  const saved = await storming;
  const minutes = (Date.now() - startedAt) / minuteMs;
  const notes: string[] = [];
  const figures = platforms.flatMap((platform, index): Figure[] => {
    const edits = sightsOn(people, platform).filter(
      ({ change, messageId, atMs }) =>
        change === 'edit' && messageId === busy.copies[platform] && atMs >= startedAt,
    );
    const done = edits.filter(({ isRefused }) => !isRefused).length / minutes;
    const base = { variant: platform, samples: saved, statistic: 'value' } as const;
    const refused = refusedForHaste(people, platform).slice(refusedBefore[index] ?? 0);
    if (refused.length > 0) notes.push(`the storm met 429 on ${platform}: ${refused.join(', ')}`);
    return [
      { ...base, name: 'chat.stormEdits', value: done, unit: 'per min' },
      {
        ...base,
        name: 'chat.stormShareOfLimitRatio',
        value: done / allowedPerMinute[platform],
        unit: 'ratio',
      },
      {
        ...base,
        name: 'chat.stormRefused',
        value: edits.filter(({ isRefused }) => isRefused).length,
        unit: 'calls',
      },
      { ...base, name: 'chat.stormAll429', value: refused.length, unit: 'calls' },
    ];
  });
  return { figures: [...figures, ...spanFigures('chat.decisionShownInStorm', shown)], notes };
}

/** @returns how often progress changed */
async function progress(
  people: PeopleSide,
  { id, slug }: { id: string; slug: string },
  startedAt: number,
  signal: AbortSignal,
): Promise<number> {
  const total = stormMs / everyMs;
  for (let done = 1; done <= total; done += 1) {
    await saveCard(people.state, {
      subject: statusSubject(id),
      competitionId: id,
      content: aStatus({ slug, progress: { done, total, label: 'runs' } }),
      actor: bench,
    });
    await sleep(Math.max(0, startedAt + done * everyMs - Date.now()), undefined, { signal });
  }
  return total;
}
