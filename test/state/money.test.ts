import { expect, test } from 'vitest';
import { z } from 'zod';
import { configureBudget, readBudget, setBudget } from '../../src/state/money.ts';
import type { StatePort } from '../../src/state/port.ts';
import { aCompetition, someActor } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

const answerSchema = z.object({
  granted: z.boolean(),
  cap: z.string().optional(),
  freeMicroUsd: z.number().optional(),
});

function reserve(
  state: StatePort,
  key: string,
  microUsd: number,
  options: { kind?: 'gpu' | 'llm'; competitionId?: string; perHour?: number } = {},
) {
  return state.call(
    'reserve_spend',
    {
      p_key: key,
      p_kind: options.kind ?? 'gpu',
      p_competition_id: options.competitionId ?? null,
      p_micro_usd: microUsd,
      p_micro_usd_per_hour: options.perHour ?? 0,
    },
    answerSchema,
  );
}

function settle(state: StatePort, key: string, microUsd: number) {
  return state.call(
    'settle_spend',
    { p_key: key, p_micro_usd: microUsd },
    z.object({ micro_usd: z.number() }).nullable(),
  );
}

test('two hundred reservations at once never pass the cap', async () => {
  const { pool, state } = await freshState();
  await setBudget(state, 'gpu_day', 3_600_000, someActor);

  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) => reserve(state, `key-${index}`, 90_000)),
  );

  expect(answers.filter(({ granted }) => granted)).toHaveLength(40);
  expect(answers.find(({ granted }) => !granted)).toEqual({
    granted: false,
    cap: 'gpu_day',
    freeMicroUsd: 0,
  });
  const { rows } = await pool.query(`select sum(micro_usd)::int as total from spend_ledger`);
  expect(rows).toEqual([{ total: 3_600_000 }]);
});

test('the same key asked for many times at once is granted and booked once, with a cap and without', async () => {
  const { pool, state } = await freshState();

  for (const key of ['without', 'with']) {
    if (key === 'with') await setBudget(state, 'llm_day', 250, someActor);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => reserve(state, key, 100, { kind: 'llm' })),
    );
    expect(answers.every(({ granted }) => granted)).toBe(true);
    const { rowCount } = await pool.query('select 1 from spend_ledger where key = $1', [key]);
    expect(rowCount).toBe(1);
  }
});

test('what was really spent takes the place of what was reserved, once', async () => {
  const { state } = await freshState();
  await setBudget(state, 'llm_day', 1_000, someActor);
  await reserve(state, 'a', 900, { kind: 'llm' });
  expect(await reserve(state, 'b', 200, { kind: 'llm' })).toEqual({
    granted: false,
    cap: 'llm_day',
    freeMicroUsd: 100,
  });

  expect(await settle(state, 'a', 300)).toEqual({ micro_usd: 300 });
  expect(await settle(state, 'a', 999)).toBeNull();
  expect(await settle(state, 'never-reserved', 5)).toBeNull();

  expect(await reserve(state, 'b', 700, { kind: 'llm' })).toEqual({ granted: true });
  expect(await readBudget(state, null)).toMatchObject({
    caps: { llm_day: 1_000 },
    llmTodayMicroUsd: 1_000,
    gpuTodayMicroUsd: 0,
  });
});

test('the hourly cap counts the machines that live now, and frees with each that ends', async () => {
  const { state } = await freshState();
  await setBudget(state, 'fleet_hour', 150_000, someActor);
  await setBudget(state, 'gpu_day', 10_000_000, someActor);

  expect(await reserve(state, 'one', 10, { perHour: 100_000 })).toEqual({ granted: true });
  expect(await reserve(state, 'two', 10, { perHour: 60_000 })).toEqual({
    granted: false,
    cap: 'fleet_hour',
    freeMicroUsd: 50_000,
  });
  expect(await reserve(state, 'words', 10, { kind: 'llm', perHour: 0 })).toEqual({ granted: true });
  await settle(state, 'one', 10);
  expect(await reserve(state, 'two', 10, { perHour: 60_000 })).toEqual({ granted: true });
});

test('a competition has a cap of its own for its whole life, beside that of the day', async () => {
  const db = await freshState();
  const { pool, state } = db;
  const { id: competitionId } = await aCompetition(db);
  const { id: other } = await aCompetition(db);
  await setBudget(state, 'llm_day', 5_000, someActor);
  await setBudget(state, `llm:${competitionId}`, 6_000, someActor);
  await reserve(state, 'yesterday', 4_000, { kind: 'llm', competitionId });
  await settle(state, 'yesterday', 4_000);
  await pool.query(`update spend_ledger set at = at - interval '1 day'`);

  const asked = { kind: 'llm', competitionId } as const;
  expect(await reserve(state, 'much', 3_000, asked)).toEqual({
    granted: false,
    cap: `llm:${competitionId}`,
    freeMicroUsd: 2_000,
  });
  expect(await reserve(state, 'little', 2_000, asked)).toEqual({ granted: true });
  expect(await reserve(state, 'other', 3_000, { kind: 'llm', competitionId: other })).toEqual({
    granted: true,
  });
  expect(await readBudget(state, competitionId)).toMatchObject({
    competitionMicroUsd: 6_000,
    llmTodayMicroUsd: 5_000,
  });
});

