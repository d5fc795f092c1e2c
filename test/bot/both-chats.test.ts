import { expect, test, vi } from 'vitest';
import { transitionCompetition } from '../../src/state/competitions.ts';
import { listEvents } from '../../src/state/outbox.ts';
import {
  aQuestion,
  aRunning,
  bothChats,
  customIds,
  patienceMs,
  questionCards,
  shownNow,
  slackActions,
  testTimeoutMs,
} from '../support/both-chats.ts';
import { someActor } from '../support/builders.ts';
import { textOf } from '../support/discord/user-actions.ts';
import { wordsOf } from './slack/slack-kit.ts';

test(
  'twenty presses from both platforms at once: one decides, everybody is answered, all cards end equal',
  async () => {
    const both = await bothChats();
    const { slack, discord, world } = both;
    await aQuestion(both);
    const { here, there } = await questionCards(both, 'What next for titanic?');
    const inSlack = Array.from({ length: 10 }, (_, index) =>
      slack.workspace.addUser({ name: `slack-${index}` }),
    );
    const inDiscord = Array.from({ length: 10 }, (_, index) =>
      discord.server.addUser({ name: `discord-${index}` }),
    );

    const buttons = slackActions(here.blocks);
    const ids = customIds(there);
    expect([buttons.length, ids.length]).toEqual([3, 3]);
    const acks = inSlack.map((user, index) =>
      slack.workspace.actions.press(
        user.id,
        { channel: slack.home, ts: here.ts },
        buttons[index % buttons.length] ?? '',
      ),
    );
    const presses = inDiscord.map((user, index) =>
      discord.server.actions.press(user, there.id, ids[index % ids.length] ?? ''),
    );

    expect((await Promise.all(acks)).map(({ isAcknowledged }) => isAcknowledged)).toEqual(
      Array(10).fill(true),
    );
    const privateTo = (user: { id: string }) =>
      slack.workspace
        .messages({ channel: slack.home, asUser: user.id })
        .filter(({ ephemeralFor }) => ephemeralFor === user.id)
        .map(wordsOf);
    await vi.waitFor(
      () => {
        const answers = [
          ...inSlack.map(privateTo),
          ...presses.map((press) => press.messages().map((message) => textOf(message))),
        ];
        expect(answers.map(({ length }) => length)).toEqual(Array(20).fill(1));
        const texts = answers.flat();
        expect(texts.filter((text) => /Recorded/.test(text))).toHaveLength(1);
        expect(texts.filter((text) => /Already decided by/.test(text))).toHaveLength(19);
      },
      { timeout: patienceMs, interval: 100 },
    );
    const { rows } = await world.pool.query<{ option: string; status: string }>(
      'select option, status from human_interventions',
    );
    expect(rows).toEqual([{ option: expect.any(String), status: 'decided' }]);
    const events = await listEvents(world.state, { competitionId: null, after: 0, limit: 200 });
    expect(events.filter(({ type }) => type === 'human_decision_made')).toHaveLength(1);
    await vi.waitFor(
      () => {
        for (const shown of shownNow(both, { here, there })) {
          expect(shown).toContain('Decided');
          expect(shown).toContain(rows[0]?.option);
          expect(shown).not.toMatch(/k1\.decide|\(A · /);
        }
      },
      { timeout: patienceMs, interval: 100 },
    );
    expect(slack.workspace.troubles()).toEqual([]);
  },
  testTimeoutMs,
);

test(
  'Slack away for a while: Discord goes on and decides, then Slack has everything, in order, as it stands',
  async () => {
    const both = await bothChats();
    const { slack, discord, world } = both;
    await aQuestion(both, 'first');
    const before = await questionCards(both, 'What next for first?');

    slack.workspace.faults.outage(true);
    const user = discord.server.addUser({ name: 'mika' });
    discord.server.actions.press(user, before.there.id, customIds(before.there)[0] ?? '');
    const others = ['second', 'third', 'fourth'];
    for (const slug of others) {
      const { id } = await aRunning(both, { slug, state: 'training' });
      const paused = await transitionCompetition(world.state, {
        id,
        version: 1,
        event: 'paused',
        actor: someActor,
      });
      await transitionCompetition(world.state, {
        id,
        version: paused?.version ?? 0,
        event: 'stopped',
        actor: someActor,
      });
    }
    const said = () => discord.server.history(discord.channelId).map((message) => textOf(message));
    await vi.waitFor(
      () => {
        for (const slug of others)
          expect(said().some((text) => new RegExp(`${slug} stopped`).test(text))).toBe(true);
        expect(said().some((text) => /Decided/.test(text))).toBe(true);
      },
      { timeout: patienceMs, interval: 100 },
    );
    slack.workspace.faults.outage(false);

    const inSlack = () => slack.workspace.messages({ channel: slack.home }).map(wordsOf);
    await vi.waitFor(
      () => {
        const order = inSlack().flatMap((text) => /(\w+) stopped/.exec(text)?.[1] ?? []);
        expect([...new Set(order)]).toEqual(others);
        expect(wordsOf(slack.workspace.message(slack.home, before.here.ts) ?? undefined)).toContain(
          'Decided',
        );
      },
      { timeout: patienceMs, interval: 200 },
    );
  },
  testTimeoutMs,
);
