import { expect, test } from 'vitest';
import { drawChart } from '../../../src/bot/charts/draw-chart.ts';
import type { OutgoingCard, Posted } from '../../../src/domain/chat.ts';
import { aFullStatus, someScores } from '../../support/card-facts.ts';
import { eventually } from '../../support/eventually.ts';
import { decisionContent, elementOf, openSlack, outgoing, restarted, wordsOf } from './slack-kit.ts';

const soon = () => AbortSignal.timeout(25_000);

test('a status card is posted with its summary, its id and its buttons, and rewritten in place', async () => {
  const kit = await openSlack();

  const posted = await kit.slack.chat.deliver(outgoing({ isPinned: true }), soon());
  const again = await kit.slack.chat.deliver(
    outgoing({ rev: 2, content: aFullStatus({ round: 4 }), previous: posted, isPinned: true }),
    soon(),
  );

  expect(again).toMatchObject({ messageId: posted.messageId, threadId: posted.messageId });
  const messages = kit.workspace.messages({ channel: kit.home });
  expect(messages).toHaveLength(1);
  expect(messages[0]).toMatchObject({
    text: expect.stringContaining('titanic: training, round 4 of 6'),
    isPinned: true,
    metadata: { event_type: 'kaggle_card', event_payload: { card_id: outgoing().id, rev: 2 } },
  });
  expect(elementOf(messages[0]?.blocks ?? [], 'pause')).toMatch(/^k1\.pause\./);
  expect(kit.workspace.calls().filter(({ method }) => method === 'pins.add')).toHaveLength(1);
});

test('a chart is uploaded once, with words for who cannot see it', async () => {
  const kit = await openSlack();
  const content = aFullStatus({ chart: someScores });

  const posted = await kit.slack.chat.deliver(outgoing({ content }), soon());
  await kit.slack.chat.deliver(
    outgoing({ rev: 2, content: aFullStatus({ chart: someScores, round: 4 }), previous: posted }),
    soon(),
  );

  const uploads = () =>
    kit.workspace.calls().filter(({ method }) => method === 'files.completeUploadExternal');
  expect(uploads()).toHaveLength(1);
  const image = /"slack_file":\{"id":"(\w+)"\}/.exec(wordsOf(kit.seenBy('ken')[0]))?.[1] ?? '';
  expect(kit.workspace.file(image)?.file).toMatchObject({
    name: 'titanic-scores.png',
    altText: expect.stringContaining('titanic'),
  });
  expect(wordsOf(kit.seenBy('ken')[0])).toContain('"alt_text"');
});

test('the agent draws its charts itself', async () => {
  const kit = await openSlack({ app: { drawChart: (chart) => drawChart(chart) } });

  const posted = await kit.slack.chat.deliver(
    outgoing({ content: aFullStatus({ chart: someScores }) }),
    AbortSignal.timeout(25_000),
  );

  const file = Object.values(posted.memory).find((value) => /^F/.test(value)) ?? '';
  expect(kit.workspace.file(file)?.bytes.subarray(1, 4).toString()).toBe('PNG');
});

test('a chart that was uploaded before a restart is not uploaded again', async () => {
  const kit = await openSlack();
  const content = aFullStatus({ chart: someScores });
  const posted = await kit.slack.chat.deliver(outgoing({ content }), soon());

  const afterRestart = await restarted(kit);
  await afterRestart.chat.deliver(outgoing({ rev: 2, content, previous: posted }), soon());

  const uploads = kit.workspace.calls().filter(({ method }) => method === 'files.getUploadURLExternal');
  expect(uploads).toHaveLength(1);
});

test('a picture that Slack is still looking at is shown a moment later', async () => {
  const kit = await openSlack();
  kit.workspace.faults.slowFiles(1);

  await kit.slack.chat.deliver(outgoing({ content: aFullStatus({ chart: someScores }) }), soon());

  expect(wordsOf(kit.seenBy('ken')[0])).toContain('"slack_file"');
  expect(kit.workspace.messages({ channel: kit.home })).toHaveLength(1);
});

test('where files cannot be uploaded the words of a picture stand in its place', async () => {
  const kit = await openSlack();
  kit.workspace.faults.fail({ method: 'files.getUploadURLExternal', count: 10, status: 500 });

  await kit.slack.chat.deliver(outgoing({ content: aFullStatus({ chart: someScores }) }), soon());

  expect(wordsOf(kit.seenBy('ken')[0])).toContain('titanic');
  expect(wordsOf(kit.seenBy('ken')[0])).not.toContain('slack_file');
});

