import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { placesIn } from '../../src/app/data-folder.ts';
import { retentionOf } from '../../src/app/retention.ts';
import { someLifetimes } from '../support/lifetimes.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { loadTestConfig } from '../support/test-config.ts';

function policyWith(environment: Record<string, string> = {}) {
  return retentionOf(loadTestConfig({ KAGGLE_AGENT_DATA: '/data', ...environment }));
}

/** Names that would go from a folder, whatever their age. */
function goFrom(folder: string, names: readonly string[]): string[] {
  const own = policyWith().files.filter((files) => files.folder === folder);
  return names.filter((name) => own.some((files) => files.names.test(name)));
}

const places = placesIn('/data');

test('every lifetime comes from its setting', () => {
  expect(policyWith().lifetimes).toEqual(someLifetimes);

  const changed = policyWith({ KAGGLE_AGENT_KEEP_AUDIT_DAYS: '12', KAGGLE_AGENT_KEEP_LOGS_DAYS: '3' });

  expect(changed.lifetimes).toEqual({ ...someLifetimes, auditDays: 12, logDays: 3 });
  expect(changed.files.find(({ folder }) => folder === places.logs)).toMatchObject({ days: 3 });
});

test('lifetimes that would take what is still looked at are refused', () => {
  expect(() => policyWith({ KAGGLE_AGENT_KEEP_EVENTS_DAYS: '7' })).toThrow(/KAGGLE_AGENT_KEEP_EVENTS_DAYS/);
});

test('only leftovers of calls go from the scratch folder, never what a run works in', async () => {
  const reading = await mkdtemp(join(await tempFolder(), 'read-titanic-'));
  const [read = ''] = await readdir(join(reading, '..'));
  const leftovers = [`gate-${randomUUID()}`, read, `ka-1a2b3c4d-sub-titanic-1-${randomUUID()}.csv`];
  const kept = [`ka-1a2b3c4d-gpu-${randomUUID()}-1`, 'ka-1a2b3c4d-gpu-1.run.json', 'gate-notes', 'mine.csv'];

  expect(goFrom(places.scratch, [...leftovers, ...kept])).toEqual(leftovers);
});

test('neither the log that is written to nor a stranger in the folder of the logs goes', () => {
  expect(goFrom(places.logs, ['agent.log', 'agent.log.1', 'agent.log.3', 'notes.log'])).toEqual([
    'agent.log.1',
    'agent.log.3',
  ]);
});

test('of the diagnostics the newest of each kind stays, and the room that is kept for them', () => {
  const names = [
    'emergency-2026-11-22T10-00-00-000Z.json',
    'crash-2026-11-22T10-00-00-000Z-7.json',
    'reserve',
  ];

  expect(goFrom(places.diagnostics, names)).toEqual(names.slice(0, 2));
  const own = policyWith().files.filter(({ folder }) => folder === places.diagnostics);
  expect(own.map(({ keepNewest }) => keepNewest)).toEqual([1, 1]);
});
