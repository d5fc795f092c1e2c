import { expect, test, vi } from 'vitest';
import { verbs } from '../../../src/bot/commands.ts';
import { createDoor } from '../../../src/bot/create-door.ts';
import type { SlackSettings } from '../../../src/bot/slack/create-slack-chat.ts';
import { locales } from '../../../src/domain/preferences.ts';
import { eventually } from '../../support/eventually.ts';
import { aDecision, anOverview, flowsOver } from '../../support/overviews.ts';
import { somePreferences } from '../../support/preferences.ts';
import { silentLog } from '../../support/silent-log.ts';
import { everyContent } from '../cards/samples.ts';
import { elementOf, installation, openSlack, outgoing, type SlackKit, wordsOf } from './slack-kit.ts';

/** The real app with the real door; what lies behind the door is as the test says. */
async function openWithDoor(who: Partial<SlackSettings> = {}): Promise<SlackKit> {
  const flows = flowsOver([
    anOverview({ decisions: [aDecision()] }),
    anOverview({ slug: 'wine', state: 'paused', resumeState: 'training' }),
  ]);
  const door = createDoor({
    flowsFor: () => flows,
    installation,
    preferences: somePreferences,
    log: silentLog,
    now: () => new Date(),
  });
  await door.refresh();
  return await openSlack({ door, settings: who });
}

test('every command is acknowledged and answered in both languages, in a form that a strict Slack takes', async () => {
  const kit = await openWithDoor();

  for (const name of ['mika', 'ken']) {
    for (const verb of verbs) {
      for (const text of [verb, `${verb} titanic`, `${verb} titanic public`]) {
        const before = kit.seenBy(name).length + kit.workspace.openViews(kit.idOf(name)).length;
        const ack = await kit.workspace.actions.slash(kit.idOf(name), kit.home, '/kaggle', text);
        expect(ack, text).toMatchObject({ isAcknowledged: true });
        await vi.waitFor(
          () =>
            expect(
              kit.seenBy(name).length + kit.workspace.openViews(kit.idOf(name)).length,
              `${name}: ${text}`,
            ).toBeGreaterThan(before),
          5_000,
        );
        for (const { viewId } of kit.workspace.openViews(kit.idOf(name))) {
          await kit.workspace.actions.closeView(kit.idOf(name), viewId);
        }
      }
    }
  }

  expect(kit.workspace.troubles()).toEqual([]);
  expect(kit.workspace.violations()).toEqual([]);
  expect(kit.warnings()).toEqual([]);
}, 120_000);

test('start opens the form with a searchable list, and sending it starts the competition', async () => {
  const kit = await openWithDoor();
  const ken = kit.idOf('ken');

  await kit.workspace.actions.slash(ken, kit.home, '/kaggle', 'start');
  await eventually(() => expect(kit.workspace.openViews(ken)).toHaveLength(1));
  const view = kit.workspace.openViews(ken)[0];
  const found = await kit.workspace.actions.suggest(ken, view?.viewId ?? '', 'k1.competition', 'tit');

  expect(found.map(({ value }) => value)).toContain('titanic');
  const block = JSON.stringify(view?.view.blocks).match(/"block_id":"(field\.[^"]+)"/)?.[1] ?? '';
  const ack = await kit.workspace.actions.submit(ken, view?.viewId ?? '', {
    [block]: {
      'k1.competition': {
        type: 'external_select',
        selected_option: { text: { type: 'plain_text', text: found[0]?.text ?? '' }, value: 'titanic' },
      },
    },
  });
  expect(ack).toMatchObject({ isAcknowledged: true });
  await eventually(() =>
    expect(wordsOf(kit.workspace.messages({ channel: kit.home }).at(-1))).toContain('titanic'),
  );
});

