import { expect, test, vi } from 'vitest';
import { expireDecisions } from '../../src/flows/human-loop/expire-decisions.ts';
import { listAlerts } from '../../src/state/alerts.ts';
import { getDecision, listDecisions } from '../../src/state/decisions.ts';
import {
  aQuestion,
  type Both,
  bothChats,
  customIds,
  type QuestionCards,
  questionCards,
  shownNow,
  slackActions,
  testTimeoutMs,
  waiting,
} from '../support/both-chats.ts';
import { textOf } from '../support/discord/user-actions.ts';
import { wordsOf } from './slack/slack-kit.ts';

async function decisionOf({ world }: Both, slug: string) {
  const decisions = await listDecisions(world.state, { competitionId: null, onlyOpen: false });
  const found = decisions.find((one) => one.slug === slug);
  if (found === undefined) throw new Error(`nothing was asked about ${slug}`);
  return found;
}

/** Presses the first option in both channels at once. @returns what each of the two people is told */
function pressBoth({ slack, discord }: Both, { here, there }: QuestionCards, name: string): () => string[] {
  const inSlack = slack.workspace.addUser({ name: `${name}-slack` });
  const inDiscord = discord.server.addUser({ name: `${name}-discord` });
  const target = { channel: slack.home, ts: here.ts };
  void slack.workspace.actions.press(inSlack.id, target, slackActions(here.blocks)[0] ?? '');
  const press = discord.server.actions.press(inDiscord, there.id, customIds(there)[0] ?? '');
  return () => [
    ...slack.workspace
      .messages({ channel: slack.home, asUser: inSlack.id })
      .filter(({ ephemeralFor }) => ephemeralFor === inSlack.id)
      .map(wordsOf),
    ...press.messages().map((message) => textOf(message)),
  ];
}

test.each([
  ['just before', 150],
  ['in the moment of', 10],
  ['just after', -30],
])(
  'presses %s the deadline: one winner, and every answer and both cards tell the same',
  async (_, leadMs) => {
    const both = await bothChats();
    const { world, ctx } = both;
    await aQuestion(both);
    const cards = await questionCards(both, 'What next for titanic?');
    const { id } = await decisionOf(both, 'titanic');
    await world.pool.query(
      `update human_interventions set deadline = clock_timestamp() + interval '400 milliseconds' where id = $1`,
      [id],
    );
    const deadlineMs = (await decisionOf(both, 'titanic')).deadline.getTime();
    const expiring = vi.waitFor(
      async () => {
        await expireDecisions(ctx);
        expect((await getDecision(world.state, id))?.status).not.toBe('open');
      },
      { ...waiting, interval: 5 },
    );
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThanOrEqual(deadlineMs - leadMs), {
      ...waiting,
      interval: 1,
    });
    const told = pressBoth(both, cards, 'mika');
    await expiring;

    await vi.waitFor(() => expect(told()).toHaveLength(2), waiting);
    const { status } = await decisionOf(both, 'titanic');
    const answers = told().map((text) => text.replaceAll('\\', ''));
    if (status === 'decided') {
      expect(answers.filter((text) => /Recorded/.test(text))).toHaveLength(1);
      expect(answers.filter((text) => /Already decided by/.test(text))).toHaveLength(1);
    } else {
      expect(status).toBe('expired');
      for (const text of answers) expect(text).toMatch(/closed since .*, with the default/);
    }
    const end = status === 'decided' ? 'Decided' : 'Expired';
    const option = status === 'decided' ? 'retry_different_approach' : 'skip_competition';
    await vi.waitFor(() => {
      for (const text of shownNow(both, cards)) {
        expect(text).toContain(end);
        expect(text).toContain(option);
      }
    }, waiting);
    const { rows } = await world.pool.query(`select id from events where type = 'human_decision_made'`);
    expect(rows).toHaveLength(1);
  },
  testTimeoutMs,
);

