import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aCard, type Card, type CardAction, type Confirm } from '../../../src/bot/card.ts';
import { createDiscordInk, discordText } from '../../../src/bot/discord/ink.ts';
import { cutMarkup } from '../../../src/bot/discord/limits.ts';
import { markerOf, nonceOf } from '../../../src/bot/discord/marker.ts';
import { renderDiscordCard, renderPlainly } from '../../../src/bot/discord/render-card.ts';
import { formModal } from '../../../src/bot/discord/render-form.ts';
import { allComponents, modalSchema } from '../../support/discord/component-rules.ts';
import { applyBody, notifiedBy } from '../../support/discord/message-rules.ts';
import { textOf } from '../../support/discord/user-actions.ts';

const cardId = '018f3c2e-9f1b-7c3d-8e4f-a1b2c3d4e5f6';
const marker = markerOf(cardId);
const chart = { kind: 'costs' as const, slug: 'x', points: [{ at: new Date(0), usd: 1 }], capUsd: null };

/** As Discord would take it; throws where it would refuse. */
function accepted(card: Card, mention: string | null = null) {
  const pictures = card.images.map((_, index) => `chart-${index + 1}.png`);
  const rendered = renderDiscordCard(card, { pictures, marker, mention });
  const names = [...pictures, ...(card.file === null ? [] : [`${card.file.name}`])];
  const uploads = names.map((filename, index) => ({
    field: `files[${index}]`,
    filename,
    contentType: 'image/png',
    bytes: Buffer.from('x'),
  }));
  return applyBody(JSON.parse(JSON.stringify(rendered)), uploads, null, () => '1');
}

const hostile = fc.oneof(
  fc.string({ maxLength: 200, unit: 'grapheme' }),
  fc.constantFrom(
    '@everyone',
    '<@&123456789012345678>',
    '```\nend',
    '[click](https://evil.example)',
    '# big',
    '-# small',
    '\\',
    '**',
    '||spoiler||',
    '日本語'.repeat(40),
    'x'.repeat(5_000),
    '👩‍👩‍👧‍👦'.repeat(300),
    '\u202eevil',
  ),
);
const ink = createDiscordInk();
const markup = hostile.map((text) => ink.text(text));
const actionText = fc
  .string({ minLength: 1, maxLength: 100 })
  .map((text) => `k1.${text.replace(/\W/g, '-')}`);
const button: fc.Arbitrary<CardAction> = fc.record({
  kind: fc.constant('button' as const),
  action: actionText,
  label: hostile,
  style: fc.constantFrom('plain' as const, 'primary' as const, 'danger' as const),
  confirm: fc.option<Confirm>(fc.record({ title: hostile, text: hostile, yes: hostile, no: hostile })),
  hint: fc.option<string>(hostile),
});
const anyAction: fc.Arbitrary<CardAction> = fc.oneof(
  button,
  fc.record({ kind: fc.constant('link' as const), label: hostile, url: fc.oneof(fc.webUrl(), hostile) }),
  fc.record({
    kind: fc.constant('menu' as const),
    placeholder: hostile,
    options: fc.array(fc.record({ action: actionText, label: hostile }), { maxLength: 40 }),
  }),
);
const anyCard: fc.Arbitrary<Card> = fc.record({
  title: hostile,
  summary: hostile,
  tone: fc.constantFrom('idle', 'running', 'attention', 'good', 'bad'),
  body: fc.array(markup, { maxLength: 6 }),
  facts: fc.array(fc.record({ label: hostile, value: markup }), { maxLength: 12 }),
  bars: fc.array(
    fc.record({ label: hostile, share: fc.option(fc.double({ noDefaultInfinity: true })), text: hostile }),
    { maxLength: 4 },
  ),
  items: fc.array(fc.record({ markup, action: fc.option(anyAction) }), { maxLength: 20 }),
  table: fc.option(
    fc.record({
      caption: hostile,
      header: fc.constant(['a', 'b']),
      rows: fc.array(fc.tuple(hostile, hostile), { maxLength: 60 }),
      align: fc.constant(['left' as const, 'right' as const]),
    }),
  ),
  pre: fc.option(hostile),
  file: fc.option(fc.constant({ name: 'log.txt', text: 'x' })),
  images: fc.array(fc.record({ chart: fc.constant(chart), alt: hostile }), { maxLength: 2 }),
  actions: fc.array(anyAction, { maxLength: 12 }),
  footer: fc.option(markup),
});

test('whatever a card holds, Discord takes it, and its mark is found again', () => {
  fc.assert(
    fc.property(anyCard, (card) => {
      const message = accepted(card);
      const ids = allComponents(message.components).map(({ id }) => id);
      expect(ids).toEqual(expect.arrayContaining([marker.container, marker.head]));
    }),
    { numRuns: 200 },
  );
});

test('text from outside calls nobody, whatever a message allows', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(notifiedBy({ content: discordText(text), components: [] }, undefined)).toEqual([]);
    }),
  );
});

test('text from outside shows as it was written: no markup, no links, no mentions', () => {
  expect(discordText('@everyone <@&1> **b** [x](https://e.example) `c` ||s||')).toBe(
    '@\u200beveryone \\<@&1\\> \\*\\*b\\*\\* \\[x\\](https:\\/\\/e.example) \\`c\\` \\|\\|s\\|\\|',
  );
  expect(discordText('# head\n- item\n1. one\n> quote\n-# small\n0.79 is no list, nor is -1 or #1')).toBe(
    '\\# head\n\\- item\n1\\. one\n\\> quote\n\\-# small\n0.79 is no list, nor is -1 or #1',
  );
  expect(discordText('target_encoding, 2*3 and a - b')).toBe('target\\_encoding, 2\\*3 and a - b');
  expect(ink.code('a`b')).toBe('`aˋb`');
  expect(ink.link('a]b', 'javascript:alert(1)')).toBe('a\\]b');
  expect(ink.link('page', 'https://kaggle.com/c/titanic?(x)')).toBe(
    '[page](<https://kaggle.com/c/titanic?%28x%29>)',
  );
  expect(ink.time(new Date('2026-11-22T18:00:00Z'), '18:00')).toBe('<t:1795370400:f>');
  expect(ink.person({ type: 'discord', guildId: '1', userId: '42' }, 'mika')).toBe('<@42>');
  expect(ink.person({ type: 'slack', teamId: 'T1', userId: 'U1' }, '*mika*')).toBe('@\\*mika\\*');
});