test('stopping asks privately first, and the answer of yes replaces the question', async () => {
  const kit = await openWithDoor();
  const ken = kit.idOf('ken');
  await kit.workspace.actions.slash(ken, kit.home, '/kaggle', 'stop titanic');
  await eventually(() => expect(kit.seenBy('ken')).toHaveLength(1));
  const question = kit.seenBy('ken')[0];
  expect(kit.seenBy('mika')).toEqual([]);

  await kit.workspace.actions.press(
    ken,
    { channel: kit.home, ts: question?.ts ?? '' },
    elementOf(question?.blocks ?? [], 'stop-now'),
  );

  await eventually(() => expect(wordsOf(kit.seenBy('ken').at(-1))).toContain('titanic を終了しました'));
  expect(kit.seenBy('ken')).toHaveLength(1);
  // Everybody else reads it on the competition's own card.
  expect(kit.seenBy('mika')).toEqual([]);
});

test('an answer to a private question takes its place', async () => {
  const kit = await openWithDoor();
  const mika = kit.idOf('mika');
  await kit.workspace.actions.slash(mika, kit.home, '/kaggle', 'decide');
  await eventually(() => expect(kit.seenBy('mika')).toHaveLength(1));
  const question = kit.seenBy('mika')[0];

  await kit.workspace.actions.press(
    mika,
    { channel: kit.home, ts: question?.ts ?? '' },
    elementOf(question?.blocks ?? [], 'decide'),
  );

  await eventually(() => expect(kit.seenBy('mika').map(wordsOf).join()).toContain('Recorded'));
  expect(kit.seenBy('mika')).toHaveLength(1);
});

test('what is done in another channel is told to everybody there', async () => {
  const kit = await openWithDoor();

  await kit.workspace.actions.slash(kit.idOf('ken'), kit.alerts, '/kaggle', 'pause titanic');

  await eventually(() => {
    const seen = kit.workspace.messages({ channel: kit.alerts, asUser: kit.idOf('mika') });
    expect(seen.map(wordsOf).join()).toContain('titanic paused');
  });
});

test('a refusal mentions who can, for the one who was refused alone', async () => {
  const kit = await openWithDoor({ operators: ['U0MIKA', 'S0LEADS'], admins: ['U0ADMIN'] });

  await kit.workspace.actions.slash(kit.idOf('mika'), kit.home, '/kaggle', 'pause titanic');
  await kit.workspace.actions.slash(kit.idOf('mika'), kit.home, '/kaggle', 'budget gpu-day 5');

  await eventually(() => expect(kit.seenBy('mika')).toHaveLength(2));
  const words = kit.seenBy('mika').map(wordsOf).join();
  expect(words).toContain('Who can: <@U0MIKA> <!subteam^S0LEADS>');
  expect(words).toContain('Who can: <@U0ADMIN>');
  expect(kit.seenBy('ken')).toEqual([]);
});

test('somebody from outside is refused and told so', async () => {
  const kit = await openWithDoor();

  await kit.workspace.actions.slash(kit.idOf('guest'), kit.home, '/kaggle', 'pause titanic');

  await eventually(() => expect(kit.seenBy('guest')).toHaveLength(1));
  expect(kit.seenBy('ken')).toEqual([]);
});

test('the home tab is filled by the real door', async () => {
  const kit = await openWithDoor();

  await kit.workspace.actions.openHome(kit.idOf('ken'));

  await eventually(() => expect(JSON.stringify(kit.workspace.home(kit.idOf('ken')))).toContain('titanic'));
  expect(kit.warnings()).toEqual([]);
});

test('every card in every state and language is taken by a strict Slack as it was meant', async () => {
  const kit = await openSlack();
  let made = 0;

  for (const language of locales) {
    for (const [name, content] of everyContent()) {
      made += 1;
      const id = `0198c0de-0000-7000-8000-${String(made).padStart(12, '0')}`;
      const card = outgoing({ id, content, preferences: { ...somePreferences, language } });
      const posted = await kit.slack.chat.deliver(card, AbortSignal.timeout(10_000));
      const message = kit.workspace.message(kit.home, posted.messageId);
      expect(message?.text.length, `${name} ${language}`).toBeLessThanOrEqual(200);
    }
  }

  expect(made).toBeGreaterThan(40);
  expect(kit.warnings()).toEqual([]);
}, 120_000);
