import fc from 'fast-check';
import type pg from 'pg';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { StatePort } from '../../src/state/port.ts';
import { aCompetition, someActor } from '../support/builders.ts';
import { testPool } from '../support/database.ts';

export type StatePortUnderTest = {
  state: StatePort;
  /** The same database as the agent's own user, who made the tables. */
  pool: pg.Pool;
  adminConnectionString: string;
  /** Returns when a function that was just made can be called. */
  published(name: string): Promise<void>;
};

/** What every way to the state must do alike: the same values, the same errors, the same retries. */
export function statePortContract(name: string, open: () => Promise<StatePortUnderTest>): void {
  const contract = (what: string, run: (opened: StatePortUnderTest) => Promise<void>) =>
    test(`${name}: ${what}`, async () => run(await open()));

  /** Makes a function, as a migration would. */
  const withFunction = async ({ pool, published }: StatePortUnderTest, fn: string, sql: string) => {
    await pool.query(sql);
    await published(fn);
  };
  const echo = `create function echo(p_value jsonb) returns jsonb language sql as 'select p_value'`;

  contract('objects, lists and odd text arrive and come back as they were', async (opened) => {
    await withFunction(opened, 'echo', echo);
    const values = [
      [],
      {},
      ['a', 'b'],
      ['it\'s "quoted", {and} braced', '', ' ', '\\', '\n\t', '\u2028'],
      ['ünï😀', '日本', '\u0001'],
      [[1], ['x'], [[null]]],
      { a: [null], 'odd key ü': { deep: { deeper: true } } },
      [0.1, -1.5e-7, 1e21, 123456789012345, -0.5],
      [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
    ];

    for (const value of values) {
      expect(await opened.state.call('echo', { p_value: value }, z.unknown())).toEqual(value);
    }
  });

  contract('whatever JSON can say comes back as it was said', async (opened) => {
    await withFunction(opened, 'echo', echo);
    // Postgres stores no NUL, and no negative zero in JSON.
    const value = fc.jsonValue({ maxDepth: 3 }).filter((one) => !JSON.stringify(one).includes('\\u0000'));
    const samples = fc
      .sample(value, { numRuns: 200, seed: 4 })
      .map((one): unknown => JSON.parse(JSON.stringify(one)));

    expect(await opened.state.call('echo', { p_value: samples }, z.unknown())).toEqual(samples);
  });

  contract('what JSON has no word for becomes the same everywhere', async (opened) => {
    await withFunction(opened, 'echo', echo);
    const sent = {
      left: undefined,
      at: new Date('2026-01-02T03:04:05.678Z'),
      big: 9_007_199_254_740_993n,
      none: Number.NaN,
      cut: '😀'.slice(0, 1),
    };

    expect(await opened.state.call('echo', { p_value: sent }, z.unknown())).toEqual({
      at: '2026-01-02T03:04:05.678Z',
      big: '9007199254740993',
      none: null,
      cut: '\ufffd',
    });
    expect(await opened.state.call('echo', { p_value: undefined }, z.null())).toBeNull();
    expect(await opened.state.call('echo', { p_value: null }, z.null())).toBeNull();
  });

  contract('each type of a parameter takes its values', async (opened) => {
    await withFunction(
      opened,
      'types',
      `create function types(p_text text, p_int integer, p_big bigint, p_float double precision, p_flag boolean,
         p_id uuid, p_at timestamptz) returns jsonb language sql as $$
         select jsonb_build_object('text', p_text, 'int', p_int, 'big', p_big::text, 'float', p_float, 'flag', p_flag,
           'id', p_id, 'at', p_at at time zone 'UTC') $$`,
    );
    const call = (args: Record<string, unknown>) => opened.state.call('types', args, z.unknown());
    const id = '0191f0c0-0000-7000-8000-000000000001';
    const none = {
      p_text: undefined,
      p_int: null,
      p_big: null,
      p_float: Number.POSITIVE_INFINITY,
      p_flag: null,
      p_id: null,
      p_at: null,
    };

    expect(
      await call({
        p_text: 'ü😀',
        p_int: -7,
        p_big: 9_007_199_254_740_993n,
        p_float: 0.1,
        p_flag: false,
        p_id: id,
        p_at: new Date(0),
      }),
    ).toEqual({
      text: 'ü😀',
      int: -7,
      big: '9007199254740993',
      float: 0.1,
      flag: false,
      id,
      at: '1970-01-01T00:00:00',
    });
    expect(await call(none)).toEqual({
      text: null,
      int: null,
      big: null,
      float: null,
      flag: null,
      id: null,
      at: null,
    });
    expect(await call({ ...none, p_text: '', p_int: 0 })).toMatchObject({ text: '', int: 0 });
    expect(await call({ ...none, p_text: 'half \ud83d' })).toMatchObject({ text: 'half \ufffd' });
  });

  contract('text with a NUL is refused, as text and within an object', async (opened) => {
    await withFunction(opened, 'echo', echo);
    await withFunction(
      opened,
      'say',
      `create function say(p_text text) returns jsonb language sql as 'select to_jsonb(p_text)'`,
    );

    const refused = { kind: 'system', code: 'state.refused' };
    await expect(opened.state.call('say', { p_text: 'a\u0000b' }, z.unknown())).rejects.toMatchObject(
      refused,
    );
    await expect(opened.state.call('echo', { p_value: ['a\u0000b'] }, z.unknown())).rejects.toMatchObject(
      refused,
    );
  });

  contract('each refusal of the database has its kind', async (opened) => {
    await withFunction(
      opened,
      'fail',
      `create function fail(p_code text) returns jsonb language plpgsql as $$
        begin raise exception 'no' using errcode = p_code; end $$`,
    );
    const failure = (code: string) =>
      opened.state.call('fail', { p_code: code }, z.unknown()).catch((error: unknown) => error);
    const refused = (sqlstate: string) => ({
      kind: 'system',
      code: 'state.refused',
      message: `The database refused fail (${sqlstate}).`,
      details: { function: 'fail', sqlstate },
    });

    expect(await failure('KA001')).toMatchObject({
      kind: 'system',
      scope: 'module',
      code: 'state.illegal_move',
      details: { function: 'fail' },
    });
    expect(await failure('53100')).toMatchObject({ kind: 'system', scope: 'process', code: 'disk.full' });
    for (const code of ['57014', '53300', '55P03', '08006', '57P03', '53200']) {
      expect([code, await failure(code)]).toMatchObject([
        code,
        { kind: 'transient', code: 'state.unreachable' },
      ]);
    }
    for (const code of ['23505', '23503', 'P0001', '22P02', '42P01', '42883', 'XX000', '25006', 'KA002']) {
      expect([code, await failure(code)]).toMatchObject([code, refused(code)]);
    }
    expect(await failure('42501')).toMatchObject({ kind: 'configuration', code: 'state.login_refused' });
  });

  contract('a failed transaction is tried again, five times at most', async (opened) => {
    await opened.pool.query('create sequence attempts');
    await withFunction(
      opened,
      'flaky',
      `create function flaky(p_failures integer, p_code text) returns jsonb language plpgsql as $$
      begin
        if nextval('attempts') <= p_failures then raise exception 'again' using errcode = p_code; end if;
        return '"through"';
      end $$`,
    );

    expect(await opened.state.call('flaky', { p_failures: 2, p_code: '40P01' }, z.string())).toBe('through');
    await opened.pool.query('alter sequence attempts restart');
    await expect(
      opened.state.call('flaky', { p_failures: 9, p_code: '40001' }, z.string()),
    ).rejects.toMatchObject({ code: 'state.refused', details: { sqlstate: '40001' } });
    const { rows } = await opened.pool.query('select last_value::int from attempts');
    expect(rows).toEqual([{ last_value: 5 }]);
  });

  contract('two calls that really block each other both get through', async (opened) => {
    const { pool, state } = opened;
    await pool.query('create table accounts (id integer primary key, touched integer not null default 0)');
    await pool.query('insert into accounts (id) values (1), (2)');
    // Each waits until the other has its first row, so that they meet in a deadlock for certain.
    await withFunction(
      opened,
      'touch',
      `create function touch(p_first integer, p_second integer) returns jsonb language plpgsql as $$
       begin
         update accounts set touched = touched + 1 where id = p_first;
         perform pg_advisory_lock_shared(p_first);
         for i in 1..2000 loop
           exit when exists (select from pg_locks where locktype = 'advisory' and objid = p_second and granted
                             and database = (select oid from pg_database where datname = current_database()));
           perform pg_sleep(0.01);
         end loop;
         update accounts set touched = touched + 1 where id = p_second;
         return 'true';
       end $$`,
    );
    const deadlocks = async () => {
      const { rows } = await pool.query<{ deadlocks: number }>(
        'select deadlocks::int from pg_stat_database where datname = current_database()',
      );
      return rows[0]?.deadlocks ?? 0;
    };
    const before = await deadlocks();

    const touch = (first: number, second: number) =>
      state.call('touch', { p_first: first, p_second: second }, z.literal(true));
    expect(await Promise.all([touch(1, 2), touch(2, 1)])).toEqual([true, true]);

    expect((await pool.query('select touched from accounts order by id')).rows).toEqual([
      { touched: 2 },
      { touched: 2 },
    ]);
    await expect.poll(deadlocks, { timeout: 20_000 }).toBe(before + 1);
  });

  contract('a function that is not there means that migrations are missing', async ({ state }) => {
    await expect(state.call('no_such_function', {}, z.unknown())).rejects.toMatchObject({
      kind: 'configuration',
      code: 'state.not_migrated',
      message: expect.stringContaining('DATABASE_URL'),
    });
    await expect(state.call('read_installation', { p_nothing: 1 }, z.unknown())).rejects.toMatchObject({
      code: 'state.not_migrated',
    });
  });

  contract('an answer in another shape is a failure of ours', async ({ state }) => {
    await expect(state.call('read_installation', {}, z.string())).rejects.toMatchObject({
      kind: 'system',
      code: 'state.bad_answer',
      details: { function: 'read_installation' },
    });
  });

  contract(
    'a connection that is cut in the middle of a call is transient; the next works',
    async (opened) => {
      await withFunction(
        opened,
        'slow',
        `create function slow() returns jsonb language sql as $$ select '1'::jsonb from pg_sleep(60) $$`,
      );
      const admin = testPool(opened.adminConnectionString, 1);
      const call = opened.state.call('slow', {}, z.unknown()).catch((error: unknown) => error);
      await expect
        .poll(
          async () =>
            (
              await admin.query(
                `select pg_terminate_backend(pid) from pg_stat_activity
               where datname = current_database() and pid <> pg_backend_pid() and query like '%slow%' and state = 'active'`,
              )
            ).rowCount,
          { timeout: 20_000 },
        )
        .toBe(1);

      expect(await call).toMatchObject({ kind: 'transient', code: 'state.unreachable' });
      expect(await opened.state.ping()).toBeGreaterThan(0);
    },
  );

  contract('the agent moves a competition, and an illegal move is refused', async ({ state, pool }) => {
    const competition = await aCompetition({ pool, state });
    const move = (event: string, version: number) =>
      state.call(
        'transition_competition',
        {
          p_id: competition.id,
          p_version: version,
          p_event: event,
          p_payload: { why: 'ü' },
          p_actor: someActor,
        },
        z.object({ outcome: z.string() }),
      );

    expect(await move('research_started', 0)).toMatchObject({ outcome: 'moved' });
    expect(await move('research_started', 0)).not.toMatchObject({ outcome: 'moved' });
    expect(await state.ping()).toBeGreaterThan(0);
  });

  contract('many calls at once are each answered with their own', async (opened) => {
    await withFunction(opened, 'echo', echo);

    const numbers = Array.from({ length: 100 }, (_, index) => [index]);
    expect(
      await Promise.all(numbers.map((value) => opened.state.call('echo', { p_value: value }, z.unknown()))),
    ).toEqual(numbers);
  });
}
