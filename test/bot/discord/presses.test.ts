import { expect, test } from 'vitest';
import type { CardAction } from '../../../src/bot/card.ts';
import type { Form } from '../../../src/bot/form.ts';
import { anOutgoingCard } from '../../support/card-facts.ts';
import { allComponents } from '../../support/discord/component-rules.ts';
import { buttonOf, textOf } from '../../support/discord/user-actions.ts';
import { eventually } from '../../support/eventually.ts';
import { action, decisionContent, deliver, privately, publicly, type Started, startDiscord } from './kit.ts';

const stop = action('stop', 'titanic');
const stopNow = action('stop-now', 'titanic');

const stopButton: CardAction = {
  kind: 'button',
  action: stopNow,
  label: 'Stop',
  style: 'danger',
  confirm: {
    title: 'Stop titanic?',
    text: 'Lost: the running experiment.',
    yes: 'Stop it',
    no: 'Keep running',
  },
  hint: null,
};

const form: Form = {
  action: action('start-form'),
  title: 'Start a competition',
  submit: 'Start',
  intro: ['I check the rules first.'],
  fields: [
    {
      kind: 'competition',
      id: 'competition',
      label: 'Competition',
      hint: 'Slug',
      initial: null,
      isOptional: false,
    },
    {
      kind: 'number',
      id: 'budget',
      label: 'Budget (USD)',
      hint: null,
      initial: '5',
      isOptional: true,
      min: 0,
      max: 100,
      isWhole: false,
    },
    {
      kind: 'choice',
      id: 'speed',
      label: 'Speed',
      hint: null,
      initial: 'slow',
      isOptional: false,
      options: [
        { value: 'slow', label: 'Slow', description: 'cheap' },
        { value: 'fast', label: 'Fast', description: null },
      ],
    },
  ],
};

async function withMika(options: Parameters<typeof startDiscord>[0] = {}) {
  const started = await startDiscord(options);
  await eventually(() => expect(started.server.world.commands).toHaveLength(1));
  return { ...started, mika: started.server.addUser({ name: 'mika' }) };
}

/** The one message that a person sees in answer. */
async function answered(asked: ReturnType<Started['server']['actions']['slash']>) {
  await eventually(() => {
    expect(asked.messages().filter(({ isLoading }) => !isLoading)).toHaveLength(1);
  });
  const [message] = asked.messages();
  if (message === undefined) throw new Error('no answer');
  return message;
}

/** The one message in the channel, once what stood in its place before is gone. */
async function shown(server: Started['server'], channelId: string) {
  await eventually(() => {
    expect(server.history(channelId)).toHaveLength(1);
    expect(server.world.messages.size).toBe(1);
  });
  const [message] = server.history(channelId);
  if (message === undefined) throw new Error('nothing there');
  return message;
}

test('a button that asks first does nothing until the red one is pressed', async () => {
  const { server, channelId, mika, says, heard } = await withMika();
  says.command = () => publicly('Started', { actions: [stopButton] });
  says.press = () => publicly('Stopped by mika');
  server.actions.slash(mika, channelId, 'status');
  const card = await shown(server, channelId);

  const asking = server.actions.press(mika, card.id, buttonOf(card, 'Stop'));
  const question = await answered(asking);
  expect(textOf(question)).toContain('Stop titanic?');
  expect(textOf(question)).toContain('Lost: the running experiment.');
  expect(question.ephemeralFor).toBe(mika.id);
  expect(heard.filter(({ kind }) => kind === 'press')).toEqual([]);

  const pressed = server.actions.press(mika, question.id, buttonOf(question, 'Stop it'));

  await eventually(() => expect(pressed.messages().map(textOf)).toEqual(['### Stopped by mika']));
  await eventually(() => expect(server.world.messages.has(question.id)).toBe(false));
  expect(heard.filter(({ kind }) => kind === 'press')).toMatchObject([{ action: stopNow }]);
});

test('a no takes the question away and changes nothing', async () => {
  const { server, channelId, mika, says, heard } = await withMika();
  says.command = () => privately('Started', { actions: [stopButton] });
  const card = await answered(server.actions.slash(mika, channelId, 'status'));
  const question = await answered(server.actions.press(mika, card.id, buttonOf(card, 'Stop')));

  server.actions.press(mika, question.id, buttonOf(question, 'Keep running'));

  await eventually(() => expect(server.world.messages.has(question.id)).toBe(false));
  expect(heard.filter(({ kind }) => kind === 'press')).toEqual([]);
});