test(
  'the process ends between a press and its edit: the next one completes both cards and posts none again',
  async () => {
    const both = await bothChats();
    const { slack, discord, world } = both;
    await aQuestion(both);
    const cards = await questionCards(both, 'What next for titanic?');
    await both.sender.stop();
    await both.jobs.crash();
    const target = { channel: slack.home, ts: cards.here.ts };
    await slack.workspace.actions.press(slack.idOf('mika'), target, slackActions(cards.here.blocks)[0] ?? '');
    await vi.waitFor(async () => {
      expect((await decisionOf(both, 'titanic')).status).toBe('decided');
      const answers = slack.seenBy('mika').filter(({ ephemeralFor }) => ephemeralFor !== null);
      expect(answers.map(wordsOf)).toEqual([expect.stringContaining('Recorded')]);
    }, waiting);
    for (const text of shownNow(both, cards)) expect(text).not.toContain('Decided');

    await both.reopenApps();
    await both.startJobs();
    both.startSender();

    await vi.waitFor(() => {
      for (const text of shownNow(both, cards)) expect(text).toContain('Decided');
    }, waiting);
    // What is shown is written down a moment later.
    await vi.waitFor(async () => {
      const { rows } = await world.pool.query<{ messages: number }>(
        `select count(*)::int as messages from card_deliveries d join cards c on c.id = d.card_id
         where c.kind = 'decision' and d.message_id is not null and not d.is_due`,
      );
      expect(rows).toEqual([{ messages: 2 }]);
    }, waiting);
    const about = (text: string) => text.includes('What next for titanic?');
    expect(slack.workspace.messages({ channel: slack.home }).map(wordsOf).filter(about)).toHaveLength(1);
    const inDiscord = discord.server.history(discord.channelId).map((message) => textOf(message));
    expect(inDiscord.filter(about)).toHaveLength(1);
  },
  testTimeoutMs,
);

test(
  "Slack's tokens revoked: Discord tells what to mend and decides meanwhile, and the alert ends when Slack works",
  async () => {
    const both = await bothChats();
    const { slack, discord, world } = both;
    await aQuestion(both);
    const cards = await questionCards(both, 'What next for titanic?');
    slack.workspace.faults.revokeTokens();
    const user = discord.server.addUser({ name: 'mika' });
    discord.server.actions.press(user, cards.there.id, customIds(cards.there)[0] ?? '');
    const alerts = () =>
      discord.server
        .history(discord.channelId)
        .map((message) => textOf(message))
        .filter((text) => /Slack.*token/s.test(text));
    await vi.waitFor(() => {
      expect(alerts()).toHaveLength(1);
      expect(shownNow(both, cards)[1]).toContain('Decided');
    }, waiting);
    expect(shownNow(both, cards)[0]).not.toContain('Decided');

    slack.workspace.faults.restoreTokens();
    await vi.waitFor(async () => {
      expect(await listAlerts(world.state)).toEqual([]);
      expect(shownNow(both, cards)[0]).toContain('Decided');
      expect(alerts()).toHaveLength(1);
    }, waiting);
  },
  testTimeoutMs,
);

test(
  "Discord's token revoked: Slack tells what to mend in its alert channel and decides meanwhile",
  async () => {
    const both = await bothChats();
    const { slack, discord } = both;
    await aQuestion(both);
    const cards = await questionCards(both, 'What next for titanic?');
    discord.server.faults.revokeToken();
    const target = { channel: slack.home, ts: cards.here.ts };
    await slack.workspace.actions.press(slack.idOf('mika'), target, slackActions(cards.here.blocks)[0] ?? '');

    await vi.waitFor(() => {
      const alerts = slack.workspace.messages({ channel: slack.alerts }).map(wordsOf);
      expect(alerts.filter((text) => /Discord.*token/s.test(text))).toHaveLength(1);
      expect(shownNow(both, cards)[0]).toContain('Decided');
    }, waiting);
    expect(shownNow(both, cards)[1]).not.toContain('Decided');

    discord.server.world.isTokenRevoked = false;
    await vi.waitFor(() => expect(shownNow(both, cards)[1]).toContain('Decided'), waiting);
  },
  testTimeoutMs,
);
