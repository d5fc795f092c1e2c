import { expect, test } from 'vitest';
import { createDownloadReport } from '../../src/flows/research/report-download.ts';
import { readDataDownload } from '../../src/state/downloads.ts';
import type { StatePort } from '../../src/state/port.ts';
import { aCompetition } from '../support/builders.ts';
import { freshState } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';

async function aReport(failing = false) {
  const db = await freshState();
  const { id } = await aCompetition(db);
  let reports = 0;
  let nowMs = 0;
  const state: StatePort = {
    ...db.state,
    call(name, args, answer) {
      if (name === 'report_data_download') reports += 1;
      if (failing) return Promise.reject(new Error('the database is away'));
      return db.state.call(name, args, answer);
    },
  };
  const ctx = { state, log: silentLog, now: () => new Date(nowMs) };
  return {
    report: createDownloadReport(ctx, { competitionId: id, version: 'one' }),
    pass: (ms: number) => {
      nowMs += ms;
    },
    reports: () => reports,
    stored: async () => (await readDataDownload(db.state, id)).download,
  };
}

test('a thousand steps of a moment are one or two reports, and the last one is stored', async () => {
  const { report, reports, stored } = await aReport();

  for (let step = 1; step <= 1_000; step++) {
    report.progress({ phase: 'transfer', doneBytes: step, totalBytes: 1_000 });
  }
  await report.settle();

  expect(reports()).toBe(2);
  expect(await stored()).toMatchObject({ phase: 'transferring', doneBytes: 1_000, totalBytes: 1_000 });
});

test('every two seconds are news, and so is another phase', async () => {
  const { report, pass, reports, stored } = await aReport();
  const step = (phase: 'transfer' | 'unpacking', doneBytes: number) =>
    report.progress({ phase, doneBytes, totalBytes: null });

  step('transfer', 1);
  await report.settle();
  step('transfer', 2);
  expect(reports()).toBe(1);
  pass(2_000);
  step('transfer', 3);
  await report.settle();
  expect(reports()).toBe(2);
  step('unpacking', 4);
  await report.settle();

  expect(reports()).toBe(3);
  expect(await stored()).toMatchObject({ phase: 'unpacking', doneBytes: 4 });
});

test('a report that cannot be stored ends no download', async () => {
  const { report, reports } = await aReport(true);

  report.progress({ phase: 'transfer', doneBytes: 1, totalBytes: null });

  await expect(report.settle()).resolves.toBeUndefined();
  expect(reports()).toBe(1);
});
