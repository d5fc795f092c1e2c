import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createArrayReader } from '../../../src/providers/research/json-array.ts';

function readIn(bytes: Uint8Array, sizes: readonly number[]): { values: unknown[]; isWhole: boolean } {
  const reader = createArrayReader(1_000_000);
  const values: unknown[] = [];
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    values.push(...reader.push(bytes.subarray(at, at + size)));
    at += size;
  }
  return { values, isWhole: reader.isWhole() };
}

const anyText = fc.string({ unit: 'binary' });
const anyValue = fc.jsonValue({ stringUnit: 'binary' });
const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });

test('any array comes out as it went in, wherever its bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(anyValue, { maxLength: 6 }), cuts, fc.boolean(), (elements, sizes, isPretty) => {
      const text = isPretty
        ? `[${elements.map((one) => JSON.stringify(one, null, 2)).join('\n,\r\n')}\n]\n`
        : JSON.stringify(elements);

      const read = readIn(new TextEncoder().encode(text), sizes);

      expect(read).toEqual({ values: JSON.parse(text), isWhole: true });
    }),
    { numRuns: 300 },
  );
});

test('braces, brackets and quotes within texts end nothing', () => {
  fc.assert(
    fc.property(fc.array(anyText), cuts, (texts, sizes) => {
      const elements = texts.map((text) => ({ [`}]"${text}`]: `\\"[{${text}` }));

      const read = readIn(new TextEncoder().encode(JSON.stringify(elements)), sizes);

      expect(read.values).toEqual(JSON.parse(JSON.stringify(elements)));
    }),
    { numRuns: 200 },
  );
});

test('an array that was cut off anywhere before its end is not whole, and what was complete is there', () => {
  const elements = [{ a: '😀}' }, { b: [1, { c: ']' }] }, { d: '末' }];
  const bytes = new TextEncoder().encode(JSON.stringify(elements));
  for (let length = 0; length < bytes.length; length += 1) {
    const { values, isWhole } = readIn(bytes.subarray(0, length), [3]);

    expect(isWhole).toBe(false);
    expect(values).toEqual(elements.slice(0, values.length));
  }
});

test('an object is there as soon as its last brace is, before the comma', () => {
  const reader = createArrayReader(100);

  expect(reader.push(Buffer.from('[{"a":1}'))).toEqual([{ a: 1 }]);
  expect(reader.push(Buffer.from('\n,\n{"a":'))).toEqual([]);
  expect(reader.push(Buffer.from('2}]'))).toEqual([{ a: 2 }]);
});

test('one value without an array is its only element', () => {
  expect(readIn(Buffer.from('{"error":{"code":403}}'), [4])).toEqual({
    values: [{ error: { code: 403 } }],
    isWhole: true,
  });
});

test('what is no JSON, what follows the end, and what is too long are refused', () => {
  const read = (text: string) => () => createArrayReader(10).push(Buffer.from(text));

  expect(read('[{"a":}]')).toThrow(SyntaxError);
  expect(read('[1] 2')).toThrow(SyntaxError);
  expect(read('<html>]')).toThrow(SyntaxError);
  expect(read('["aaaaaaaaaaaaaaaaaaaaaaaa')).toThrow(RangeError);
});
