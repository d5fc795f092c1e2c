import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aCard, type Card, type CardAction } from '../../../src/bot/card.ts';
import { tail } from '../../../src/bot/shorten.ts';
import { createSlackInk } from '../../../src/bot/slack/ink.ts';
import { cutMarkup, limits } from '../../../src/bot/slack/limits.ts';
import { renderMessage } from '../../../src/bot/slack/render-card.ts';
import { someScores } from '../../support/card-facts.ts';
import { aButton, actionOf, openSlack, say } from './slack-kit.ts';

const ink = createSlackInk();
const plainly = { files: [], hasTables: true, bars: true, mentions: [] };

test('a card becomes headline, paragraphs, facts, bars, buttons and a footer', () => {
  const card = aCard({
    title: '🏁 titanic · training',
    summary: 'titanic: training, round 3 of 6',
    body: ['Now: LightGBM', 'Two lines'],
    facts: [{ label: 'Best', value: ink.bold('0.79186') }],
    bars: [
      { label: 'Training', share: 0.999, text: '99 %' },
      { label: '学習', share: 0.2, text: '$0.71 of $3.60' },
      { label: 'Disk', share: null, text: 'working… 12 min' },
    ],
    actions: [
      {
        ...aButton('pause', 'titanic'),
        kind: 'button',
        action: actionOf('pause', 'titanic'),
        label: 'Pause',
        style: 'primary',
        confirm: { title: 'Sure?', text: 'Really', yes: 'Yes', no: 'No' },
        hint: 'Pause titanic',
      },
      { kind: 'link', label: 'Rules', url: 'https://www.kaggle.com/c/titanic/rules' },
      {
        kind: 'menu',
        placeholder: 'More',
        options: [{ action: actionOf('stop', 'titanic'), label: 'Stop' }],
      },
    ],
    footer: 'Updated now',
  });

  expect(renderMessage(card, plainly)).toEqual({
    text: 'titanic: training, round 3 of 6',
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: '🏁 titanic · training', emoji: true } },
      { type: 'section', text: { type: 'mrkdwn', text: 'Now: LightGBM\nTwo lines', verbatim: true } },
      {
        type: 'section',
        fields: [{ type: 'mrkdwn', text: '*Best*\n\u200b*0.79186*\u200b', verbatim: true }],
      },
      {
        type: 'section',
        text: {
          type: 'mrkdwn',
          text: [
            '`Training  ███████████████████░` 99 %',
            '`学習      ████░░░░░░░░░░░░░░░░` $0.71 of $3.60',
            '`Disk` working… 12 min',
          ].join('\n'),
          verbatim: true,
        },
      },
      {
        type: 'actions',
        elements: [
          {
            type: 'button',
            action_id: 'k1.pause.1',
            text: { type: 'plain_text', text: 'Pause', emoji: true },
            value: 'k1.abcd1234.pause.titanic',
            style: 'primary',
            confirm: {
              title: { type: 'plain_text', text: 'Sure?', emoji: true },
              text: { type: 'plain_text', text: 'Really', emoji: true },
              confirm: { type: 'plain_text', text: 'Yes', emoji: true },
              deny: { type: 'plain_text', text: 'No', emoji: true },
            },
            accessibility_label: 'Pause titanic',
          },
          {
            type: 'button',
            action_id: 'k1.link.2',
            text: { type: 'plain_text', text: 'Rules', emoji: true },
            url: 'https://www.kaggle.com/c/titanic/rules',
          },
          {
            type: 'overflow',
            action_id: 'k1.menu.3',
            options: [
              { text: { type: 'plain_text', text: 'Stop', emoji: true }, value: 'k1.abcd1234.stop.titanic' },
            ],
          },
        ],
      },
      { type: 'context', elements: [{ type: 'mrkdwn', text: 'Updated now', verbatim: true }] },
    ],
  });
});

test('a short answer has no headline, and one that needs somebody is seen as such', () => {
  const { blocks } = renderMessage(aCard({ title: 'Not <possible>', summary: 'x', tone: 'bad' }), plainly);

  expect(blocks).toEqual([
    { type: 'section', text: { type: 'mrkdwn', text: '🔴 *Not &lt;possible&gt;*', verbatim: true } },
  ]);
});

test('where people want numbers only, bars are words', () => {
  const card = aCard({ title: 't', summary: 's', bars: [{ label: 'Training', share: 0.5, text: '50 %' }] });

  expect(JSON.stringify(renderMessage(card, { ...plainly, bars: false }))).toContain('*Training* 50 %');
  expect(JSON.stringify(renderMessage(card, { ...plainly, bars: false }))).not.toContain('█');
});

test('an action that is too long for a menu becomes a button', () => {
  const long = actionOf('decide', '0198c0de-0000-7000-8000-000000000002', 'a'.repeat(40));
  const card = aCard({
    title: 't',
    summary: 's',
    actions: [
      {
        kind: 'menu',
        placeholder: 'More',
        options: [
          { action: long, label: 'Long' },
          { action: actionOf('help'), label: 'Help' },
        ],
      },
    ],
  });

  expect(long.length).toBeGreaterThan(75);
  expect(renderMessage(card, plainly).blocks.at(-1)).toMatchObject({
    elements: [{ type: 'button', value: long }, { type: 'overflow' }],
  });
});

