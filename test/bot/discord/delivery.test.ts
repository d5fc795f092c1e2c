import { expect, test } from 'vitest';
import type { Posted } from '../../../src/domain/chat.ts';
import { aFullStatus, anOutgoingCard, someScores } from '../../support/card-facts.ts';
import { notifiedBy } from '../../support/discord/message-rules.ts';
import { buttonOf, textOf } from '../../support/discord/user-actions.ts';
import { permissionBits } from '../../support/discord/world.ts';
import { tinyPng } from '../../support/tiny-png.ts';
import { decisionContent, deliver, startDiscord } from './kit.ts';

const offline = { isConnected: false };
const hour = 3_600_000;

test('a status card is posted with its thread and its pin, and rewritten in place', async () => {
  const { server, channelId, discord } = await startDiscord(offline);

  const posted = await deliver(discord, anOutgoingCard(aFullStatus(), { isPinned: true }));
  const again = await deliver(
    discord,
    anOutgoingCard(aFullStatus({ round: 4 }), { rev: 2, previous: posted, isPinned: true }),
  );

  const [message] = server.history(channelId);
  expect(server.history(channelId)).toHaveLength(1);
  expect(message).toMatchObject({ id: posted.messageId, isPinned: true, edits: 1, flags: 32_768 });
  expect(textOf(message ?? { content: '', components: [] })).toContain('4');
  expect(server.world.channels.get(posted.threadId ?? '')).toMatchObject({
    name: 'titanic',
    type: 11,
    parentId: channelId,
    autoArchiveMinutes: 10_080,
  });
  expect(again).toEqual(posted);
});

test('replies go into the thread, which is made where there is none and woken where it sleeps', async () => {
  const { server, channelId, discord } = await startDiscord(offline);
  const parent = await deliver(discord, anOutgoingCard(decisionContent()));
  expect(parent.threadId).toBeNull();
  const reply = {
    ...anOutgoingCard(aFullStatus(), {
      id: '018f3c2e-9f1b-7c3d-8e4f-00000000aaaa',
      surface: 'thread',
      parent,
    }),
  };

  const first = await deliver(discord, reply);
  const thread = server.world.channels.get(parent.messageId);
  if (thread === undefined) throw new Error('no thread');
  thread.archived = true;
  await deliver(discord, { ...reply, rev: 2, previous: first });

  expect(server.history(channelId)).toHaveLength(1);
  expect(server.history(thread.id).map(({ id }) => id)).toEqual([first.messageId]);
  expect(server.history(thread.id)[0]?.edits).toBe(1);
  expect(thread.archived).toBe(false);
});

test('a reply whose thread and parent are gone stands in the channel', async () => {
  const { server, channelId, discord } = await startDiscord(offline);
  const parent: Posted = { messageId: '123456789012345678', threadId: null, memory: { channel: channelId } };

  await deliver(discord, anOutgoingCard(decisionContent(), { surface: 'thread', parent }));

  expect(server.history(channelId)).toHaveLength(1);
});

