import type { App, BlockAction, ViewClosedAction, ViewResponseAction, ViewSubmitAction } from '@slack/bolt';
import type { ModalView } from '@slack/types';
import { expect, test } from 'vitest';
import type { SlackWorkspace } from '../../../src/embedded/slack/contract.ts';
import { eventually } from '../../support/eventually.ts';
import { aBoltApp, aClient, aWorkspace, channelId, userId } from './support.ts';

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const slugInput = {
  type: 'input' as const,
  block_id: 'slug',
  label: plain('Competition'),
  element: { type: 'external_select' as const, action_id: 'pick', min_query_length: 1 },
};
const noteInput = {
  type: 'input' as const,
  block_id: 'note',
  optional: true,
  label: plain('Note'),
  element: { type: 'plain_text_input' as const, action_id: 'text', max_length: 10, initial_value: 'hi' },
};
const modal = (more: Partial<ModalView> = {}): ModalView => ({
  type: 'modal',
  callback_id: 'start',
  title: plain('Start'),
  submit: plain('Go'),
  blocks: [slugInput, noteInput],
  ...more,
});
const option = (value: string) => ({ text: plain(value), value });

/** A workspace whose app opens the form at `/kaggle start`. */
async function withForm(prepare: (app: App) => void = () => undefined, view = modal()) {
  const workspace = await aWorkspace();
  await aBoltApp(workspace, (app) => {
    app.command('/kaggle', async ({ ack, command, client }) => {
      await ack();
      await client.views.open({ trigger_id: command.trigger_id, view });
    });
    app.options('pick', async ({ ack, payload }) => ack({ options: [option(`${payload.value}-titanic`)] }));
    prepare(app);
  });
  const mika = userId(workspace);
  await workspace.actions.slash(mika, channelId(workspace), '/kaggle', 'start');
  await eventually(() => expect(workspace.openViews(mika)).toHaveLength(1));
  return { workspace, mika, viewId: topView(workspace, mika) };
}

function topView(workspace: SlackWorkspace, user: string): string {
  return workspace.openViews(user).at(-1)?.viewId ?? '';
}

test('a form is opened, suggests, is submitted with its state and closes', async () => {
  const submitted: unknown[] = [];
  const { workspace, mika, viewId } = await withForm((app) => {
    app.view('start', async ({ ack, view, body }) => {
      await ack();
      submitted.push(view.state.values, body.user.id);
    });
  });

  const suggested = await workspace.actions.suggest(mika, viewId, 'pick', 'ki');
  await workspace.actions.submit(mika, viewId, {
    slug: { pick: { selected_option: { value: 'ki-titanic' } } },
  });

  expect(suggested).toEqual([{ text: 'ki-titanic', value: 'ki-titanic' }]);
  expect(submitted).toMatchObject([
    {
      slug: {
        pick: {
          type: 'external_select',
          selected_option: { value: 'ki-titanic', text: plain('ki-titanic') },
        },
      },
      note: { text: { type: 'plain_text_input', value: 'hi' } },
    },
    mika,
  ]);
  expect(workspace.openViews(mika)).toEqual([]);
});

test("a form that Slack's client would hold back never reaches the app", async () => {
  const submitted: unknown[] = [];
  const { workspace, mika, viewId } = await withForm((app) => {
    app.view('start', async ({ ack }) => {
      submitted.push(1);
      await ack();
    });
  });

  await workspace.actions.submit(mika, viewId, { note: { text: 'far too long a note' } });

  expect(workspace.openViews(mika)[0]?.errors).toEqual({
    slug: 'Please complete this required field.',
    note: 'Please enter no more than 10 characters.',
  });
  await expect(
    workspace.actions.submit(mika, viewId, { slug: { pick: 'never-suggested' } }),
  ).rejects.toThrow();
  await expect(workspace.actions.submit(mika, viewId, { other: { pick: 'x' } })).rejects.toThrow();
  expect(submitted).toEqual([]);
});

test('the acknowledgement of a form shows errors, another view, one more, or closes all', async () => {
  const answers: ViewResponseAction[] = [
    { response_action: 'errors', errors: { slug: 'Rules are not accepted' } },
    { response_action: 'push', view: modal({ title: plain('Really?'), blocks: [] }) },
    { response_action: 'update', view: modal({ title: plain('Sure?'), blocks: [] }) },
    { response_action: 'clear' },
  ];
  const { workspace, mika, viewId } = await withForm((app) =>
    app.view<ViewSubmitAction>('start', async ({ ack }) => {
      const answer = answers.shift();
      if (answer !== undefined) await ack(answer);
    }),
  );
  await workspace.actions.suggest(mika, viewId, 'pick', 'k');
  const values = { slug: { pick: 'k-titanic' } };
  const titles = () => workspace.openViews(mika).map(({ view }) => view.title.text);

  await workspace.actions.submit(mika, viewId, values);
  expect(workspace.openViews(mika)[0]?.errors).toEqual({ slug: 'Rules are not accepted' });
  await workspace.actions.submit(mika, viewId, values);
  expect(titles()).toEqual(['Start', 'Really?']);
  await workspace.actions.submit(mika, topView(workspace, mika), {});
  expect(titles()).toEqual(['Start', 'Sure?']);
  await workspace.actions.submit(mika, topView(workspace, mika), {});
  expect(titles()).toEqual([]);
});

