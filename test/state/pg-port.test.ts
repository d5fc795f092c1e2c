import { expect, test } from 'vitest';
import { createPgPort } from '../../src/state/pg-port.ts';
import { freshDatabase, freshState, testPool, withDatabase } from '../support/database.ts';

test('a database that is not there, and one that refuses our login, are told apart', async () => {
  const { connectionString } = await freshState();
  const port = (url: string) => createPgPort(testPool(url));
  const nowhere = new URL(connectionString);
  nowhere.port = '1';
  const wrongPassword = new URL(connectionString);
  wrongPassword.password = 'wrong';

  await expect(port(nowhere.href).ping()).rejects.toMatchObject({
    kind: 'transient',
    code: 'state.unreachable',
  });
  await expect(port(wrongPassword.href).ping()).rejects.toMatchObject({
    kind: 'configuration',
    code: 'state.login_refused',
  });
  await expect(port(withDatabase(connectionString, 'not_there')).ping()).rejects.toMatchObject({
    code: 'state.login_refused',
  });
});

test('a database without our tables is told from one that works', async () => {
  const { connectionString } = await freshDatabase({ empty: true });

  await expect(createPgPort(testPool(connectionString)).ping()).rejects.toMatchObject({
    kind: 'configuration',
    code: 'state.not_migrated',
    message: expect.stringContaining('DATABASE_URL'),
  });
});
