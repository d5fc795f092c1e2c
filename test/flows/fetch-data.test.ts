import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import { competitionOverview } from '../../src/flows/commands/competition-overview.ts';
import { readDataListing } from '../../src/flows/research/data-version.ts';
import { type FetchContext, fetchData } from '../../src/flows/research/fetch-data.ts';
import { readProblem } from '../../src/flows/research/read-problem.ts';
import { isOfPresentData } from '../../src/flows/support/present-data.ts';
import { Wait } from '../../src/flows/support/wait.ts';
import { listAlerts } from '../../src/state/alerts.ts';
import { findCard } from '../../src/state/cards.ts';
import { overdueCompetitions } from '../../src/state/competitions.ts';
import { noteDownloadRefused, readDataDownload, reportDataDownload } from '../../src/state/downloads.ts';
import {
  aPracticeWorld,
  driveTo,
  now,
  type PracticeWorld,
  practiceSlug,
  startedCompetition,
} from '../support/practice-world.ts';

type Options = Parameters<typeof aPracticeWorld>[0];

/** A competition whose research has begun, and whose data nobody has fetched. */
async function aResearch(options: Options = {}) {
  const world = await aPracticeWorld(options);
  const competition = await driveTo(world, await startedCompetition(world), 'researching');
  return { world, competition, ctx: world.ctx };
}

/** The context with another list of files, and a count of the downloads. */
function listing(ctx: Context, change: { createdAt?: Date; sizeBytes?: number }) {
  const downloads: string[] = [];
  const kaggle: Context['kaggle'] = {
    ...ctx.kaggle,
    async listFiles(slug, options) {
      const files = await ctx.kaggle.listFiles(slug, options);
      return files.map((file) => ({ ...file, ...change }));
    },
    downloadData(slug, options) {
      downloads.push(slug);
      return ctx.kaggle.downloadData(slug, options);
    },
  };
  return { ctx: { ...ctx, kaggle }, downloads };
}

/** No pause counts any more, as if it were over. */
async function endPauses({ pool }: PracticeWorld, refusedFor = '0 seconds'): Promise<void> {
  await pool.query(
    `update data_downloads set not_before = clock_timestamp() - interval '1 second',
       refused_since = clock_timestamp() - $1::interval where refused_since is not null`,
    [refusedFor],
  );
}

const waitOf = (work: Promise<unknown>): Promise<Wait> =>
  work.then(
    () => expect.unreachable(),
    (error: unknown) => {
      if (error instanceof Wait) return error;
      throw error;
    },
  );

test('data come into the object store once, and nothing of their way there is left', async () => {
  const { ctx, competition } = await aResearch();
  const first = listing(ctx, {});

  const data = await fetchData(first.ctx, competition);
  const again = await fetchData(first.ctx, competition);

  expect(first.downloads).toEqual([practiceSlug]);
  expect(again).toEqual(data);
  expect(data.files.map(({ name }) => name)).toEqual(['sample_submission.csv', 'test.csv', 'train.csv']);
  const train = data.files.find(({ name }) => name === 'train.csv');
  expect(train?.key).toBe(`competitions/${practiceSlug}/data/${data.listing.version}/train.csv`);
  const stored = (await buffer(await ctx.objects.get(train?.key ?? ''))).toString('utf8');
  expect(stored).toMatch(/^id,x,y\n0,0,0\n1,1,1\n/);
  expect(stored.length).toBe(train?.sizeBytes);
  expect(await readdir(ctx.downloads.folder)).toEqual([]);
  const { download } = await readDataDownload(ctx.state, competition.id);
  expect(download).toMatchObject({ phase: 'done', version: data.listing.version });
});

test('data that Kaggle has replaced are told and read anew, and what came before stands apart', async () => {
  const { world, ctx, competition } = await aResearch();
  await readProblem(ctx, competition);
  const before = await now(world, competition);
  const later = listing(ctx, { createdAt: new Date('2030-01-01T00:00:00Z') });

  await readProblem(later.ctx, before);
  const after = await now(world, competition);
  await readProblem(later.ctx, after);

  expect(later.downloads).toEqual([practiceSlug]);
  expect(after.details.data?.version).not.toBe(before.details.data?.version);
  const keys = (await ctx.objects.list(`competitions/${practiceSlug}/data`)).map(({ key }) => key);
  expect(keys.filter((key) => key.endsWith('/train.csv'))).toHaveLength(2);
  const card = await findCard(ctx.state, `data:${competition.id}:${after.details.data?.version}`);
  expect(card?.content).toMatchObject({ kind: 'notice', event: 'data_changed', slug: practiceSlug });
  const readAt = before.details.data?.readAt ?? new Date(0);
  expect(isOfPresentData(before, { createdAt: new Date(readAt.getTime() + 1) })).toBe(true);
  expect(isOfPresentData(after, { createdAt: new Date(readAt.getTime() + 1) })).toBe(false);
});