test('a workspace that refuses the form of a message gets its words and its buttons', async () => {
  const kit = await openSlack({ workspace: { unknownBlocks: ['header', 'image'] } });

  await kit.slack.chat.deliver(outgoing(), soon());

  const [message] = kit.workspace.messages({ channel: kit.home });
  expect(wordsOf(message)).toContain('0.79186');
  expect(elementOf(message?.blocks ?? [], 'pause')).toMatch(/^k1\.pause\./);
});

test('a decision mentions the operators once, and its buttons carry its own id', async () => {
  const kit = await openSlack({
    settings: ({ users }) => ({ operators: [users()[0]?.id ?? '', 'S0LEADS'] }),
  });
  const card = { content: decisionContent(), mention: 'operators' as const };

  const posted = await kit.slack.chat.deliver(outgoing(card), soon());
  expect(kit.seenBy('ken')[0]?.text).toContain(`<@${kit.idOf('mika')}> <!subteam^S0LEADS>`);
  await kit.slack.chat.deliver(outgoing({ ...card, rev: 2, previous: posted }), soon());

  const [message] = kit.seenBy('ken');
  expect(message?.text).not.toContain('<@');
  expect(wordsOf(message)).toContain('k1.abcd1234.decide.u');
});

test('replies stand in the thread of their parent, alerts in their own channel', async () => {
  const kit = await openSlack();
  const parent = await kit.slack.chat.deliver(outgoing(), soon());

  const reply = await kit.slack.chat.deliver(
    outgoing({ id: '0198c0de-0000-7000-8000-000000000009', surface: 'thread', parent }),
    soon(),
  );
  await kit.slack.chat.deliver(
    outgoing({ id: '0198c0de-0000-7000-8000-00000000000a', surface: 'alerts' }),
    soon(),
  );

  expect(reply.threadId).toBe(parent.messageId);
  expect(kit.workspace.messages({ channel: kit.home, threadTs: parent.messageId }).at(-1)?.ts).toBe(
    reply.messageId,
  );
  expect(kit.workspace.messages({ channel: kit.alerts })).toHaveLength(1);
});

test('a post whose answer was lost is found again and not posted twice', async () => {
  const kit = await openSlack();
  kit.workspace.faults.dropAfterEffect({ method: 'chat.postMessage', count: 1 });
  const card = outgoing();

  await expect(kit.slack.chat.deliver(card, soon())).rejects.toMatchObject({ kind: 'transient' });
  const posted = await kit.slack.chat.deliver({ ...card, rev: 2, mayBePosted: true }, soon());

  const messages = kit.workspace.messages({ channel: kit.home });
  expect(messages.map(({ ts }) => ts)).toEqual([posted.messageId]);
  expect(messages[0]?.metadata?.event_payload).toMatchObject({ rev: 2 });
});

test('a reply whose answer was lost is found in its thread', async () => {
  const kit = await openSlack();
  const parent = await kit.slack.chat.deliver(outgoing(), soon());
  kit.workspace.faults.dropAfterEffect({ method: 'chat.postMessage', count: 1 });
  const card = outgoing({ id: '0198c0de-0000-7000-8000-000000000009', surface: 'thread', parent });

  await expect(kit.slack.chat.deliver(card, soon())).rejects.toMatchObject({ kind: 'transient' });
  await kit.slack.chat.deliver({ ...card, mayBePosted: true }, soon());

  expect(
    kit.workspace.messages({ channel: kit.home, threadTs: parent.messageId }).filter(({ isBot }) => isBot),
  ).toHaveLength(parentCountedIn(kit, parent));
});

/** Whether the parent itself is among the messages of its thread depends on the client. */
function parentCountedIn(kit: Awaited<ReturnType<typeof openSlack>>, parent: Posted): number {
  const thread = kit.workspace.messages({ channel: kit.home, threadTs: parent.messageId });
  return thread.some(({ ts }) => ts === parent.messageId) ? 2 : 1;
}

