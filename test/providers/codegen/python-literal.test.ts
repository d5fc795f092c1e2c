import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pythonLiteral, wrapWords } from '../../../src/providers/codegen/baseline/python-literal.ts';
import { findPython } from '../../support/python.ts';

const python = findPython();
const hostile = [
  '"',
  "'",
  '\\',
  '\n',
  '\r',
  '"""',
  '\u202e',
  '\u2028',
  '\u0000',
  '😀',
  '# coding: x',
  '\\N{DASH}',
  '{x}',
];

test.skipIf(python === null)('Python reads back exactly the texts that were written (needs Python)', () => {
  const random = fc.sample(fc.string({ unit: 'binary', maxLength: 200 }), 200);
  const texts = [...hostile, hostile.join('x'), ...random];
  const program = `import json, sys\nvalue = ${pythonLiteral(texts, 0, 8)}\nprint(json.dumps(value))`;

  const output = execFileSync(python ?? '', ['-'], { input: program, encoding: 'utf8' });

  expect(JSON.parse(output)).toEqual(texts);
});

test('long values are wrapped to lines of at most 110 characters', () => {
  const value = {
    ['k'.repeat(300)]: ['\n'.repeat(200), { inner: Array.from({ length: 60 }, (_, i) => `column ${i}`) }],
  };

  const lines = `NAME = ${pythonLiteral(value, 0, 7)}`.split('\n');

  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(110);
});

test('words for a docstring cannot end it', () => {
  expect(wrapWords('a """ b \\ c\nd').join(' ')).toBe("a ''' b ' c d");
});
