import { expect, test, vi } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { actionOf, elementOf, openSlack, outgoing, say, startForm, wordsOf } from './slack-kit.ts';

const answers = {
  'field.slug': {
    'k1.competition': {
      type: 'external_select',
      selected_option: { text: { type: 'plain_text', text: 'titanic' }, value: 'titanic' },
    },
  },
  'field.budget': { 'k1.value': { type: 'number_input', value: '7.5' } },
  'field.priority': {
    'k1.value': {
      type: 'radio_buttons',
      selected_option: { text: { type: 'plain_text', text: 'High' }, value: 'high' },
    },
  },
};
const opensStart = {
  suggest: async () => [{ label: 'titanic', value: 'titanic' }],
  formAtOnce: ({ text, action }: { text?: string; action?: string }) =>
    text === 'start' || action === actionOf('start-form') ? startForm : null,
};

/** Slack sends only options that were offered. */
async function choose(kit: Awaited<ReturnType<typeof openSlack>>, viewId: string, name = 'ken') {
  await kit.workspace.actions.suggest(kit.idOf(name), viewId, 'k1.competition', 'ti');
}

async function openStart(kit: Awaited<ReturnType<typeof openSlack>>, name = 'ken') {
  await kit.workspace.actions.slash(kit.idOf(name), kit.home, '/kaggle', 'start');
  await eventually(() => expect(kit.workspace.openViews(kit.idOf(name))).toHaveLength(1));
  const viewId = kit.workspace.openViews(kit.idOf(name))[0]?.viewId ?? '';
  await choose(kit, viewId, name);
  return viewId;
}

test('start without arguments opens a form in which competitions are found while typing', async () => {
  const kit = await openSlack({
    door: {
      ...opensStart,
      suggest: async ({ typed }) => [
        { label: `titanic · ends 12 Dec · ${typed} ${'x'.repeat(90)}`, value: 'titanic' },
        { label: 'too long', value: 'x'.repeat(76) },
      ],
    },
  });
  const viewId = await openStart(kit);

  const found = await kit.workspace.actions.suggest(kit.idOf('ken'), viewId, 'k1.competition', 'tita');

  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ value: 'titanic' });
  expect(found[0]?.text.length).toBeLessThanOrEqual(75);
  expect(kit.workspace.openViews(kit.idOf('ken'))[0]?.view).toMatchObject({
    title: { text: 'Start a competition' },
    submit: { text: 'Start' },
    close: { text: 'キャンセル' },
  });
});

test('a filled-in form is brought to the door with its answers, and its reply is given in the channel', async () => {
  const kit = await openSlack({
    door: { ...opensStart, submit: async () => say('Started titanic', {}, 'public') },
  });
  const viewId = await openStart(kit);

  const ack = await kit.workspace.actions.submit(kit.idOf('ken'), viewId, answers);

  expect(ack).toMatchObject({ isAcknowledged: true });
  expect(kit.workspace.openViews(kit.idOf('ken'))).toEqual([]);
  await eventually(() => expect(wordsOf(kit.seenBy('mika').at(-1))).toContain('Started titanic'));
  expect(kit.brought.find(({ name }) => name === 'submit')?.input).toMatchObject({
    action: startForm.action,
    answers: { slug: 'titanic', budget: '7.5', priority: 'high' },
    where: { channel: kit.home },
  });
});

test('what is wrong stands at its field, and the form stays open', async () => {
  const kit = await openSlack({
    door: {
      ...opensStart,
      submit: async () => ({ kind: 'errors', fields: { budget: 'Too much.', gone: 'And this.' } }),
    },
  });
  const viewId = await openStart(kit);

  await kit.workspace.actions.submit(kit.idOf('ken'), viewId, answers);

  expect(kit.workspace.openViews(kit.idOf('ken'))[0]?.errors).toEqual({
    'field.budget': 'Too much.',
    'field.slug': 'And this.',
  });
});

test('a form whose answer takes long says so at once and shows the answer when it is there', async () => {
  const slow = Promise.withResolvers<void>();
  const kit = await openSlack({
    door: {
      ...opensStart,
      async submit() {
        await slow.promise;
        return say('Started titanic');
      },
    },
  });
  const viewId = await openStart(kit);

  const ack = await kit.workspace.actions.submit(kit.idOf('ken'), viewId, answers);
  expect(ack.isAcknowledged).toBe(true);
  expect(ack.elapsedMs).toBeLessThan(3_000);
  slow.resolve();

  await eventually(() =>
    expect(JSON.stringify(kit.workspace.openViews(kit.idOf('ken'))[0]?.view.blocks)).toContain(
      'Started titanic',
    ),
  );
});

