import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSlackInk, mention } from '../../../src/bot/slack/ink.ts';
import { plainCommand } from '../../../src/bot/slack/plain-command.ts';

const ink = createSlackInk();

test('text from outside makes no markup, no links and no mentions', () => {
  expect(ink.text('<!channel> & <https://evil.example|click>')).toBe(
    '&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;',
  );
  expect(ink.text('*bold* _italic_ ~gone~ `code`')).toBe('∗bold∗ ˍitalicˍ ∼gone∼ ˋcodeˋ');
  expect(ink.text('hey @channel, @here and @everyone')).toBe(
    'hey @\u200bchannel, @\u200bhere and @\u200beveryone',
  );
  expect(ink.text('> quoted')).toBe('\u200b&gt; quoted');
});

test('markers inside words stay, since Slack does not read them there', () => {
  expect(ink.text('target_encoding with 2*3 folds')).toBe('target_encoding with 2*3 folds');
});

test('whatever the text, nothing that Slack reads as markup is left in it', () => {
  const hostile = fc.string({
    unit: fc.constantFrom(
      '<',
      '>',
      '&',
      '!',
      '@',
      '#',
      '*',
      '_',
      '~',
      '`',
      '|',
      '\n',
      'a',
      ' ',
      'channel',
      '世',
    ),
    maxLength: 60,
  });
  fc.assert(
    fc.property(hostile, (plain) => {
      const shown = ink.text(plain);
      expect(shown).not.toMatch(/[<>`]/);
      expect(shown).not.toMatch(/&(?!amp;|lt;|gt;)/);
      expect(shown).not.toMatch(/@(channel|here|everyone)\b/);
      expect(shown).not.toMatch(/(?<![\p{L}\p{N}])[*_~]|[*_~](?![\p{L}\p{N}])/u);
    }),
  );
});

test('a code span cannot be closed from inside', () => {
  expect(ink.code('a`b\n<c>')).toBe('`aˋb &lt;c&gt;`');
  expect(ink.code('')).toBe('');
});

test('only web addresses become links', () => {
  expect(ink.link('rules | here', 'https://www.kaggle.com/c/titanic?a=1&b=<2>|3')).toBe(
    '<https://www.kaggle.com/c/titanic?a=1&amp;b=%3C2%3E%7C3|rules ∣ here>',
  );
  expect(ink.link('click', 'javascript:alert(1)')).toBe('click');
});

test('a time is shown in the zone of whoever reads it', () => {
  const at = new Date('2026-12-11T23:59:00Z');
  expect(ink.time(at, 'Sat | 12 Dec')).toBe('<!date^1797033540^{date_short_pretty} {time}|Sat ∣ 12 Dec>');
});

test('a person is named without telling them, and mentioned only where no name is known', () => {
  expect(ink.person({ type: 'slack', teamId: 'T1', userId: 'U1' }, 'mika')).toBe('@mika');
  expect(ink.person({ type: 'slack', teamId: 'T1', userId: 'U1' }, 'channel')).toBe('@\u200bchannel');
  expect(ink.person({ type: 'slack', teamId: 'T1', userId: 'U1' }, null)).toBe('<@U1>');
  expect(mention('S1')).toBe('<!subteam^S1>');
  expect(mention('U1>x')).toBe('<@U1x>');
});

test('typed text is read as its author saw it', () => {
  expect(plainCommand('<@UBOT> status <https://www.kaggle.com/c/titanic|kaggle.com/c/titanic>', 'UBOT')).toBe(
    'status kaggle.com/c/titanic',
  );
  expect(plainCommand('<@UBOT|kaggle>: decide A &amp; &lt;now&gt;', 'UBOT')).toBe('decide A & <now>');
  expect(plainCommand('logs <#C1|general> <@U2|mika> <!subteam^S1|@leads>', null)).toBe(
    'logs #general @mika @leads',
  );
  expect(plainCommand('<http://titanic.com|titanic.com>', null)).toBe('titanic.com');
});
