import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Ink } from '../../../src/bot/ink.ts';
import { type CardContent, cardContentSchema } from '../../../src/domain/card.ts';
import { markupOf, render } from './rendering.ts';
import { everyContent } from './samples.ts';

const evil = '<!channel>';

/** An ink whose escaping is easy to see: nothing evil is left of what went through it. */
const seeing: Ink = {
  text: (plain) => plain.replaceAll(evil, '(tamed)').replaceAll('<', '(').replaceAll('!', '('),
  bold: (markup) => markup,
  code: (plain) => seeing.text(plain),
  link: (plain) => seeing.text(plain),
  time: (_at, fallback) => seeing.text(fallback),
  person: (_actor, name) => seeing.text(name ?? 'nobody'),
};

/** What is decided by the schema or made by us, and never by people or Kaggle. */
const ours = new Set([
  ...['kind', 'state', 'resumeState', 'toState', 'status', 'step', 'severity', 'direction', 'type', 'id'],
  ...['decisionId', 'alertId', 'option', 'defaultOption', 'chart', 'charts', 'event'],
]);

/** The same facts with every free text replaced. */
function withTexts(value: unknown, text: string, key = ''): unknown {
  if (ours.has(key) || value instanceof Date) return value;
  if (typeof value === 'string') return text;
  if (Array.isArray(value)) return value.map((one) => withTexts(one, text, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withTexts(one, text, name)]));
}

function poisoned(content: CardContent, text: string): CardContent {
  const parsed = cardContentSchema.safeParse(withTexts(content, text));
  return parsed.success ? parsed.data : content;
}

test('the replaced texts are really in the cards', () => {
  const reached = everyContent().filter(([, content]) =>
    JSON.stringify(render(poisoned(content, `a${evil}b`), { ink: seeing })).includes('(tamed)'),
  );

  expect(reached.length).toBeGreaterThan(everyContent().length * 0.6);
});

test('no text of people or Kaggle gets into markup unescaped, whatever it is', () => {
  const text = fc
    .tuple(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.string({ unit: 'grapheme', maxLength: 20 }))
    .map(([before, after]) => `${before}${evil}${after}`);
  const contents = fc.constantFrom(...everyContent());
  const locales = fc.constantFrom('en' as const, 'ja' as const);

  fc.assert(
    fc.property(contents, text, locales, ([name, content], hostile, locale) => {
      const card = render(poisoned(content, hostile), { ink: seeing, locale });

      for (const markup of markupOf(card)) expect(markup, name).not.toContain(evil);
      for (const markup of markupOf(card)) expect(markup, name).not.toContain('<');
    }),
    { numRuns: 200 },
  );
});

test('texts of any length leave titles, summaries and paragraphs within their limits', () => {
  const contents = fc.constantFrom(...everyContent());
  const text = fc.string({
    unit: fc.constantFrom('word', ' ', '\n', '日', '👨‍👩‍👧', '\ud83d', '\u0000'),
    minLength: 1,
    maxLength: 2500,
  });

  fc.assert(
    fc.property(contents, text, ([name, content], long) => {
      const card = render(poisoned(content, long));

      expect(card.title.length, name).toBeLessThanOrEqual(150);
      expect(card.summary.length, name).toBeLessThanOrEqual(150);
      for (const markup of markupOf(card)) expect(markup.length, name).toBeLessThanOrEqual(3000);
      for (const { alt } of card.images) expect(alt.length, name).toBeLessThanOrEqual(1000);
    }),
    { numRuns: 40 },
  );
});

test('a name that no button can carry costs the button, not the card', () => {
  const card = render(poisoned(everyContent()[0]?.[1] ?? fail(), 'not a slug!'));

  expect(card.actions).toEqual([]);
  expect(card.title).toContain('not a slug!');
});

function fail(): never {
  throw new Error('no content');
}
