import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { createPgPort } from '../../src/state/pg-port.ts';
import { freshState, testPool, withDatabase } from '../support/database.ts';

test('a ping tells how long the database took', async () => {
  const { state } = await freshState();

  expect(await state.ping()).toBeGreaterThan(0);
});

test('lists and objects arrive as JSON, empty ones and lists of text included', async () => {
  const { pool, state } = await freshState();
  await pool.query(`create function echo(p_value jsonb) returns jsonb language sql as 'select p_value'`);

  for (const value of [[], ['a', 'b'], ['it\'s "quoted", {and} braced'], [[1], ['x']], { a: [null] }, {}]) {
    expect(await state.call('echo', { p_value: value }, z.unknown())).toEqual(value);
  }
  expect(await state.call('echo', { p_value: undefined }, z.null())).toBeNull();
});

test('an answer in another shape is a failure of ours, not of the caller', async () => {
  const { state } = await freshState();

  await expect(state.call('read_installation', {}, z.string())).rejects.toMatchObject({
    kind: 'system',
    code: 'state.bad_answer',
    details: { function: 'read_installation' },
  });
});

test('a deadlock is tried again until it is through', async () => {
  const { pool, state } = await freshState();
  await pool.query('create table tries (at timestamptz default clock_timestamp())');
  await pool.query('create sequence attempts');
  await pool.query(`create function flaky(p_failures integer, p_code text) returns jsonb language plpgsql as $$
    begin
      if nextval('attempts') <= p_failures then raise exception 'again' using errcode = p_code; end if;
      return '"through"';
    end $$`);

  expect(await state.call('flaky', { p_failures: 2, p_code: '40P01' }, z.string())).toBe('through');
  await pool.query('alter sequence attempts restart');
  await expect(state.call('flaky', { p_failures: 9, p_code: '40001' }, z.string())).rejects.toMatchObject({
    code: 'state.refused',
  });
  const { rows } = await pool.query('select last_value::int from attempts');
  expect(rows).toEqual([{ last_value: 5 }]);
});

test('each refusal of the database has its kind', async () => {
  const { pool, state } = await freshState();
  await pool.query(`create function fail(p_code text) returns jsonb language plpgsql as $$
    begin raise exception 'no' using errcode = p_code; end $$`);
  const failure = (code: string) => state.call('fail', { p_code: code }, z.unknown());

  await expect(failure('KA001')).rejects.toMatchObject({ kind: 'system', code: 'state.illegal_move' });
  await expect(failure('53100')).rejects.toMatchObject({
    kind: 'system',
    scope: 'process',
    code: 'disk.full',
  });
  await expect(failure('57014')).rejects.toMatchObject({ kind: 'transient', code: 'state.unreachable' });
  await expect(failure('53300')).rejects.toMatchObject({ kind: 'transient', code: 'state.unreachable' });
  await expect(failure('23505')).rejects.toMatchObject({
    kind: 'system',
    code: 'state.refused',
    details: { sqlstate: '23505' },
  });
});

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

test('a connection that is cut in the middle of a call is transient, and the next call works', async () => {
  const { adminConnectionString, pool, state } = await freshState();
  await pool.query(
    `create function slow() returns jsonb language sql as $$ select '1'::jsonb from pg_sleep(60) $$`,
  );
  const admin = testPool(adminConnectionString, 1);
  const call = state.call('slow', {}, z.unknown()).catch((error: unknown) => error);

  await vi.waitFor(async () => {
    const { rowCount } = await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and query like 'select slow%' and state = 'active' and wait_event = 'PgSleep'`,
    );
    expect(rowCount).toBe(1);
  });

  expect(await call).toMatchObject({ kind: 'transient', code: 'state.unreachable' });
  expect(await state.ping()).toBeGreaterThan(0);
});
