import { expect, test } from 'vitest';
import {
  claimLook,
  endStanding,
  getStanding,
  listLeaderboards,
  listStandingCompetitions,
  recordReading,
} from '../../src/state/leaderboards.ts';
import { aCompetition } from '../support/builders.ts';
import { freshState } from '../support/database.ts';
import { aReading } from '../support/readings.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 12, minute));

async function ready() {
  const db = await freshState();
  const { id } = await aCompetition(db);
  await db.pool.query(
    `insert into submissions (competition_id, round, key, params_hash, approach, object_key, status, vendor_ref)
     values ($1, 1, 'key', 'hash', 'a-way', 'file', 'scored', '7')`,
    [id],
  );
  return { ...db, id };
}

test('the newest readings are listed, oldest of them first, with what a medal took then', async () => {
  const { state, id } = await ready();
  for (const rank of [9, 7, 4]) {
    const reading = aReading({ rank, bronze: 0.5, awardsMedals: true, top: [{ name: 'best', score: 1 }] });
    await recordReading(state, { competitionId: id, reading, teamId: null, at: at(rank) });
  }

  expect(await listLeaderboards(state, id, 2)).toMatchObject([
    { rank: 7, bronze: 0.5, gold: null, awardsMedals: true, top: [{ name: 'best', score: 1 }] },
    { rank: 4, part: 'public', isWhole: true },
  ]);
});

test('our team stays known, and only a whole board counts as one', async () => {
  const { state, id } = await ready();
  const record = (isWhole: boolean, teamId: number | null, minute: number) =>
    recordReading(state, { competitionId: id, reading: aReading({ isWhole }), teamId, at: at(minute) });
  await record(true, 4_711, 1);
  await record(false, null, 2);

  expect(await getStanding(state, id)).toMatchObject({ teamId: 4_711, wholeAt: at(1), boardAt: at(2) });
});

test('of all who look at once one does, and the next when it is due', async () => {
  const { state, id } = await ready();
  const claim = (minute: number) =>
    claimLook(state, { competitionId: id, before: at(minute - 10), at: at(minute) });

  const claimed = await Promise.all([claim(20), claim(20), claim(20)]);

  expect(claimed.filter(Boolean)).toHaveLength(1);
  expect(await claim(25)).toBe(false);
  expect(await claim(30)).toBe(true);
});

test('the end is said once, and then nobody waits for it', async () => {
  const { state, pool, id } = await ready();
  expect((await listStandingCompetitions(state)).map((one) => one.id)).toEqual([id]);
  const { rows } = await pool.query<{ id: string }>('select id from submissions');
  const place = { rank: 3, entrants: 40, score: 0.7, submissionId: rows[0]?.id ?? null };

  expect(await endStanding(state, { competitionId: id, place, at: at(1) })).toBe(true);
  expect(await endStanding(state, { competitionId: id, place: null, at: at(2) })).toBe(false);

  expect(await getStanding(state, id)).toMatchObject({ privateRank: 3, privateScore: 0.7, endedAt: at(1) });
  expect(await listStandingCompetitions(state)).toEqual([]);
  expect((await pool.query('select final_rank, final_entrants from submissions')).rows).toEqual([
    { final_rank: 3, final_entrants: 40 },
  ]);
});
