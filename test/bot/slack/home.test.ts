import { expect, test } from 'vitest';
import { aCard } from '../../../src/bot/card.ts';
import { eventually } from '../../support/eventually.ts';
import { aButton, elementOf, openSlack, say } from './slack-kit.ts';

test('the home tab shows the cards of its owner', async () => {
  const kit = await openSlack({
    door: {
      home: async ({ person }) => [
        aCard({ title: `Hello ${person.name}`, summary: 'x', actions: [aButton('start-form')] }),
        aCard({ title: 'Running', summary: 'x', actions: [aButton('status', 'titanic')] }),
      ],
    },
  });

  await kit.workspace.actions.openHome(kit.idOf('ken'));

  await eventually(() => expect(JSON.stringify(kit.workspace.home(kit.idOf('ken')))).toContain('Hello ken'));
  expect(JSON.stringify(kit.workspace.home(kit.idOf('ken')))).toContain('Running');
});

test('a press in the home tab is answered in a modal, and the tab is brought up to date', async () => {
  let presses = 0;
  const kit = await openSlack({
    door: {
      home: async () => [
        aCard({ title: `Home ${presses}`, summary: 'x', actions: [aButton('status', 'titanic')] }),
      ],
      async press() {
        presses += 1;
        return say(`titanic trains ${presses}`, { actions: [aButton('logs', 'titanic')] });
      },
    },
  });
  const ken = kit.idOf('ken');
  await kit.workspace.actions.openHome(ken);
  await eventually(() => expect(kit.workspace.home(ken)).not.toBeNull());

  await kit.workspace.actions.press(
    ken,
    { home: true },
    elementOf(kit.workspace.home(ken)?.blocks ?? [], 'status'),
  );

  const modal = () => kit.workspace.openViews(ken)[0];
  await eventually(() => expect(JSON.stringify(modal()?.view)).toContain('titanic trains 1'));
  await eventually(() => expect(JSON.stringify(kit.workspace.home(ken))).toContain('Home 1'));

  await kit.workspace.actions.press(
    ken,
    { viewId: modal()?.viewId ?? '' },
    elementOf(modal()?.view.blocks ?? [], 'logs'),
  );
  await eventually(() => expect(JSON.stringify(modal()?.view)).toContain('titanic trains 2'));
  expect(kit.workspace.openViews(ken)).toHaveLength(1);
});

test('an open home changes by itself, at most once a minute and only for a day', async () => {
  let passedMs = 0;
  let score = 1;
  const kit = await openSlack({
    door: { home: async () => [aCard({ title: `Score ${score}`, summary: 'x' })] },
    app: { homesEveryMs: 20, now: () => new Date(Date.now() + passedMs) },
  });
  const ken = kit.idOf('ken');
  const published = () => kit.workspace.calls().filter(({ method }) => method === 'views.publish').length;
  await kit.workspace.actions.openHome(ken);
  await eventually(() => expect(published()).toBe(1));

  score = 2;
  passedMs = 61_000;
  await eventually(() => expect(JSON.stringify(kit.workspace.home(ken))).toContain('Score 2'));
  expect(published()).toBe(2);

  score = 3;
  passedMs += 25 * 3_600_000;
  const asked = kit.brought.length;
  await kit.workspace.actions.slash(ken, kit.home, '/kaggle', 'help');
  await eventually(() => expect(kit.brought.length).toBeGreaterThan(asked));
  expect(JSON.stringify(kit.workspace.home(ken))).toContain('Score 2');
});

test('what is unchanged is not published again', async () => {
  const kit = await openSlack();
  const ken = kit.idOf('ken');
  await kit.workspace.actions.openHome(ken);
  await eventually(() => expect(kit.workspace.home(ken)).not.toBeNull());

  await kit.workspace.actions.openHome(ken);
  await eventually(() => expect(kit.brought.filter(({ name }) => name === 'home')).toHaveLength(2));

  expect(kit.workspace.calls().filter(({ method }) => method === 'views.publish')).toHaveLength(1);
});

test('a home with very many cards stays inside what Slack takes', async () => {
  const kit = await openSlack({
    door: {
      home: async () =>
        Array.from({ length: 60 }, (_, index) =>
          aCard({
            title: `Card ${index}`,
            summary: 'x',
            facts: [{ label: 'Score', value: 'x'.repeat(900) }],
            actions: [aButton('status', `c-${index}`)],
          }),
        ),
    },
  });

  await kit.workspace.actions.openHome(kit.idOf('ken'));

  await eventually(() => expect(kit.workspace.home(kit.idOf('ken'))?.blocks.length).toBeGreaterThan(40));
  expect(kit.warnings()).toEqual([]);
});