test('text that is too long is cut outside of mentions, escapes and code', () => {
  for (let most = 12; most < 60; most += 1) {
    const cut = cutMarkup(
      'see <@123456789> and **bold `code` words** with \\*stars\\* [a link](<https://e.example>)',
      most,
    );
    expect(cut.length).toBeLessThanOrEqual(most);
    expect(cut).not.toMatch(/<@?\d*…|\\…/);
    expect((cut.match(/(?<!\\)\*\*/g) ?? []).length % 2).toBe(0);
    expect((cut.match(/`/g) ?? []).length % 2).toBe(0);
  }
});

test('long logs keep their end, and long tables say that there is more', () => {
  const lines = Array.from({ length: 900 }, (_, index) => `line ${index}`).join('\n');
  const rows = Array.from({ length: 900 }, (_, index) => [`name ${index}`, `${index}`]);
  const table = { caption: 'Many', header: ['name', 'n'], rows, align: ['left' as const, 'right' as const] };

  expect(textOf(accepted(aCard({ title: 'Logs', summary: 'Logs', pre: lines })))).toMatch(
    /…\nline \d+[\s\S]*line 899\n```$/,
  );
  expect(textOf(accepted(aCard({ title: 'Table', summary: 'Table', table })))).toMatch(
    /name 0 +0[\s\S]*…\n```$/,
  );
});

test('a table that is too wide for a phone becomes lines', () => {
  const table = {
    caption: 'Competitions',
    header: ['Competition', 'State', 'Best', 'Deadline'],
    rows: [
      ['titanic', '🔵 training 61 %, round 3 of 6', '0.79186', 'in nineteen long days from now'],
      ['x_y', '', '–', ''],
    ],
    align: ['left' as const, 'left' as const, 'right' as const, 'right' as const],
  };

  expect(textOf(accepted(aCard({ title: 'Board', summary: 'Board', table })))).toContain(
    '**titanic** · State 🔵 training 61 %, round 3 of 6 · Best 0.79186 · Deadline in nineteen long days from now\n**x\\_y**',
  );
});

test('a list of twenty rows keeps the buttons that fit and names the other rows', () => {
  const items = Array.from({ length: 20 }, (_, index) => ({
    markup: `row ${index}`,
    action: {
      kind: 'button' as const,
      action: `k1.abcd1234.status.slug-${index}`,
      label: 'Open',
      style: 'plain' as const,
      confirm: null,
      hint: null,
    },
  }));

  const message = accepted(aCard({ title: 'List', summary: 'List', items }));

  expect(allComponents(message.components).filter(({ type }) => type === 2).length).toBeGreaterThanOrEqual(8);
  expect(textOf(message)).toContain('row 19');
});

test('bars and columns stand below each other, Japanese ones too', () => {
  const bars = [
    { label: '学習', share: 0.61, text: '61 %' },
    { label: 'GPU', share: 1, text: '$3.60' },
    { label: 'Disk', share: null, text: '11 GB' },
  ];

  expect(textOf(accepted(aCard({ title: 'T', summary: 'T', bars })))).toContain(
    '学習  ████████████░░░░░░░░  61 %\nGPU   ████████████████████  $3.60\nDisk  11 GB',
  );
});

test('the plain form says the one line that matters', () => {
  const card = aCard({ title: 'titanic', summary: 'titanic: training *now*' });

  const { components, flags } = renderPlainly(card, marker);

  expect(JSON.stringify(components)).toContain('titanic: training \\\\*now\\\\*');
  expect(flags).toBe(32_768);
});

test('a nonce is short enough, and another one for each message that replaces an older one', () => {
  expect(nonceOf(cardId, null)).toHaveLength(22);
  expect(nonceOf(cardId, 7)).toHaveLength(25);
  expect(nonceOf(cardId, 123_456_789)).toHaveLength(25);
  expect(nonceOf(cardId, 7)).not.toBe(nonceOf(cardId, 8));
});

test('whatever a form holds, Discord takes it', () => {
  const field = { hint: 'h'.repeat(200), label: 'l'.repeat(80), isOptional: true };
  const modal = formModal({
    action: 'k1.abcd1234.config-form',
    title: 't'.repeat(80),
    submit: 's',
    intro: ['i'.repeat(5_000)],
    fields: [
      { ...field, kind: 'text', id: 'a', initial: 'x'.repeat(9_000), isLong: true, maxLength: 9_000 },
      { ...field, kind: 'number', id: 'b', initial: '', min: 0, max: 1, isWhole: true },
      {
        ...field,
        kind: 'choice',
        id: 'c',
        initial: null,
        options: Array.from({ length: 40 }, (_, index) => ({
          value: `v${index}`,
          label: 'x'.repeat(200),
          description: 'd'.repeat(200),
        })),
      },
      { ...field, kind: 'competition', id: 'd', initial: null },
    ],
  });

  expect(modalSchema.safeParse(JSON.parse(JSON.stringify(modal))).error).toBeUndefined();
});