test('a round goes on with what was read where the list of files cannot be had', async () => {
  const { world, ctx, competition } = await aResearch();
  const known = await readProblem(ctx, competition);
  world.arena.inject({ method: 'ListDataFiles', times: 9, action: { kind: 'answer', status: 500 } });

  await expect(readProblem(ctx, await now(world, competition))).resolves.toEqual(known);
});

test('one download at a time: the next leaves its worker free, and says what it waits for', async () => {
  const { world, ctx, competition } = await aResearch();
  const held = await ctx.locks.hold('kaggle-download', ctx.signal);

  const waited = await waitOf(fetchData(ctx, competition));
  const { stage } = await competitionOverview(ctx, await now(world, competition));
  await held.release();

  expect(waited.message).toBe(`the data of ${practiceSlug} wait until another download is done`);
  expect(stage?.download).toMatchObject({ phase: 'waiting_for_slot', refusedSince: null });
  await expect(fetchData(ctx, competition)).resolves.toMatchObject({ files: { length: 3 } });
  expect((await competitionOverview(ctx, await now(world, competition))).stage?.download).toBeUndefined();
});

test('how far a download is shows in whole percents', async () => {
  const { world, ctx, competition } = await aResearch();
  await reportDataDownload(ctx.state, {
    competitionId: competition.id,
    version: 'one',
    phase: 'transferring',
    doneBytes: 345_679_010,
    totalBytes: 1_234_567_890,
  });

  const { stage } = await competitionOverview(ctx, await now(world, competition));

  expect(stage?.progress).toEqual({ done: 28, total: 100, label: '346 MB of 1.2 GB' });
  expect(stage?.download).toEqual({ phase: 'transferring', totalBytes: 1_234_567_890, refusedSince: null });
});

test('refused downloads are left alone for a minute, by all; after half an hour people are told', async () => {
  const busy = { method: 'DownloadDataFiles', times: 3, action: { kind: 'answer', status: 429 } } as const;
  const { world, ctx, competition } = await aResearch({ arena: { faults: [busy] } });
  const asks = () => fetchData(ctx, competition);

  const first = await waitOf(asks());
  const early = await waitOf(asks());
  expect(first.delayMs).toBeGreaterThanOrEqual(60_000);
  expect(early.message).toBe(`Kaggle wants no download for a while, so the data of ${practiceSlug} wait`);
  expect(await listAlerts(ctx.state)).toEqual([]);
  const { stage } = await competitionOverview(ctx, await now(world, competition));
  expect(stage?.download).toMatchObject({ phase: 'waiting_for_vendor', refusedSince: expect.any(Date) });

  await endPauses(world, '31 minutes');
  const late = await waitOf(asks());
  expect(late.delayMs).toBe(600_000);
  expect(await listAlerts(ctx.state)).toMatchObject([
    { kind: 'service:kaggle-download', severity: 'warning', details: { code: 'kaggle.downloads_refused' } },
  ]);

  await endPauses(world, '42 minutes');
  await waitOf(asks());
  await endPauses(world, '53 minutes');
  await expect(asks()).resolves.toMatchObject({ files: { length: 3 } });
  expect((await listAlerts(ctx.state)).filter(({ clearedAt }) => clearedAt === null)).toEqual([]);
});

test('a time that Kaggle names for the next download is kept', async () => {
  const headers = { 'retry-after': '900' };
  const { ctx, competition } = await aResearch({
    arena: { faults: [{ method: 'DownloadDataFiles', action: { kind: 'answer', status: 429, headers } }] },
  });

  expect((await waitOf(fetchData(ctx, competition))).delayMs).toBe(900_000);
  expect((await readDataDownload(ctx.state, competition.id)).pauseSeconds).toBeGreaterThan(800);
});

test.each([
  [
    { mostDataBytes: 100 },
    Number.POSITIVE_INFINITY,
    'data.too_large',
    /^The data of odd-or-even are [\d.]+ (bytes|kB), and the agent takes 100 bytes at most/,
  ],
  [{}, 1_000, 'data.no_space', /^The data of odd-or-even need [\d.]+ MB of disk and 1 kB are free/],
])(
  'data that do not fit (%j, %d free) are refused as %s, with both numbers, before they are fetched',
  async (rules, freeBytes, code, words) => {
    const { ctx, competition } = await aResearch();
    const discovery = { ...ctx.policy.discovery, ...rules };
    const downloads = { ...ctx.downloads, freeBytes: async () => freeBytes };
    const counted = listing(ctx, {});
    const own: FetchContext = { ...counted.ctx, downloads, policy: { ...ctx.policy, discovery } };

    await expect(fetchData(own, competition)).rejects.toMatchObject({
      kind: 'business',
      code,
      message: expect.stringMatching(words),
    });
    expect(counted.downloads).toEqual([]);
  },
);

