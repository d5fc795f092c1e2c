import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Inline, parseInline, parseMrkdwn, safeUrl } from '../../web/src/mrkdwn/parse.ts';

const text = (words: string): Inline => ({ kind: 'text', text: words });

test('marks make styles at the edges of words only', () => {
  expect(parseInline('*bold* _it_ ~old~ `a_b` snake_case_name 2*3*4 * alone *')).toEqual([
    { kind: 'bold', children: [text('bold')] },
    text(' '),
    { kind: 'italic', children: [text('it')] },
    text(' '),
    { kind: 'strike', children: [text('old')] },
    text(' '),
    { kind: 'code', text: 'a_b' },
    text(' snake_case_name 2*3*4 * alone *'),
  ]);
});

test('styles hold others, and code and links close nothing', () => {
  expect(parseInline('*a _b_ `c*` <https://x.example/*|d>*')).toEqual([
    {
      kind: 'bold',
      children: [
        text('a '),
        { kind: 'italic', children: [text('b')] },
        text(' '),
        { kind: 'code', text: 'c*' },
        text(' '),
        { kind: 'link', url: 'https://x.example/*', label: 'd' },
      ],
    },
  ]);
});

test('mentions, links and dates are read with their labels', () => {
  expect(
    parseInline('<@U1|mika> <#C1> <!subteam^S1|@leads> <!here> <!date^1797120000^{date} at {time}|12 Dec>'),
  ).toEqual([
    { kind: 'user', id: 'U1', label: 'mika' },
    text(' '),
    { kind: 'channel', id: 'C1', label: null },
    text(' '),
    { kind: 'group', id: 'S1', label: '@leads' },
    text(' '),
    { kind: 'broadcast', range: 'here' },
    text(' '),
    { kind: 'date', seconds: 1_797_120_000, format: '{date} at {time}', url: null, fallback: '12 Dec' },
  ]);
});

test('only addresses of the web and of mail become links', () => {
  expect(safeUrl('javascript:alert(1)')).toBeNull();
  expect(safeUrl('data:text/html,x')).toBeNull();
  expect(safeUrl('https://kaggle.com/c/titanic')).toBe('https://kaggle.com/c/titanic');
  expect(parseInline('<javascript:alert(1)|press me>')).toEqual([text('<javascript:alert(1)|press me>')]);
});

test('escaped text comes out as it was written, and is no markup', () => {
  expect(parseInline('&lt;@U1&gt; &amp;amp; &lt;b&gt;')).toEqual([text('<@U1> &amp; <b>')]);
});

test('code blocks and quotes are paragraphs of their own', () => {
  expect(parseMrkdwn('before\n```\n1 &lt; 2 *x*\n```\n&gt; said\n&gt; more\nafter')).toEqual([
    { kind: 'text', children: [text('before')] },
    { kind: 'pre', text: '1 < 2 *x*' },
    { kind: 'quote', children: [text('said\nmore')] },
    { kind: 'text', children: [text('after')] },
  ]);
  expect(parseMrkdwn('open ``` end')).toEqual([
    { kind: 'text', children: [text('open ')] },
    { kind: 'text', children: [text('``` end')] },
  ]);
});

test('no text breaks the reader, and no letter of it is lost', () => {
  const letters = (inlines: readonly Inline[]): string =>
    inlines
      .map((one) => ('children' in one ? letters(one.children) : 'text' in one ? one.text : ''))
      .join('');
  const marks = fc.array(fc.constantFrom('*', '_', '~', '`', 'a', ' ', '\n', '。'), { maxLength: 40 });
  fc.assert(
    fc.property(marks, (chars) => {
      const source = chars.join('');
      const kept = letters(parseInline(source)).replaceAll(/[*_~`]/g, '');
      expect(kept).toBe(source.replaceAll(/[*_~`]/g, ''));
    }),
  );
});