test('a chart is uploaded once and kept while its facts are the same', async () => {
  const drawn: unknown[] = [];
  const drawChart = async (facts: unknown) => {
    drawn.push(facts);
    return tinyPng;
  };
  const { server, discord } = await startDiscord({ ...offline, chat: { drawChart } });

  const posted = await deliver(discord, anOutgoingCard(aFullStatus({ chart: someScores })));
  const message = server.world.messages.get(posted.messageId);
  const before = message?.files.map(({ id }) => id);
  const second = await deliver(
    discord,
    anOutgoingCard(aFullStatus({ chart: someScores, round: 4 }), { rev: 2, previous: posted }),
  );
  const kept = message?.files.map(({ id }) => id);
  const points = [...someScores.points, { round: 3, at: new Date('2026-11-23T10:00:00Z'), value: 0.8 }];
  const newer = aFullStatus({ chart: { ...someScores, points } });
  await deliver(discord, anOutgoingCard(newer, { rev: 3, previous: second }));

  expect(drawn).toHaveLength(2);
  expect(kept).toEqual(before);
  expect(message?.files).toHaveLength(1);
  expect(message?.files[0]?.bytes.equals(tinyPng)).toBe(true);
  expect(message?.files[0]?.id).not.toBe(before?.[0]);
  expect(message?.files[0]?.description).toContain('0.8');
  expect(textOf(message ?? { content: '', components: [] })).toMatch(/\[image: .*titanic/i);
});

test('a chart that cannot be drawn does not hold the card back', async () => {
  const drawChart = async () => {
    throw new Error('no font');
  };
  const { server, channelId, discord } = await startDiscord({ ...offline, chat: { drawChart } });

  await deliver(discord, anOutgoingCard(aFullStatus({ chart: someScores })));

  expect(server.history(channelId)[0]?.files).toEqual([]);
});

test('after a crash between post and record nothing is posted twice, by the nonce and later by the marker', async () => {
  const { server, channelId, discord } = await startDiscord(offline);
  server.faults.dropAfterEffect(/^POST \/channels\/\d+\/messages$/, 1);
  await expect(deliver(discord, anOutgoingCard(decisionContent()))).rejects.toMatchObject({
    kind: 'transient',
    code: 'discord.unreachable',
  });
  expect(server.history(channelId)).toHaveLength(1);

  const byNonce = await deliver(discord, anOutgoingCard(decisionContent()));
  server.advance(hour / 2);
  const byMarker = await deliver(discord, anOutgoingCard(decisionContent(), { rev: 2, mayBePosted: true }));

  expect(server.history(channelId)).toHaveLength(1);
  expect(byMarker.messageId).toBe(byNonce.messageId);
  expect(server.history(channelId)[0]?.edits).toBe(1);
});

test('a card of another id beside it is not taken for this one', async () => {
  const { server, channelId, discord } = await startDiscord(offline);
  await deliver(discord, anOutgoingCard(decisionContent()));

  const other = anOutgoingCard(decisionContent(), {
    id: '018f3c2e-9f1b-7c3d-8e4f-a1b2c3d4e5f7',
    mayBePosted: true,
  });
  await deliver(discord, other);

  expect(server.history(channelId)).toHaveLength(2);
});

test('a message that was deleted is posted anew in its place', async () => {
  const { server, channelId, discord } = await startDiscord(offline);
  const posted = await deliver(discord, anOutgoingCard(aFullStatus(), { isPinned: true }));
  server.world.messages.delete(posted.messageId);

  const again = await deliver(
    discord,
    anOutgoingCard(aFullStatus(), { rev: 2, previous: posted, isPinned: true }),
  );

  expect(again.messageId).not.toBe(posted.messageId);
  expect(again.threadId).toBe(posted.threadId);
  expect(server.history(channelId)).toMatchObject([{ id: again.messageId, isPinned: true }]);
});

test('what is too old to be changed once more is posted anew, and the pin moves', async () => {
  const { server, channelId, discord } = await startDiscord(offline);
  let posted = await deliver(discord, anOutgoingCard(aFullStatus(), { isPinned: true }));
  const first = posted.messageId;
  server.advance(2 * hour);

  for (const round of [1, 2, 3, 4]) {
    const card = anOutgoingCard(aFullStatus({ round }), { rev: round + 1, previous: posted, isPinned: true });
    posted = await deliver(discord, card);
  }

  expect(server.history(channelId)).toMatchObject([
    { id: first, edits: 3, isPinned: false },
    { id: posted.messageId, edits: 0, isPinned: true },
  ]);
  expect(posted.threadId).toBe(first);
});

test('a throttled living message says when to come back; a decision waits a moment and goes through', async () => {
  const { server, channelId, discord } = await startDiscord(offline);
  const posted = await deliver(discord, anOutgoingCard(aFullStatus()));
  server.faults.rateLimit(/^PATCH /, 1, 7);

  await expect(
    deliver(discord, anOutgoingCard(aFullStatus({ round: 4 }), { rev: 2, previous: posted })),
  ).rejects.toMatchObject({ kind: 'transient', code: 'discord.rate_limited', retryAfterMs: 7050 });
  server.faults.rateLimit(/^POST /, 1, 0.2);
  const id = '018f3c2e-9f1b-7c3d-8e4f-00000000bbbb';
  await deliver(discord, anOutgoingCard(decisionContent(), { id }));

  expect(server.history(channelId)).toHaveLength(2);
});

test("Discord's own buckets are kept: nothing is refused while many cards are sent", async () => {
  const { server, channelId, discord } = await startDiscord({ ...offline, rateLimits: true });

  for (let index = 0; index < 6; index += 1) {
    const id = `018f3c2e-9f1b-7c3d-8e4f-00000000000${index}`;
    await deliver(discord, anOutgoingCard(decisionContent(), { id })).catch((error: unknown) => {
      // Waits of more than three seconds are for the sender.
      expect(error).toMatchObject({ kind: 'transient' });
    });
  }

  expect(server.history(channelId).length).toBeGreaterThanOrEqual(5);
  expect(server.calls.filter(({ status }) => status === 429)).toEqual([]);
});

test('only the first post of a card calls people, and only the roles that are to be called', async () => {
  const { server, channelId, open } = await startDiscord(offline);
  const leads = server.addRole('Leads');
  const heads = server.addRole('Heads');
  const discord = open({ operatorRoles: [leads], escalationRoles: [heads] });

  const posted = await deliver(discord, anOutgoingCard(decisionContent(), { mention: 'operators' }));
  await deliver(
    discord,
    anOutgoingCard(decisionContent(), { rev: 2, previous: posted, mention: 'operators' }),
  );
  const id = '018f3c2e-9f1b-7c3d-8e4f-00000000cccc';
  await deliver(discord, anOutgoingCard(decisionContent(), { id, mention: 'escalation' }));

  expect(server.history(channelId).map(({ notified }) => notified)).toEqual([[leads], [heads]]);
});

test('hostile words of others call nobody, make no links, and fit', async () => {
  const { server, channelId, open, lines } = await startDiscord(offline);
  const leads = server.addRole('Leads');
  const discord = open({ operatorRoles: [leads] });
  const hostile = `@everyone <@&${leads}> [win](https://evil.example) \`\`\` **x** ||y|| `;

  await deliver(
    discord,
    anOutgoingCard(
      decisionContent({
        title: hostile,
        question: hostile.repeat(3).slice(0, 300),
        context: hostile.repeat(30).slice(0, 1500),
        note: hostile,
        facts: Array.from({ length: 10 }, () => ({ label: hostile, value: hostile })),
      }),
    ),
  );

  const [message] = server.history(channelId);
  expect(message?.notified).toEqual([]);
  expect(notifiedBy(message ?? { content: '', components: [] }, undefined)).toEqual([leads]);
  expect(textOf(message ?? { content: '', components: [] })).not.toMatch(/(?<!\\)\[win(?<!\\)\]/);
  expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
});

test('a decision has a button for each option with one to recommend; what is final asks first', async () => {
  const { server, channelId, discord } = await startDiscord(offline);

  await deliver(discord, anOutgoingCard(decisionContent()));

  const [message] = server.history(channelId);
  if (message === undefined) throw new Error('no message');
  const text = textOf(message);
  expect(text).toContain('What should I do next?');
  expect(text).toMatch(/\(A · Different approach\)/);
  expect(buttonOf(message, 'A · Different approach')).toMatch(/^!?k1\.abcd1234\.decide\./);
});

test('refusals become failures that say what to mend', async () => {
  const { server, discord, open } = await startDiscord(offline);
  const card = anOutgoingCard(decisionContent());
  const post = /^POST \/channels\/\d+\/messages$/;

  server.faults.refuse(post, 1, 403, 50_013, 'Missing Permissions');
  await expect(deliver(discord, card)).rejects.toMatchObject({
    kind: 'configuration',
    code: 'discord.permission',
  });
  server.faults.refuse(post, 1, 502, 0, 'Bad Gateway');
  await expect(deliver(discord, card)).rejects.toMatchObject({
    kind: 'transient',
    code: 'discord.unavailable',
  });
  server.faults.refuse(post, 1, 400, 200_000, 'Message was blocked by automatic moderation');
  await expect(deliver(discord, card)).rejects.toMatchObject({ kind: 'business', code: 'discord.blocked' });
  await expect(deliver(open({ channelId: '123456789012345678' }), card)).rejects.toMatchObject({
    kind: 'configuration',
    code: 'discord.channel',
  });
  server.faults.outage(true);
  await expect(deliver(discord, card)).rejects.toMatchObject({
    kind: 'transient',
    code: 'discord.unreachable',
  });
  server.faults.outage(false);
  server.world.isTokenRevoked = true;
  await expect(deliver(discord, card)).rejects.toMatchObject({
    kind: 'configuration',
    code: 'discord.token',
  });
  server.world.isTokenRevoked = false;
  await expect(deliver(discord, card)).resolves.toMatchObject({ threadId: null });
});

test('a body that Discord calls invalid is sent in a plainer form', async () => {
  const { server, channelId, discord, lines } = await startDiscord(offline);
  server.faults.refuse(/^POST /, 2, 400, 50_035, 'Invalid Form Body');

  await deliver(discord, anOutgoingCard(aFullStatus({ chart: someScores })));

  const [message] = server.history(channelId);
  expect(message?.files).toEqual([]);
  expect(textOf(message ?? { content: '', components: [] })).toContain('titanic');
  expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(2);
});

test('a full list of pins loses our own oldest, and nobody else a pin', async () => {
  const { server, channelId, discord } = await startDiscord(offline);
  const old = await deliver(discord, anOutgoingCard(decisionContent(), { isPinned: true }));
  server.faults.refuse(/^PUT .*\/pins\//, 1, 400, 30_003, 'Maximum number of pins reached (250)');

  const id = '018f3c2e-9f1b-7c3d-8e4f-00000000dddd';
  const fresh = await deliver(discord, anOutgoingCard(decisionContent(), { id, isPinned: true }));

  expect(server.history(channelId)).toMatchObject([
    { id: old.messageId, isPinned: false },
    { id: fresh.messageId, isPinned: true },
  ]);
});

test('words from the ground are said at once and safely, to the operators where it is critical', async () => {
  const { server, channelId, open } = await startDiscord(offline);
  const leads = server.addRole('Leads');
  const alerts = server.addChannel('alerts');
  const discord = open({ operatorRoles: [leads], alertChannelId: alerts });

  await discord.chat.sayDirectly({ severity: 'critical', text: 'The database is gone. @everyone **help**' });
  await discord.chat.sayDirectly({ severity: 'warning', text: 'Slow.' });
  server.faults.outage(true);
  await discord.chat.sayDirectly({ severity: 'critical', text: 'unheard' });

  expect(server.history(channelId)).toMatchObject([{ notified: [leads] }]);
  expect(server.history(channelId)[0]?.content).toContain('\\*\\*help');
  expect(server.history(alerts)).toMatchObject([{ content: 'Slow.', notified: [] }]);
});

test('the check names bot, server and channels, or what is wrong and what to do', async () => {
  const { server, channelId, discord, open } = await startDiscord(offline);
  const alerts = server.addChannel('alerts');
  const check = (more: Parameters<typeof open>[0]) => open(more).check(AbortSignal.timeout(10_000));
  const error = (words: RegExp) => ({ status: 'error', message: expect.stringMatching(words) });

  await expect(discord.check(AbortSignal.timeout(10_000))).resolves.toEqual({
    status: 'ok',
    message: 'Testers, #kaggle, as @kaggle-agent',
    next: null,
  });
  await expect(check({ alertChannelId: alerts })).resolves.toMatchObject({
    message: 'Testers, #kaggle and #alerts, as @kaggle-agent',
  });
  await expect(check({ operatorRoles: ['123456'] })).resolves.toMatchObject({ status: 'warn' });
  await expect(check({ guildId: '123456' })).resolves.toMatchObject(error(/invite it at https:/));
  await expect(check({ channelId: '123456' })).resolves.toMatchObject(error(/DISCORD_CHANNEL_ID/));
  await expect(check({ token: { reveal: () => 'wrong' } })).resolves.toMatchObject(error(/DISCORD_TOKEN/));
  server.deny(channelId, permissionBits.createPublicThreads | permissionBits.pinMessages);
  await expect(check({})).resolves.toEqual({
    status: 'warn',
    message: 'Testers: the bot may not Create Public Threads, Pin Messages in #kaggle',
    next: 'A server admin can allow it in #kaggle under Edit Channel, Permissions.',
  });
});

test('without threads and pins the cards stand in the channel, and nothing is held back', async () => {
  const { server, channelId, discord } = await startDiscord(offline);
  server.deny(channelId, permissionBits.createPublicThreads | permissionBits.pinMessages);

  const parent = await deliver(discord, anOutgoingCard(aFullStatus(), { isPinned: true }));
  const id = '018f3c2e-9f1b-7c3d-8e4f-00000000eeee';
  await deliver(discord, anOutgoingCard(decisionContent(), { id, surface: 'thread', parent }));

  expect(parent.threadId).toBeNull();
  expect(server.history(channelId).map(({ isPinned }) => isPinned)).toEqual([false, false]);
});
