import { existsSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Crashes, openCrashes } from '../../src/app/crashes.ts';
import { type DataFolder, placesIn } from '../../src/app/data-folder.ts';
import type { Context } from '../../src/context.ts';
import { createLogger } from '../../src/infra/logger.ts';
import { beginStageRun } from '../../src/state/stage-runs.ts';
import { anEvent } from '../support/builders.ts';
import { aContext } from '../support/context.ts';
import { freshState } from '../support/database.ts';
import { idleHandlers } from '../support/idle-handlers.ts';
import { tempFolder } from '../support/temp-folder.ts';

const logging = createLogger({ level: 'silent', file: null });

function open(places: DataFolder, options: { isAfterEmergency?: boolean; now?: Date } = {}): Crashes {
  const { isAfterEmergency = false, now = new Date() } = options;
  const crashes = openCrashes({ places, isAfterEmergency, logging, now: () => now });
  onTestFinished(() => crashes.stop());
  return crashes;
}

/** What Node tells before the handlers that end the process; here nothing ends. */
function crash(message: string): void {
  for (const tell of process.listeners('uncaughtExceptionMonitor')) {
    tell(new Error(message), 'uncaughtException');
  }
}

/** A run whose handler breaks the process, as far as the watch can tell. */
async function aCrashedRun(places: DataFolder) {
  const db = await freshState();
  const eventId = await anEvent(db.pool, { type: 'research_started', dispatchedSecondsAgo: 100 });
  const run = { eventId, delivery: 0, job: 'research.plan', item: '', competitionId: null, worker: 'one' };
  const begun = await beginStageRun(db.state, { ...run, staleSeconds: 30, maxInterruptions: 10 });
  if ('skip' in begun) throw new Error(begun.skip);
  const { id } = begun.run;
  const base = await aContext({ state: db.state });
  const ctx: Context = { ...base, actor: { type: 'job', name: 'research.plan', runId: id } };
  const handlers = idleHandlers({
    'research.plan': async () => {
      await Promise.resolve();
      crash('the plan is broken');
    },
  });
  const crashes = open(places);
  await crashes
    .track(handlers)
    ['research.plan'](ctx, { competitionId: id, version: 1, payload: {} } as never);
  crashes.stop();
  return { ...db, id };
}

test('the run that broke its process is named, and counted by the next start', async () => {
  const places = placesIn(await tempFolder());
  const { state, pool, id } = await aCrashedRun(places);

  const next = open(places);
  await next.countRuns(state);

  expect(next.last).toMatchObject({ message: 'the plan is broken', run: { id, job: 'research.plan' } });
  const { rows } = await pool.query('select outcome from stage_runs where id = $1', [id]);
  expect(rows).toEqual([{ outcome: 'crashed' }]);
});

test('three crashes within an hour forbid the work, until a person says that it may go on and a start succeeds', async () => {
  const places = placesIn(await tempFolder());
  await mkdir(places.diagnostics);
  for (let number = 1; number <= 3; number++) {
    const crashes = open(places, { now: new Date(Date.now() + number) });
    expect(crashes.loop).toBeNull();
    crash(`number ${number}`);
    crashes.stop();
  }
  writeFileSync(places.emergencyMarker, '{}');

  expect(open(places).loop).toMatchObject({ code: 'process.crash_loop' });
  const told = open(places, { isAfterEmergency: true });
  expect([told.loop, existsSync(places.emergencyMarker)]).toEqual([null, true]);
  // That start fails; the next one is no better off.
  expect(open(places).loop).not.toBeNull();
  told.settle();

  expect([open(places).loop, existsSync(places.emergencyMarker)]).toEqual([null, false]);
});

test('an ordinary start settles nothing', async () => {
  const places = placesIn(await tempFolder());
  const crashes = open(places);
  crash('once');
  writeFileSync(places.emergencyMarker, '{}');

  crashes.settle();

  expect([existsSync(places.emergencyMarker), open(places).last?.message]).toEqual([true, 'once']);
  expect(existsSync(join(places.diagnostics, 'reserve'))).toBe(true);
});