test('a reservation that is still open counts on the next day as well', async () => {
  const { pool, state } = await freshState();
  await reserve(state, 'open', 700);
  await pool.query(`update spend_ledger set at = at - interval '3 days'`);

  const spent = async (call: string) => Number((await pool.query(`select ${call} as sum`)).rows[0]?.sum);

  expect(await spent(`spent_today('gpu')`)).toBe(700);
  await settle(state, 'open', 300);
  expect(await spent(`spent_today('gpu')`)).toBe(0);
  expect(await spent(`spent_on('gpu', null)`)).toBe(0);
});

test('who changed a cap is written down', async () => {
  const { pool, state } = await freshState();
  await setBudget(state, 'gpu_day', 5, someActor);
  await setBudget(state, 'gpu_day', 9, someActor, 'final week');

  expect((await readBudget(state, null)).caps).toEqual({ gpu_day: 9 });
  const { rows } = await pool.query('select action, details from audit_log order by id');
  expect(rows).toEqual([
    { action: 'budget.set', details: { scope: 'gpu_day', microUsd: 5 } },
    {
      action: 'budget.set',
      details: { scope: 'gpu_day', microUsd: 9, beforeMicroUsd: 5, reason: 'final week' },
    },
  ]);
});

test('what a person allowed a competition is spent once, machines and models together, however many ask', async () => {
  const db = await freshState();
  const { pool, state } = db;
  const { id: competitionId } = await aCompetition(db);
  await pool.query(`update competitions set limits = '{"budgetUsd": 1.5}' where id = $1`, [competitionId]);
  const kinds = ['gpu', 'llm'] as const;

  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      reserve(state, `key-${index}`, 100_000, { kind: kinds[index % 2] ?? 'gpu', competitionId }),
    ),
  );

  expect(answers.filter(({ granted }) => granted)).toHaveLength(15);
  expect(answers.find(({ granted }) => !granted)).toEqual({
    granted: false,
    cap: 'competition',
    freeMicroUsd: 0,
  });
  const { id: other } = await aCompetition(db);
  expect(await reserve(state, 'elsewhere', 9_000_000, { competitionId: other })).toEqual({ granted: true });
  expect(await readBudget(state, competitionId)).toMatchObject({
    caps: { competition: 1_500_000 },
    competitionMicroUsd: 1_500_000,
  });
  expect((await readBudget(state, other)).caps).toEqual({});
});

test('every competition may cost only so much for models', async () => {
  const db = await freshState();
  await setBudget(db.state, 'llm_competition', 1_000, someActor);
  const { id: one } = await aCompetition(db);
  const { id: two } = await aCompetition(db);
  const ask = (key: string, competitionId: string, microUsd: number) =>
    reserve(db.state, key, microUsd, { kind: 'llm', competitionId });

  expect(await ask('a', one, 900)).toEqual({ granted: true });
  expect(await ask('b', one, 200)).toEqual({ granted: false, cap: 'llm_competition', freeMicroUsd: 100 });
  expect(await ask('c', two, 1_000)).toEqual({ granted: true });
  expect(await reserve(db.state, 'd', 5_000, { competitionId: one })).toEqual({ granted: true });
  expect(await reserve(db.state, 'e', 5_000, { kind: 'llm' })).toEqual({ granted: true });
});

test('what a person set outlives every restart, until the configuration says something new', async () => {
  const { state } = await freshState();
  const cap = async () => (await readBudget(state, null)).caps.gpu_day;
  const start = (microUsd: number) => configureBudget(state, 'gpu_day', microUsd, someActor);

  expect(await start(3_600)).toBe(true);
  await setBudget(state, 'gpu_day', 5_000, someActor);
  expect(await start(3_600)).toBe(false);
  expect(await cap()).toBe(5_000);
  expect(await start(4_000)).toBe(true);
  expect(await cap()).toBe(4_000);
  await setBudget(state, 'gpu_day', 1, someActor);
  expect(await start(4_000)).toBe(false);
  expect(await cap()).toBe(1);
});

test('several processes that start at once configure a cap once', async () => {
  const { pool, state } = await freshState();

  const applied = await Promise.all(
    Array.from({ length: 6 }, () => configureBudget(state, 'llm_day', 5_000, someActor)),
  );

  expect(applied.filter((one) => one)).toHaveLength(1);
  const { rows } = await pool.query(`select action from audit_log`);
  expect(rows).toEqual([{ action: 'budget.configured' }]);
});