test('late errors come back with the form as it was filled in', async () => {
  const slow = Promise.withResolvers<void>();
  const kit = await openSlack({
    door: {
      ...opensStart,
      async submit() {
        await slow.promise;
        return { kind: 'errors', fields: { budget: 'Too much.' } };
      },
    },
  });
  const viewId = await openStart(kit);

  await kit.workspace.actions.submit(kit.idOf('ken'), viewId, answers);
  slow.resolve();

  const blocks = () => JSON.stringify(kit.workspace.openViews(kit.idOf('ken'))[0]?.view.blocks);
  await eventually(() => expect(blocks()).toContain('Too much.'));
  expect(blocks()).toContain('7.5');
});

test('where nobody knows yet who is asking, the form opens empty and is filled in when it is known', async () => {
  const kit = await openSlack({ door: opensStart });
  kit.workspace.faults.rateLimit({ method: 'users.info', count: 1, retryAfterSeconds: 2 });

  await kit.workspace.actions.slash(kit.idOf('ken'), kit.home, '/kaggle', 'start');

  const blocks = () => JSON.stringify(kit.workspace.openViews(kit.idOf('ken'))[0]?.view.blocks ?? []);
  await vi.waitFor(() => expect(blocks()).toContain('One moment'), 3_000);
  await vi.waitFor(() => expect(blocks()).toContain('field.slug'), 5_000);
});

test('a form that comes too late for its trigger is offered by a button', async () => {
  const kit = await openSlack({
    door: {
      formAtOnce: ({ action }) => (action === actionOf('start-form') ? startForm : null),
      async command() {
        await new Promise((resolve) => setTimeout(resolve, 2_700));
        return { kind: 'form', form: startForm };
      },
    },
  });
  await kit.workspace.actions.slash(kit.idOf('mika'), kit.home, '/kaggle', 'start please');
  await vi.waitFor(
    () => expect(wordsOf(kit.seenBy('mika').at(-1))).toContain('could not be opened in time'),
    6_000,
  );
  const message = kit.seenBy('mika').at(-1);

  await kit.workspace.actions.press(
    kit.idOf('mika'),
    { channel: kit.home, ts: message?.ts ?? '' },
    elementOf(message?.blocks ?? [], 'start-form'),
  );

  await eventually(() => expect(kit.workspace.openViews(kit.idOf('mika'))).toHaveLength(1));
});

test('the global shortcut opens the start form, and its answer stays in the modal', async () => {
  const kit = await openSlack({ door: { ...opensStart, submit: async () => say('Not possible: rules') } });

  await kit.workspace.actions.shortcut(kit.idOf('ken'), 'start_competition');
  await eventually(() => expect(kit.workspace.openViews(kit.idOf('ken'))).toHaveLength(1));
  const viewId = kit.workspace.openViews(kit.idOf('ken'))[0]?.viewId ?? '';
  await choose(kit, viewId);
  await kit.workspace.actions.submit(kit.idOf('ken'), viewId, answers);

  expect(JSON.stringify(kit.workspace.openViews(kit.idOf('ken'))[0]?.view.blocks)).toContain(
    'Not possible: rules',
  );
});

test('a form in a thread by mention is offered by a button, since a mention opens no modal', async () => {
  const kit = await openSlack({ door: { command: async () => ({ kind: 'form', form: startForm }) } });
  const parent = await kit.slack.chat.deliver(outgoing(), AbortSignal.timeout(10_000));

  await kit.workspace.actions.say(
    kit.idOf('ken'),
    kit.home,
    `<@${kit.workspace.botUserId}> start`,
    parent.messageId,
  );

  await eventually(() =>
    expect(
      wordsOf(
        kit.workspace
          .messages({ channel: kit.home, threadTs: parent.messageId, asUser: kit.idOf('ken') })
          .at(-1),
      ),
    ).toContain('Start a competition'),
  );
});

test('a form whose hidden data is not ours does nothing', async () => {
  const kit = await openSlack({ door: opensStart });

  const ack = await kit.workspace.deliverRaw(
    {
      type: 'view_submission',
      user: { id: kit.idOf('ken'), name: 'ken', team_id: kit.workspace.teamId },
      team: { id: kit.workspace.teamId, domain: 'k' },
      api_app_id: 'A1',
      trigger_id: 'x',
      view: {
        id: 'V9',
        type: 'modal',
        callback_id: 'k1.form',
        private_metadata: '{"action":7}',
        blocks: [],
        state: { values: answers },
      },
    },
    'interactive',
  );

  expect(JSON.stringify(ack.payload)).toContain('before an update');
  expect(kit.brought.filter(({ name }) => name === 'submit')).toEqual([]);
});