test('after a restart a button still asks before it does something, in words that it has on itself', async () => {
  const { server, channelId, mika, says, open, discord } = await withMika();
  says.command = () => publicly('Started', { actions: [stopButton] });
  server.actions.slash(mika, channelId, 'status');
  const card = await shown(server, channelId);
  await discord.stop();
  await open().start();

  const question = await answered(server.actions.press(mika, card.id, buttonOf(card, 'Stop')));

  expect(textOf(question)).toContain('Are you sure?');
  expect(buttonOf(question, 'Stop')).toBe(stopNow);
});

test('a private card is rewritten by what its buttons lead to, and goes where nothing is to be said', async () => {
  const { server, channelId, mika, says } = await withMika();
  const next: CardAction = {
    kind: 'button',
    action: action('list', 'all', '2'),
    label: 'More',
    style: 'plain',
    confirm: null,
    hint: null,
  };
  says.command = () => privately('Page 1', { actions: [next] });
  says.press = () => privately('Page 2', { actions: [next] });
  const page = await answered(server.actions.slash(mika, channelId, 'list'));

  const pressed = server.actions.press(mika, page.id, buttonOf(page, 'More'));
  await eventually(() => expect(textOf(page)).toContain('Page 2'));
  expect(pressed.messages()).toEqual([]);

  says.press = () => ({ kind: 'silence' });
  server.actions.press(mika, page.id, buttonOf(page, 'More'));
  await eventually(() => expect(server.world.messages.has(page.id)).toBe(false));
});

test('a menu entry is a press of its action', async () => {
  const { server, channelId, mika, says, heard } = await withMika();
  const entries = Array.from({ length: 30 }, (_, index) => ({
    action: action('status', `slug-${index}`),
    label: `slug-${index}`,
  }));
  says.command = () =>
    publicly('Many', { actions: [{ kind: 'menu', placeholder: 'Choose one', options: entries }] });
  server.actions.slash(mika, channelId, 'list');
  const card = await shown(server, channelId);
  const select = allComponents(card.components).find(({ type }) => type === 3);
  expect(select?.options).toHaveLength(25);

  const chosen = server.actions.select(mika, card.id, select?.custom_id ?? '', [action('status', 'slug-3')]);

  await answered(chosen);
  expect(heard.at(-1)).toMatchObject({ kind: 'press', action: action('status', 'slug-3') });
});

test('the same action twice on one card works from both places', async () => {
  const { server, channelId, mika, says, heard } = await withMika();
  const one: CardAction = {
    kind: 'button',
    action: stop,
    label: 'Stop…',
    style: 'plain',
    confirm: null,
    hint: null,
  };
  says.command = () => publicly('Twice', { actions: [one, { ...one, label: 'Again' }] });
  server.actions.slash(mika, channelId, 'status');
  const card = await shown(server, channelId);

  await answered(server.actions.press(mika, card.id, buttonOf(card, 'Stop…')));
  await answered(server.actions.press(mika, card.id, buttonOf(card, 'Again')));

  expect(heard.flatMap((one) => (one.kind === 'press' ? [one.action] : []))).toEqual([stop, stop]);
});

test('a forged custom id reaches the door as it is, and its answer reaches the person', async () => {
  const { server, channelId, mika, discord, says, heard } = await withMika();
  const posted = await deliver(discord, anOutgoingCard(decisionContent()));
  says.press = () => privately('This button belongs to an older version.');

  const pressed = server.actions.press(mika, posted.messageId, 'k0.nothing.of.ours', true);

  expect(textOf(await answered(pressed))).toContain('older version');
  expect(heard.at(-1)).toMatchObject({ kind: 'press', action: 'k0.nothing.of.ours' });
  expect(server.history(channelId)[0]?.edits).toBe(0);
});

test('a form opens as the first answer, and what was filled in reaches the door', async () => {
  const { server, channelId, mika, says, heard } = await withMika();
  says.form = ({ text }) => (text === 'start' ? form : null);

  const opened = server.actions.slash(mika, channelId, 'start');
  await eventually(() => expect(opened.modal()?.title).toBe('Start a competition'));
  const [intro, ...fields] = opened.modal()?.components ?? [];
  expect(intro).toMatchObject({ type: 10, content: 'I check the rules first.' });
  expect(fields).toHaveLength(3);
  const submitted = server.actions.submitModal(opened, {
    competition: ' titanic ',
    budget: '',
    speed: 'fast',
  });

  expect(textOf(await answered(submitted))).toBe('### submitted');
  expect(heard).toMatchObject([
    { kind: 'submit', action: form.action, answers: { competition: 'titanic', speed: 'fast' } },
  ]);
});

