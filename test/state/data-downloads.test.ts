import { expect, test } from 'vitest';
import { setCompetitionProblem } from '../../src/state/competitions.ts';
import { noteDownloadRefused, readDataDownload, reportDataDownload } from '../../src/state/downloads.ts';
import { aCompetition } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

async function twoCompetitions() {
  const db = await freshState();
  const [one, other] = [await aCompetition(db), await aCompetition(db)];
  const at = (competitionId: string, phase: 'transferring' | 'waiting_for_slot' | 'done', version = 'one') =>
    reportDataDownload(db.state, { competitionId, version, phase, doneBytes: 1, totalBytes: null });
  return { ...db, one, other, at };
}

test('what one competition is refused holds for all, until a byte moves', async () => {
  const { state, one, other, at } = await twoCompetitions();
  expect(await readDataDownload(state, one.id)).toEqual({
    download: null,
    refusedSeconds: null,
    pauseSeconds: 0,
  });

  const refused = await noteDownloadRefused(state, {
    competitionId: one.id,
    version: 'one',
    waitSeconds: 60,
  });
  const again = await noteDownloadRefused(state, { competitionId: one.id, version: 'one', waitSeconds: 90 });
  await at(other.id, 'waiting_for_slot');

  expect(again.refusedSince).toEqual(refused.refusedSince);
  const seenByOther = await readDataDownload(state, other.id);
  expect(seenByOther.pauseSeconds).toBeGreaterThan(80);
  expect(seenByOther.refusedSeconds).toBeNull();
  await at(one.id, 'waiting_for_slot');
  expect((await readDataDownload(state, one.id)).refusedSeconds).not.toBeNull();
  await at(one.id, 'transferring');
  expect(await readDataDownload(state, one.id)).toMatchObject({ refusedSeconds: null, pauseSeconds: 0 });
});

test('a time in which nobody asked is no time of refusals', async () => {
  const { state, pool, one } = await twoCompetitions();
  const refused = { competitionId: one.id, version: 'one', waitSeconds: 60 };
  await noteDownloadRefused(state, refused);
  await pool.query(
    `update data_downloads set refused_since = clock_timestamp() - interval '7 days',
       not_before = clock_timestamp() - interval '6 days'`,
  );

  const before = await readDataDownload(state, one.id);
  const again = await noteDownloadRefused(state, refused);

  expect(before.refusedSeconds).toBeNull();
  expect(again.refusedSince?.getTime()).toBeGreaterThan(again.updatedAt.getTime() - 60_000);
});

test('other data begin a download anew', async () => {
  const { one, at, pool } = await twoCompetitions();
  const aMinutePasses = () =>
    pool.query(`update data_downloads set started_at = started_at - interval '1 minute'`);

  const first = await at(one.id, 'transferring');
  const more = await at(one.id, 'transferring');
  await aMinutePasses();
  const others = await at(one.id, 'transferring', 'two');
  await at(one.id, 'done', 'two');
  await aMinutePasses();
  const later = await at(one.id, 'transferring', 'two');

  expect(more.startedAt).toEqual(first.startedAt);
  expect(others.startedAt >= first.startedAt).toBe(true);
  expect(later.startedAt >= others.startedAt).toBe(true);
});

test('a competition remembers which data its problem was inferred from', async () => {
  const { state, one } = await twoCompetitions();

  const data = { version: 'one', fileCount: 3, sizeBytes: 99 };
  const noted = await setCompetitionProblem(state, {
    id: one.id,
    problem: null,
    profile: null,
    details: { data },
  });

  expect(noted?.details.data).toEqual({
    version: 'one',
    fileCount: 3,
    sizeBytes: 99,
    readAt: expect.any(Date),
  });
});