test('a menu of different things hides behind dots, one of many things to choose says what it is', () => {
  const menuOf = (...names: ('stop' | 'budget' | 'status')[]) =>
    aCard({
      title: 't',
      summary: 's',
      actions: [
        {
          kind: 'menu',
          placeholder: 'Open…',
          options: names.map((name, index) => ({ action: actionOf(name, `c-${index}`), label: name })),
        },
      ],
    });

  expect(renderMessage(menuOf('stop', 'budget'), plainly).blocks.at(-1)).toMatchObject({
    elements: [{ type: 'overflow' }],
  });
  expect(renderMessage(menuOf('status', 'status'), plainly).blocks.at(-1)).toMatchObject({
    elements: [{ type: 'static_select', placeholder: { text: 'Open…' } }],
  });
});

test('text is cut between words, never inside a link or an entity', () => {
  expect(cutMarkup('one two three four', 15)).toBe('one two three…');
  expect(cutMarkup('aaaa <https://example.com|link>', 20)).toBe('aaaa…');
  expect(cutMarkup('aaaaaaa &lt; b', 10)).toBe('aaaaaaa…');
  expect(tail('one\ntwo\nthree\nfour', 12)).toBe('…\nthree\nfour');
});

const words = (max: number) =>
  fc.string({
    unit: fc.constantFrom('a', 'word ', '&', '<', '>', '`', '*', '\n', '世界', '🏁', '@channel '),
    maxLength: max,
  });
const anAction: fc.Arbitrary<CardAction> = fc.oneof(
  fc.record({
    kind: fc.constant('button' as const),
    action: fc.constant(actionOf('status', 'titanic')),
    label: words(60),
    style: fc.constantFrom('plain' as const, 'primary' as const, 'danger' as const),
    confirm: fc.option(fc.record({ title: words(60), text: words(200), yes: words(20), no: words(20) })),
    hint: fc.option(words(60)),
  }),
  fc.record({ kind: fc.constant('link' as const), label: words(60), url: fc.webUrl() }),
  fc.record({
    kind: fc.constant('menu' as const),
    placeholder: words(100),
    options: fc.array(fc.record({ action: fc.constant(actionOf('logs', 'titanic')), label: words(60) }), {
      maxLength: 12,
    }),
  }),
);
const marked = (max: number) => words(max).map((plain) => ink.text(plain));
const anyCard: fc.Arbitrary<Card> = fc.record({
  title: words(100),
  summary: words(100).map((text) => text || 's'),
  tone: fc.constantFrom(
    'idle' as const,
    'running' as const,
    'attention' as const,
    'good' as const,
    'bad' as const,
  ),
  body: fc.array(marked(900), { maxLength: 6 }),
  facts: fc.array(fc.record({ label: words(30), value: marked(400) }), { maxLength: 12 }),
  bars: fc.array(fc.record({ label: words(10), share: fc.option(fc.double()), text: words(30) }), {
    maxLength: 4,
  }),
  items: fc.array(fc.record({ markup: marked(300), action: fc.option(anAction) }), { maxLength: 60 }),
  table: fc.option(
    fc.record({
      caption: words(30),
      header: fc.array(words(10), { minLength: 1, maxLength: 6 }),
      rows: fc.array(fc.array(words(30), { maxLength: 7 }), { maxLength: 120 }),
      align: fc.array(fc.constantFrom('left' as const, 'right' as const), { maxLength: 6 }),
    }),
  ),
  pre: fc.option(words(3_000)),
  file: fc.constant(null),
  images: fc.array(fc.record({ chart: fc.constant(someScores), alt: words(600) }), { maxLength: 2 }),
  actions: fc.array(anAction, { maxLength: 6 }),
  footer: fc.option(marked(300)),
});

test('whatever a card holds, its message keeps the limits of Slack', () => {
  fc.assert(
    fc.property(anyCard, fc.boolean(), (card, hasTables) => {
      const { text, blocks } = renderMessage(card, {
        files: ['F1', null],
        hasTables,
        bars: true,
        mentions: ['<@U1>'],
      });
      const json = JSON.stringify(blocks);
      expect(text.length).toBeLessThanOrEqual(limits.text);
      expect(blocks.length).toBeLessThanOrEqual(limits.blocksPerMessage);
      expect(json.length).toBeLessThanOrEqual(limits.payload);
      expect(json).not.toMatch(/<!|<http/);
      const ids = [...json.matchAll(/"action_id":"([^"]+)"/g)].map(([, id]) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }),
    { numRuns: 150 },
  );
}, 60_000);

test('whatever a card holds, a strict Slack takes its message', async () => {
  let card = aCard({ title: 'x', summary: 'x' });
  const kit = await openSlack({ door: { command: async () => say('', card) } });
  const cards = fc.sample(anyCard, { numRuns: 40, seed: 7 }).map((one) => ({ ...one, images: [] }));

  for (const one of cards) {
    card = one;
    const before = kit.seenBy('ken').length;
    await kit.workspace.actions.slash(kit.idOf('ken'), kit.home, '/kaggle', 'list');
    await expect.poll(() => kit.seenBy('ken').length, { timeout: 20_000 }).toBe(before + 1);
  }

  expect(kit.warnings()).toEqual([]);
}, 60_000);