test('what is wrong in a form is told with a way back in which nothing has to be typed again', async () => {
  const { server, channelId, mika, says, heard } = await withMika();
  says.form = ({ text }) => (text === 'start' ? form : null);
  says.suggest = () => [{ label: 'titanic · ends 12 Dec', value: 'titanic' }];
  says.submit = ({ competition }) =>
    competition === 'titanic'
      ? privately('Started')
      : { kind: 'errors', fields: { competition: 'I know no such *competition*.' } };
  const opened = server.actions.slash(mika, channelId, 'start');
  await eventually(() => expect(opened.modal()).not.toBeNull());
  const refused = await answered(server.actions.submitModal(opened, { competition: 'titanc', budget: '7' }));
  expect(textOf(refused)).toContain('**Competition**  I know no such \\*competition\\*.');
  const select = allComponents(refused.components).find(({ type }) => type === 3);

  const edited = server.actions.press(mika, refused.id, buttonOf(refused, 'Edit'));
  await eventually(() =>
    expect(edited.modal()?.components[1]).toMatchObject({ component: { value: 'titanc' } }),
  );
  const value = select?.options?.[0]?.value ?? '';
  const picked = server.actions.select(mika, refused.id, select?.custom_id ?? '', [value]);
  await eventually(() => {
    expect(picked.modal()?.components.slice(1)).toMatchObject([
      { component: { value: 'titanic' } },
      { component: { value: '7' } },
      {},
    ]);
  });
  const done = await answered(server.actions.submitModal(picked, {}));

  expect(textOf(done)).toBe('### Started');
  expect(heard.at(-1)).toMatchObject({ answers: { competition: 'titanic', budget: '7', speed: 'slow' } });
});

test('a form that comes after a look into the database is opened by one more press', async () => {
  const { server, channelId, mika, says } = await withMika();
  says.command = () => ({ kind: 'form', form });

  const offer = await answered(server.actions.slash(mika, channelId, 'config'));
  const opened = server.actions.press(mika, offer.id, buttonOf(offer, 'Open the form'));

  await eventually(() => expect(opened.modal()?.custom_id).toBe(form.action));
});

test('a form from before a restart says so', async () => {
  const { server, channelId, mika, says, discord, open } = await withMika();
  says.command = () => ({ kind: 'form', form });
  const offer = await answered(server.actions.slash(mika, channelId, 'config'));
  await discord.stop();
  await open().start();

  server.actions.press(mika, offer.id, buttonOf(offer, 'Open the form'));

  await eventually(() => expect(textOf(offer)).toContain('from before a restart'));
});

test('a person who speaks Japanese is answered in Japanese where Discord itself has to speak', async () => {
  const { server, channelId, says } = await withMika();
  const yuki = server.addUser({ name: 'yuki', locale: 'ja' });
  says.command = () => ({ kind: 'form', form });

  const offer = await answered(server.actions.slash(yuki, channelId, 'config'));

  expect(buttonOf(offer, 'フォームを開く')).toMatch(/^~form:/);
});

test('a door that breaks leaves nobody without an answer', async () => {
  const { server, channelId, mika, says, lines } = await withMika();
  says.command = () => Promise.reject(new Error('broken'));

  const said = await answered(server.actions.slash(mika, channelId, 'list'));

  expect(textOf(said)).toContain('failed on my side');
  expect(said.ephemeralFor).toBe(mika.id);
  expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
});

test('an answer with a file and a chart carries both', async () => {
  const { server, channelId, mika, says } = await withMika();
  const images = [
    {
      chart: { kind: 'costs' as const, slug: 'x', points: [{ at: new Date(), usd: 1 }], capUsd: null },
      alt: 'costs',
    },
  ];
  says.command = () =>
    privately('Logs', {
      pre: 'line 1\nline 2',
      file: { name: 'titanic log.txt', text: 'all of it' },
      images,
    });

  const said = await answered(server.actions.slash(mika, channelId, 'logs'));

  expect(said.files.map(({ filename }) => filename)).toEqual(['chart-1.png', 'titanic-log.txt']);
  expect(said.files[1]?.bytes.toString()).toBe('all of it');
  expect(textOf(said)).toContain('line 2');
});