test('an answer that names a field that is not there is trouble', async () => {
  const { workspace, mika, viewId } = await withForm((app) =>
    app.view('start', async ({ ack }) => ack({ response_action: 'errors', errors: { nowhere: 'x' } })),
  );
  await workspace.actions.suggest(mika, viewId, 'pick', 'k');

  await workspace.actions.submit(mika, viewId, { slug: { pick: 'k-titanic' } });

  expect(workspace.troubles()).toMatchObject([{ what: 'invalid_response' }]);
});

test('what was entered stays when the view is updated, and an old hash is refused', async () => {
  const pressed: unknown[] = [];
  const view = modal({
    blocks: [
      {
        type: 'actions',
        block_id: 'choose',
        elements: [{ type: 'static_select', action_id: 'mode', options: [option('a'), option('b')] }],
      },
    ],
  });
  const { workspace, mika, viewId } = await withForm((app) => {
    app.action<BlockAction>('mode', async ({ ack, body }) => {
      await ack();
      pressed.push(body.view?.state.values);
    });
  }, view);
  const client = aClient(workspace);
  const hash = workspace.openViews(mika)[0]?.hash ?? '';

  await workspace.actions.press(mika, { viewId }, 'mode', { value: 'b' });
  const { view: updated } = await client.views.update({
    view_id: viewId,
    hash,
    view: { ...view, title: plain('Again') },
  });

  expect(pressed).toMatchObject([{ choose: { mode: { selected_option: { value: 'b' } } } }]);
  expect(updated?.state).toMatchObject({ values: { choose: { mode: { selected_option: { value: 'b' } } } } });
  await expect(client.views.update({ view_id: viewId, hash, view })).rejects.toThrow('hash_conflict');
  await expect(workspace.actions.press(mika, { viewId }, 'mode', { value: 'c' })).rejects.toThrow();
});

test('a trigger opens one view within three seconds', async () => {
  let nowMs = Date.now();
  const workspace = await aWorkspace({ now: () => new Date(nowMs) });
  const triggers: string[] = [];
  await aBoltApp(workspace, (app) => {
    app.shortcut('start_competition', async ({ ack, shortcut }) => {
      await ack();
      triggers.push(shortcut.trigger_id);
    });
  });
  const client = aClient(workspace);
  const mika = userId(workspace);
  await workspace.actions.shortcut(mika, 'start_competition');
  await workspace.actions.shortcut(mika, 'start_competition');
  const [first = '', second = ''] = triggers;

  await client.views.open({ trigger_id: first, view: modal({ external_id: 'one' }) });
  await expect(client.views.open({ trigger_id: first, view: modal() })).rejects.toThrow(
    'exchanged_trigger_id',
  );
  nowMs += 3001;
  await expect(client.views.open({ trigger_id: second, view: modal() })).rejects.toThrow(
    'expired_trigger_id',
  );
});

test('views stack up to three, and an external id is taken once', async () => {
  const { workspace, mika } = await withForm((app) =>
    app.shortcut('more', async ({ ack, shortcut, client }) => {
      await ack();
      await client.views.push({
        trigger_id: shortcut.trigger_id,
        view: modal({ external_id: shortcut.action_ts }),
      });
    }),
  );
  for (const expected of [2, 3]) {
    await workspace.actions.shortcut(mika, 'more');
    await eventually(() => expect(workspace.openViews(mika)).toHaveLength(expected));
  }
  await workspace.actions.shortcut(mika, 'more');
  await eventually(() => expect(workspace.calls().at(-1)).toMatchObject({ error: 'push_limit_reached' }));

  const [, second, third] = workspace.openViews(mika);
  const taken = {
    view_id: second?.viewId ?? '',
    view: modal({ external_id: third?.view.external_id ?? '' }),
  };
  await expect(aClient(workspace).views.update(taken)).rejects.toThrow('duplicate_external_id');
});

test('closing a view is told where the app asked for it', async () => {
  const closed: unknown[] = [];
  const { workspace, mika, viewId } = await withForm(
    (app) =>
      app.view<ViewClosedAction>({ callback_id: 'start', type: 'view_closed' }, async ({ ack, body }) => {
        await ack();
        closed.push(body.is_cleared);
      }),
    modal({ notify_on_close: true }),
  );

  await workspace.actions.closeView(mika, viewId);

  expect(closed).toEqual([false]);
  expect(workspace.openViews(mika)).toEqual([]);
});

test('the home is published for one person, guarded by its hash, and can be pressed', async () => {
  const workspace = await aWorkspace();
  const presses: unknown[] = [];
  const button = { type: 'button' as const, action_id: 'k1.new', text: plain('Start'), value: 'x' };
  await aBoltApp(workspace, (app) => {
    app.event('app_home_opened', async ({ event, client }) => {
      await client.views.publish({
        user_id: event.user,
        view: { type: 'home', blocks: [{ type: 'actions', elements: [button] }] },
      });
    });
    app.action('k1.new', async ({ ack, body }) => {
      await ack();
      presses.push('container' in body ? body.container : null);
    });
  });
  const mika = userId(workspace);

  await workspace.actions.openHome(mika);
  await eventually(() => expect(workspace.home(mika)?.blocks).toHaveLength(1));
  await workspace.actions.press(mika, { home: true }, 'k1.new');

  expect(presses).toMatchObject([{ type: 'view' }]);
  expect(workspace.home(userId(workspace, 'noor'))).toBeNull();
  const old = { user_id: mika, hash: 'old', view: { type: 'home' as const, blocks: [] } };
  await expect(aClient(workspace).views.publish(old)).rejects.toThrow('hash_conflict');
});