test('a card that may have been posted and was not is posted', async () => {
  const kit = await openSlack();

  await kit.slack.chat.deliver(outgoing({ mayBePosted: true }), soon());

  expect(kit.workspace.messages({ channel: kit.home })).toHaveLength(1);
});

test('a message that somebody deleted is posted anew', async () => {
  const kit = await openSlack();
  const gone: Posted = {
    messageId: '1000.000001',
    threadId: '1000.000001',
    memory: { channel: kit.home, pinned: 'yes' },
  };

  const posted = await kit.slack.chat.deliver(outgoing({ previous: gone, isPinned: true }), soon());

  expect(posted.messageId).not.toBe(gone.messageId);
  expect(kit.workspace.message(kit.home, posted.messageId)?.isPinned).toBe(true);
});

test('each way in which Slack refuses has its kind', async () => {
  const kit = await openSlack();
  const refused = async (card: Partial<OutgoingCard> = {}) =>
    await kit.slack.chat.deliver(outgoing(card), soon()).then(
      () => null,
      (error: unknown) => error,
    );

  kit.workspace.faults.rateLimit({ method: 'chat.postMessage', count: 1, retryAfterSeconds: 7 });
  expect(await refused()).toMatchObject({
    kind: 'transient',
    code: 'slack.rate_limited',
    retryAfterMs: 7_000,
  });
  kit.workspace.faults.fail({ method: 'chat.postMessage', count: 1, status: 503 });
  expect(await refused()).toMatchObject({ kind: 'transient', code: 'slack.unavailable' });
  kit.workspace.faults.revokeTokens();
  expect(await refused()).toMatchObject({ kind: 'configuration', code: 'slack.token_refused' });
  kit.workspace.faults.restoreTokens();
  kit.workspace.faults.outage(true);
  expect(await refused()).toMatchObject({ kind: 'transient', code: 'slack.unreachable' });
  kit.workspace.faults.outage(false);
});

test('an edit that must wait does not hold up a decision', async () => {
  const kit = await openSlack();
  const posted = await kit.slack.chat.deliver(outgoing(), soon());
  kit.workspace.faults.rateLimit({ method: 'chat.update', count: 1, retryAfterSeconds: 30 });

  const edit = kit.slack.chat.deliver(outgoing({ rev: 2, previous: posted }), soon());
  await expect(edit).rejects.toMatchObject({ retryAfterMs: 30_000 });
  const startedMs = performance.now();
  await kit.slack.chat.deliver(
    outgoing({ id: '0198c0de-0000-7000-8000-00000000000b', content: decisionContent() }),
    soon(),
  );

  expect(performance.now() - startedMs).toBeLessThan(5_000);
});

test('a channel that is not there is a matter for whoever set it', async () => {
  const kit = await openSlack({ settings: { channel: 'C0NOWHERE', alertChannel: null }, isStarted: false });

  await expect(kit.slack.chat.deliver(outgoing(), soon())).rejects.toMatchObject({
    kind: 'configuration',
    code: 'slack.channel_not_found',
  });
});

test('hostile texts of a competition reach people as text', async () => {
  const kit = await openSlack();
  const evil = '<!channel> *x* <https://evil.example|win> @everyone `rm`';

  await kit.slack.chat.deliver(
    outgoing({
      content: decisionContent({
        question: evil,
        context: evil,
        note: evil,
        facts: [{ label: evil, value: evil }],
      }),
    }),
    soon(),
  );

  const words = wordsOf(kit.seenBy('ken')[0]);
  expect(words).not.toContain('<!channel>');
  expect(words).not.toContain('<https://evil');
  expect(words).not.toContain('@everyone');
});

test('something can be said without the database, and failing to say it is no failure', async () => {
  const kit = await openSlack({ settings: ({ users }) => ({ operators: [users()[0]?.id ?? ''] }) });

  await kit.slack.chat.sayDirectly({ severity: 'critical', text: 'The agent stopped <now>.' });
  kit.workspace.faults.outage(true);
  await kit.slack.chat.sayDirectly({ severity: 'critical', text: 'again' });
  kit.workspace.faults.outage(false);

  expect(kit.workspace.messages({ channel: kit.alerts }).map(({ text }) => text)).toEqual([
    `<@${kit.idOf('mika')}> The agent stopped &lt;now&gt;.`,
  ]);
  await eventually(() => expect(kit.warnings().join()).toContain('could not be told directly'));
});
