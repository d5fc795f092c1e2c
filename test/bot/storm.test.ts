import { expect, test, vi } from 'vitest';
import { statusSubject } from '../../src/flows/human-loop/card-place.ts';
import { findCard, saveCard } from '../../src/state/cards.ts';
import type { Competition } from '../../src/state/competitions.ts';
import {
  aQuestion,
  aRunning,
  type Both,
  bothChats,
  customIds,
  questionCards,
  shownNow,
  testTimeoutMs,
  waiting,
} from '../support/both-chats.ts';
import { someActor } from '../support/builders.ts';
import { aStatus } from '../support/card-facts.ts';
import { textOf } from '../support/discord/user-actions.ts';
import { wordsOf } from './slack/slack-kit.ts';

const mostEvents = 900;
const fewestEvents = 100;
/** Two gaps of a fresh status card, so that a second edit has to come. */
const shortestStormMs = 6_500;

/** Progress, as the schedule that looks at running competitions writes it. */
function saveProgress({ world }: Both, { id, slug }: Competition, done: number) {
  return saveCard(world.state, {
    subject: statusSubject(id),
    competitionId: id,
    content: aStatus({ slug, progress: { done, total: 1_000, label: 'runs' } }),
    actor: someActor,
  });
}

type Copies = { slack: string; discord: string };

/** Ids of a competition's living message, once both platforms show it. */
async function livingMessages(both: Both, { id }: Competition): Promise<Copies> {
  return await vi.waitFor(async () => {
    const card = await findCard(both.world.state, statusSubject(id));
    const idOn = (platform: string) =>
      card?.deliveries.find((one) => one.platform === platform)?.messageId ?? null;
    const [slack, discord] = [idOn('slack'), idOn('discord')];
    if (slack === null || discord === null) throw new Error('the status is not there yet');
    return { slack, discord };
  }, waiting);
}

/** When each platform was asked to rewrite a message, in milliseconds, and whether it did. */
function editsOf({ slack, discord }: Both, copies: Copies) {
  const here = slack.workspace
    .calls()
    .filter(({ method, args }) => method === 'chat.update' && args.ts === copies.slack)
    .map(({ at, error }) => ({ atMs: at.getTime(), isRefused: error !== null }));
  const there = discord.server.calls
    .filter(({ method, path }) => method === 'PATCH' && path.endsWith(`/messages/${copies.discord}`))
    .map(({ atMs, status }) => ({ atMs, isRefused: status !== 200 }));
  return { slack: here, discord: there };
}

function livingTexts({ slack, discord }: Both, copies: Copies): string[] {
  const there = discord.server.history(discord.channelId).find(({ id }) => id === copies.discord);
  return [
    wordsOf(slack.workspace.message(slack.home, copies.slack) ?? undefined),
    there === undefined ? '' : textOf(there),
  ];
}

/** True once both channels ask it. */
function isAsked({ slack, discord }: Both, text: string): boolean {
  return (
    slack.workspace.messages({ channel: slack.home }).some((one) => wordsOf(one).includes(text)) &&
    discord.server.history(discord.channelId).some((one) => textOf(one).includes(text))
  );
}

test(
  'a storm of progress on both platforms is few edits, less where the message is old; a decision comes through it',
  async () => {
    const both = await bothChats({ hasRateLimits: true });
    const busy = await aRunning(both, { slug: 'busy', state: 'training' });
    const old = await aRunning(both, { slug: 'old', state: 'training' });
    for (const competition of [busy, old]) await saveProgress(both, competition, 0);
    const copies = { busy: await livingMessages(both, busy), old: await livingMessages(both, old) };
    await both.world.pool.query(
      `update card_deliveries set posted_at = posted_at - interval '2 hours'
       where card_id = (select id from cards where subject = $1)`,
      [statusSubject(old.id)],
    );

    const startedAt = Date.now();
    let events = 0;
    const goesOn = () => {
      if (events < fewestEvents || Date.now() - startedAt < shortestStormMs) return true;
      return !isAsked(both, 'What next for calm?');
    };
    while (goesOn()) {
      events += 1;
      await saveProgress(both, busy, Math.min(events, mostEvents));
      await saveProgress(both, old, Math.min(events, mostEvents));
      if (events === fewestEvents / 4) await aQuestion(both, 'calm');
      if (Date.now() - startedAt > testTimeoutMs / 2) throw new Error('the decision does not come through');
    }
    await saveProgress(both, busy, 1_000);
    await vi.waitFor(() => {
      for (const text of livingTexts(both, copies.busy)) expect(text).toContain('100 %');
    }, waiting);

    const seconds = (Date.now() - startedAt) / 1_000;
    for (const edits of Object.values(editsOf(both, copies.busy))) {
      expect(edits.filter(({ isRefused }) => isRefused)).toEqual([]);
      expect(edits.length).toBeGreaterThanOrEqual(2);
      expect(edits.length).toBeLessThanOrEqual(2 + Math.ceil(seconds / 3));
    }
    for (const edits of Object.values(editsOf(both, copies.old))) {
      expect(edits.length).toBeLessThanOrEqual(1 + Math.floor(seconds / 30));
    }
  },
  testTimeoutMs,
);

test(
  'where both platforms ask to wait with progress, a decision is asked, answered and closed meanwhile',
  async () => {
    const both = await bothChats({ hasRateLimits: true });
    const { slack, discord } = both;
    const busy = await aRunning(both, { slug: 'busy', state: 'training' });
    await saveProgress(both, busy, 0);
    const copies = await livingMessages(both, busy);
    const retryAfterSeconds = 10;
    slack.workspace.faults.rateLimit({ method: 'chat.update', count: 1, retryAfterSeconds });
    discord.server.faults.rateLimit(/^PATCH .*\/messages\//, 1, retryAfterSeconds);
    await saveProgress(both, busy, 500);
    await vi.waitFor(() => {
      const { slack: here, discord: there } = editsOf(both, copies);
      expect([...here, ...there].map(({ isRefused }) => isRefused)).toEqual([true, true]);
    }, waiting);

    await aQuestion(both, 'calm');
    const cards = await questionCards(both, 'What next for calm?');
    discord.server.actions.press(
      discord.server.addUser({ name: 'mika' }),
      cards.there.id,
      customIds(cards.there)[0] ?? '',
    );
    await vi.waitFor(() => {
      for (const text of shownNow(both, cards)) expect(text).toContain('Decided');
    }, waiting);
    for (const edits of Object.values(editsOf(both, copies))) expect(edits).toHaveLength(1);
    await saveProgress(both, busy, 1_000);
    await vi.waitFor(() => {
      for (const text of livingTexts(both, copies)) expect(text).toContain('100 %');
    }, waiting);

    for (const [refused, next] of Object.values(editsOf(both, copies))) {
      expect((next?.atMs ?? 0) - (refused?.atMs ?? 0)).toBeGreaterThanOrEqual(
        retryAfterSeconds * 1_000 - 100,
      );
    }
  },
  testTimeoutMs,
);
