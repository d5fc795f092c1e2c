/** From the commit of a question to its card, and from a press until both cards tell the answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { decisionSubject } from '../../src/flows/human-loop/card-place.ts';
import { listDecisions, openDecision } from '../../src/state/decisions.ts';
import { type Figure, type Measured, quantile } from '../figure.ts';
import { bench, type PeopleSide } from './people-side.ts';
import { awaitOnBoth, type Platform, platforms } from './sights.ts';
import { addSpans, noSpans, spanFigures } from './spans.ts';

const warmUps = 2;
const samples = 24;
/** A question means three messages in the channel: the competition's, the question's, and how it ended. */
const everyMs = 4_200;

export async function measureDecisions(people: PeopleSide, signal: AbortSignal): Promise<Measured> {
  const shown = noSpans();
  const edited: Record<Platform, number[]> = { slack: [], discord: [] };
  for (let index = 0; index < warmUps + samples; index += 1) {
    const next = sleep(everyMs, undefined, { signal });
    const question = await ask(people, `asked${index}`, signal);
    const pressedOn = platforms[index % platforms.length] ?? 'slack';
    const elapsedMs = await press(people, question.id, pressedOn, signal);
    if (index >= warmUps) {
      addSpans(shown, question.committedAt, question.seen);
      edited[pressedOn].push(elapsedMs);
    }
    await next;
  }
  const both = [...edited.slack, ...edited.discord];
  const base = { name: 'chat.pressToAllCopies', unit: 'ms' } as const;
  const all = { ...base, variant: 'slack, discord', samples: both.length };
  return {
    figures: [
      ...spanFigures('chat.decisionShown', shown),
      { ...all, value: quantile(both, 0.5), statistic: 'median' },
      { ...all, value: quantile(both, 0.95), statistic: 'p95' },
      ...platforms.map((platform): Figure => {
        const own = edited[platform];
        const variant = `pressed on ${platform}`;
        return { ...base, variant, samples: own.length, value: quantile(own, 0.5), statistic: 'median' };
      }),
    ],
    notes: [],
  };
}

/** Asks about a competition of its own, which both channels show before. */
export async function ask(people: PeopleSide, slug: string, signal: AbortSignal) {
  const competition = await people.aCompetition(slug, 'analyzing');
  const option = (id: string) => ({ id, label: id, consequence: 'something happens', costUsd: 0 });
  await openDecision(people.state, {
    competitionId: competition.id,
    version: 1,
    move: 'uncertainty_high',
    draft: {
      kind: 'stagnation',
      blocking: true,
      question: `What next for ${slug}?`,
      context: 'The last 4 experiments did not improve the score.',
      options: [option('skip_competition'), option('retry_different_approach')],
      defaultOption: 'skip_competition',
    },
    slaSeconds: 3_600,
    actor: bench,
  });
  const committedAt = Date.now();
  const isIt = ({ change, text }: { change: string; text: string }) =>
    change === 'post' && text.includes(`What next for ${slug}?`);
  const seen = await awaitOnBoth(people, committedAt, isIt, signal);
  const all = await listDecisions(people.state, { competitionId: competition.id, onlyOpen: true });
  return { id: all[0]?.id ?? '', committedAt, seen };
}

/** Ends the competition by the question's first button. @returns milliseconds until both copies had changed */
async function press(
  people: PeopleSide,
  decisionId: string,
  platform: Platform,
  signal: AbortSignal,
): Promise<number> {
  const { slack, discord } = people;
  const copies = await people.copiesOf(decisionSubject(decisionId));
  const pressedAt = Date.now();
  if (platform === 'slack') {
    const blocks = slack.workspace.message(slack.home, copies.slack)?.blocks ?? [];
    const button = /"action_id":"(k1\.decide\.\d+)"/.exec(JSON.stringify(blocks))?.[1] ?? '';
    const target = { channel: slack.home, ts: copies.slack };
    await slack.workspace.actions.press(slack.user, target, button);
  } else {
    const message = discord.server.world.messages.get(copies.discord);
    const id = /"custom_id":"([^"]+\.decide\.[^"]+)"/.exec(JSON.stringify(message?.components))?.[1] ?? '';
    discord.server.actions.press(discord.user, copies.discord, id);
  }
  const seen = await awaitOnBoth(
    people,
    pressedAt,
    ({ change, messageId }, on) => change === 'edit' && messageId === copies[on],
    signal,
  );
  return Math.max(seen.slack.atMs, seen.discord.atMs) - pressedAt;
}
