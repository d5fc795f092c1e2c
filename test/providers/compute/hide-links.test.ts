import { expect, test } from 'vitest';
import { hideSignatures } from '../../../src/providers/compute/hide-links.ts';

const link = 'https://objects.example/runs/sheet.json?X-Amz-Credential=AKIA0&X-Amz-Signature=5ec2e7';
const inDotNet = (text: string) => text.replaceAll('&', '\\u0026').replaceAll('+', '\\u002B');
const inPhp = (text: string) => JSON.stringify(text).replaceAll('/', '\\/');

test.each([
  ['as it is', link],
  ['in JSON', JSON.stringify({ args: ['python3', link] })],
  ['in JSON whose ampersands are escaped', `{"detail":"${inDotNet(link)} is too long"}`],
  ['in JSON whose slashes are escaped', inPhp(link)],
  ['in JSON inside JSON', JSON.stringify({ detail: `{"url":"${inDotNet(link)}"}` })],
])('a link that a vendor quotes %s keeps its place and loses its right', (_, text) => {
  const hidden = hideSignatures(text);

  expect(hidden).toContain('https://objects.example/runs/sheet.json?[redacted]');
  expect(hidden).not.toMatch(/AKIA0|5ec2e7/);
});

test('what surrounds a link stays, and JSON stays JSON', () => {
  const body = `{"error":"invalid_args","msg":"\\u0022${inDotNet(link)}\\u0022 is too long"}`;

  expect(JSON.parse(hideSignatures(body))).toEqual({
    error: 'invalid_args',
    msg: '"https://objects.example/runs/sheet.json?[redacted]" is too long',
  });
});
