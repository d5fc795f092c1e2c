import { expect, test, vi } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { openSlack } from './slack-kit.ts';

type Kit = Awaited<ReturnType<typeof openSlack>>;

async function personOf(kit: Kit, name: string) {
  await kit.workspace.actions.slash(kit.idOf(name), kit.home, '/kaggle', `status ${name}`);
  const found = () =>
    kit.brought.findLast(
      ({ name: brought, input }) => brought === 'command' && input.text === `status ${name}`,
    );
  await vi.waitFor(() => expect(found()).toBeDefined(), 5_000);
  return found()?.input.person;
}

test('without settings members operate, the admins of the workspace administer, and guests may nothing', async () => {
  const kit = await openSlack();

  expect(await personOf(kit, 'mika')).toMatchObject({ role: 'admin', name: 'mika', locale: 'en' });
  expect(await personOf(kit, 'ken')).toMatchObject({ role: 'operator', locale: 'ja' });
  expect(await personOf(kit, 'guest')).toMatchObject({ role: null });
});

test('listed operators and admins are the only ones; others may look', async () => {
  const kit = await openSlack({
    settings: (workspace) => {
      const { id } = workspace.addUser({ name: 'lead' });
      const group = workspace.addUserGroup('leads', [id]);
      return { operators: [group.id], admins: [workspace.users()[1]?.id ?? ''] };
    },
  });

  expect(await personOf(kit, 'lead')).toMatchObject({ role: 'operator' });
  expect(await personOf(kit, 'ken')).toMatchObject({ role: 'admin' });
  expect(await personOf(kit, 'mika')).toMatchObject({ role: 'viewer' });
});

test('a guest stays outside even where somebody listed them', async () => {
  const kit = await openSlack({ settings: ({ users }) => ({ admins: [users()[2]?.id ?? ''] }) });

  expect(await personOf(kit, 'guest')).toMatchObject({ role: null });
});

test('somebody of another workspace may nothing', async () => {
  const kit = await openSlack();

  await kit.workspace.deliverRaw(
    {
      command: '/kaggle',
      text: 'status stranger',
      user_id: kit.idOf('mika'),
      team_id: 'T0OTHER',
      channel_id: kit.home,
      channel_name: 'kaggle',
      trigger_id: 'x',
      api_app_id: 'A1',
    },
    'slash_commands',
  );

  await eventually(() =>
    expect(kit.brought.find(({ name }) => name === 'command')?.input).toMatchObject({
      person: { role: null, actor: { teamId: 'T0OTHER' } },
    }),
  );
});

test('a group that cannot be read gives nobody a role, and the command is answered all the same', async () => {
  const kit = await openSlack({
    settings: { operators: ['S0GONE'] },
    workspace: {
      scopes: ['commands', 'chat:write', 'chat:write.public', 'users:read', 'channels:read', 'channels:join'],
    },
  });

  expect(await personOf(kit, 'ken')).toMatchObject({ role: 'viewer' });
  expect(kit.warnings().join()).toContain('a user group of the configuration cannot be read');
});

test('without permission to read users only those who are listed by their own id have a role', async () => {
  const kit = await openSlack({
    settings: ({ users }) => ({ operators: [users()[1]?.id ?? ''] }),
    workspace: { scopes: ['commands', 'chat:write', 'chat:write.public', 'channels:read', 'channels:join'] },
  });

  expect(await personOf(kit, 'ken')).toMatchObject({ role: 'operator' });
  expect(await personOf(kit, 'mika')).toMatchObject({ role: null });
});

test('Slack is asked once for somebody who types much', async () => {
  const kit = await openSlack();
  await personOf(kit, 'ken');

  await Promise.all(
    Array.from({ length: 20 }, () =>
      kit.workspace.actions.slash(kit.idOf('ken'), kit.home, '/kaggle', 'list'),
    ),
  );
  await eventually(() => expect(kit.brought.filter(({ name }) => name === 'command')).toHaveLength(21));

  expect(kit.workspace.calls().filter(({ method }) => method === 'users.info')).toHaveLength(1);
});
