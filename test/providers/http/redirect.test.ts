import { expect, test } from 'vitest';
import { checkTarget } from '../../../src/providers/redirect.ts';

const kaggle = new URL('https://api.kaggle.com');
const arena = new URL('http://127.0.0.1:4778');

test.each([
  [kaggle, 'https://storage.googleapis.com/kaggle/archive.zip?X-Goog-Signature=1'],
  [kaggle, 'https://www.kaggle.com/x'],
  [kaggle, '/v1/other'],
  [arena, 'http://127.0.0.1:4779/archive.zip?signature=1'],
  [arena, 'http://localhost:4779/archive.zip'],
  [arena, 'https://storage.googleapis.com/x'],
])('from %s to %s is followed', (base, address) => {
  expect(checkTarget(address, { vendor: 'kaggle', base }).href).toContain('/');
});

test.each([
  [kaggle, 'http://storage.googleapis.com/x'],
  [kaggle, 'http://169.254.169.254/latest/meta-data'],
  [kaggle, 'https://169.254.169.254/latest/meta-data'],
  [kaggle, 'https://[fd00::1]/x'],
  [kaggle, 'https://0x7f000001/x'],
  [kaggle, 'https://2130706433/x'],
  [kaggle, 'http://localhost:5432'],
  [kaggle, 'https://metadata.google.internal/x'],
  [kaggle, 'https://printer.local/x'],
  [kaggle, 'https://user:password@storage.googleapis.com/x'],
  [kaggle, 'file:///etc/passwd'],
  [kaggle, 'data:text/plain,x'],
  [kaggle, 'https://exa mple.com'],
  [arena, 'http://169.254.169.254/latest/meta-data'],
  [arena, 'http://192.168.1.1/'],
  [arena, 'file:///etc/passwd'],
])('from %s to %s is not', (base, address) => {
  expect(() => checkTarget(address, { vendor: 'kaggle', base })).toThrow(
    expect.objectContaining({ kind: 'system', code: 'kaggle.unsafe_target' }),
  );
});