test('what a killed process fetched is gone on with, and what it put away does not come twice', async () => {
  const { ctx, competition } = await aResearch();
  const puts: string[] = [];
  let putsLeft = 2;
  const objects: Context['objects'] = {
    ...ctx.objects,
    async put(key, body, options) {
      putsLeft -= 1;
      if (putsLeft < 0) throw new Error('killed');
      puts.push(key.split('/').at(-1) ?? '');
      return await ctx.objects.put(key, body, options);
    },
  };
  await expect(fetchData({ ...ctx, objects }, competition)).rejects.toThrow('killed');
  const [place = ''] = await readdir(ctx.downloads.folder);
  const whole = await readFile(join(ctx.downloads.folder, place, 'archive'));
  putsLeft = 9;
  const data = await fetchData({ ...ctx, objects }, competition);

  expect(whole.length).toBeGreaterThan(0);
  expect(puts.filter((name) => name.endsWith('.csv')).toSorted()).toEqual([
    'sample_submission.csv',
    'test.csv',
    'train.csv',
  ]);
  expect(data.files).toHaveLength(3);
  expect(await readdir(ctx.downloads.folder)).toEqual([]);
});

test('what was put away before a kill needs no room again', async () => {
  const { ctx, competition } = await aResearch();
  let putsLeft = 2;
  const objects: Context['objects'] = {
    ...ctx.objects,
    async put(key, body, options) {
      putsLeft -= 1;
      if (putsLeft < 0) throw new Error('killed');
      return await ctx.objects.put(key, body, options);
    },
  };
  await expect(fetchData({ ...ctx, objects }, competition)).rejects.toThrow('killed');
  const taken = await ctx.objects.list(`competitions/${practiceSlug}/data`);
  const { totalBytes } = await readDataListing(ctx, practiceSlug);
  const leftBytes = totalBytes - taken.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const withFree = (freeBytes: number): FetchContext => ({
    ...ctx,
    downloads: { ...ctx.downloads, sharesDisk: true, freeBytes: async () => freeBytes },
  });

  expect(taken).toHaveLength(2);
  const tooLittle = withFree(500_000_000 + leftBytes - 1);
  await expect(fetchData(tooLittle, competition)).rejects.toMatchObject({ code: 'data.no_space' });
  const enough = withFree(500_000_000 + leftBytes);
  await expect(fetchData(enough, competition)).resolves.toMatchObject({ files: { length: 3 } });
});

test('a wrong time for the next download does not stop all of them for good', async () => {
  const headers = { 'retry-after': 'Fri, 01 Jan 2199 00:00:00 GMT' };
  const { ctx, competition } = await aResearch({
    arena: { faults: [{ method: 'DownloadDataFiles', action: { kind: 'answer', status: 429, headers } }] },
  });

  expect((await waitOf(fetchData(ctx, competition))).delayMs).toBe(6 * 3_600_000);
});

test('the time of a download does not count against the stage, a download that nobody hears of does', async () => {
  const { world, ctx, competition } = await aResearch();
  const slas = { researching: 60 };
  const overdue = async () => (await overdueCompetitions(ctx.state, slas)).length;
  await world.pool.query(`update transitions set at = clock_timestamp() - interval '2 hours'`);
  const report = { competitionId: competition.id, version: 'one', doneBytes: 1, totalBytes: 2 } as const;
  const age = (span: string) =>
    world.pool.query(`update data_downloads set updated_at = clock_timestamp() - $1::interval`, [span]);

  expect(await overdue()).toBe(1);
  await reportDataDownload(ctx.state, { ...report, phase: 'transferring' });
  expect(await overdue()).toBe(0);
  await age('15 minutes');
  expect(await overdue()).toBe(0);
  await age('25 minutes');
  expect(await overdue()).toBe(1);
  await noteDownloadRefused(ctx.state, { competitionId: competition.id, version: 'one', waitSeconds: 7_200 });
  await age('25 minutes');
  expect(await overdue()).toBe(0);
  await reportDataDownload(ctx.state, { ...report, phase: 'done' });
  expect(await overdue()).toBe(0);
  await age('2 minutes');
  expect(await overdue()).toBe(1);
});
