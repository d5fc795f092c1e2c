import { expect, onTestFinished, test, vi } from 'vitest';
import { createRealtimeFeed, type RealtimeFeedOptions } from '../../src/state/realtime-feed.ts';
import { anEvent, aTrainingJob } from '../support/builders.ts';
import { freshState } from '../support/database.ts';
import { startRealtimeEmulator } from '../support/realtime.ts';
import { recordingLog, silentLog } from '../support/silent-log.ts';
import { keyFor } from '../support/supabase-keys.ts';
import { changeFeedContract, connected, listening, notified, patience } from './change-feed-contract.ts';

const poll = notified('poll');
const neverMs = 3_600_000;

async function aProject({ published = true } = {}) {
  const database = await freshState();
  if (!published) await database.pool.query('drop publication supabase_realtime');
  const realtime = await startRealtimeEmulator({ connectionString: database.adminConnectionString });
  onTestFinished(() => realtime.close());
  const open = (options: Partial<RealtimeFeedOptions> = {}) =>
    createRealtimeFeed({
      url: realtime.url,
      key: { reveal: () => 'sb_secret_of_the_tests' },
      log: silentLog,
      pollMs: neverMs,
      joinedPollMs: neverMs,
      ...options,
    });
  return { ...database, realtime, open };
}

changeFeedContract('Realtime', async () => {
  const { state, pool, realtime, open } = await aProject();
  return { state, pool, open: () => open(), cut: async () => realtime.cut() };
});

test('the tables that are watched beside the events are told by their names', async () => {
  const { pool, state, open } = await aProject();
  const { notices } = listening(open());
  await vi.waitFor(() => expect(notices).toEqual([connected]), patience);

  await aTrainingJob({ pool, state });

  await vi.waitFor(() => {
    expect(notices).toContainEqual(notified('competitions'));
    expect(notices).toContainEqual(notified('training_jobs'));
  }, patience);
});

test('what the relay itself writes on an event wakes nobody', async () => {
  const { pool, open } = await aProject();
  const { notices } = listening(open());
  await vi.waitFor(() => expect(notices).toEqual([connected]), patience);

  const id = await anEvent(pool, { type: 'paused' });
  await pool.query(`select claim_events('w', 10, 30)`);
  await pool.query(`select mark_event_dispatched($1, 'w')`, [id]);
  await anEvent(pool, { type: 'resumed' });

  await vi.waitFor(() => expect(notices.at(-1)).toEqual(notified('resumed')), patience);
  expect(notices).toEqual([connected, notified('paused'), notified('resumed')]);
});

test('Realtime that found the database again is a reason to look', async () => {
  const { realtime, open } = await aProject();
  const { notices } = listening(open());
  await vi.waitFor(() => expect(notices).toEqual([connected]), patience);

  realtime.system('ok', 'Subscribed to PostgreSQL');

  await vi.waitFor(() => expect(notices).toEqual([connected, connected]), patience);
});

test('a server that says nothing any more is left for another connection', async () => {
  const { pool, realtime, open } = await aProject();
  const { notices } = listening(open({ heartbeatMs: 200, joinTimeoutMs: 400 }));
  await vi.waitFor(() => expect(notices).toContainEqual(connected), patience);

  realtime.mute();
  const tries = realtime.keys.length;
  // One that is given up, and one that is not answered from its start.
  await vi.waitFor(() => expect(realtime.keys.length).toBeGreaterThan(tries + 1), patience);
  const count = notices.length;
  realtime.speak();

  await vi.waitFor(() => expect(notices.slice(count)).toContainEqual(connected), patience);
  await vi.waitFor(async () => {
    await anEvent(pool, { type: 'resumed' });
    expect(notices).toContainEqual(notified('resumed'));
  }, patience);
});

test('a channel that the server ends, and a database that it cannot hear, are tried again', async () => {
  const { realtime, open } = await aProject();
  const { notices } = listening(open());
  const times = (count: number) =>
    vi.waitFor(() => {
      expect(notices).toEqual(Array.from({ length: count }, () => connected));
      expect(realtime.joined()).toBe(1);
    }, patience);
  await times(1);

  realtime.closeChannels('phx_error');
  await times(2);
  realtime.closeChannels('phx_close');
  await times(3);
  realtime.system('error', 'Unable to subscribe to changes with given parameters');
  await times(4);
});

test('listeners look now and then while Realtime is away, and it is found when it is back', async () => {
  const { realtime, open } = await aProject();
  realtime.refuse(503);
  const { notices } = listening(open({ pollMs: 20 }));

  await vi.waitFor(() => expect(notices.length).toBeGreaterThan(3), patience);
  expect(notices).not.toContainEqual(connected);
  realtime.admit();
  await vi.waitFor(() => expect(notices).toContainEqual(connected), patience);
  const count = notices.length;
  realtime.cut();
  await vi.waitFor(() => expect(notices.slice(count)).toContainEqual(poll), patience);
});

test('listeners look now and then even while Realtime works', async () => {
  const { open } = await aProject();
  const { notices } = listening(open({ joinedPollMs: 20 }));

  await vi.waitFor(() => expect(notices.slice(0, 3)).toEqual([connected, poll, poll]), patience);
});

test('a wrong key is said in the log, without the key, and the next key is taken', async () => {
  const { realtime, open } = await aProject();
  const { log, lines } = recordingLog();
  const current = { value: keyFor('service_role', { secret: 'of-another-project-with-another-secret' }) };
  const { notices } = listening(open({ log, key: { reveal: () => current.value } }));
  await vi.waitFor(
    () =>
      expect(lines.map(({ message }) => message)).toContain(
        'Realtime is lost; changes are looked for until it is back',
      ),
    patience,
  );
  expect(JSON.stringify(lines)).not.toContain(current.value);

  current.value = keyFor('service_role');

  await vi.waitFor(() => expect(notices).toEqual([connected]), patience);
  expect(realtime.keys).toEqual([current.value]);
});

test('a key that is rotated reaches an open connection', async () => {
  const { realtime, open } = await aProject();
  const current = { value: keyFor('service_role', { livesSeconds: 3_600 }) };
  const { notices } = listening(open({ heartbeatMs: 200, key: { reveal: () => current.value } }));
  await vi.waitFor(() => expect(notices).toContainEqual(connected), patience);

  current.value = keyFor('service_role', { livesSeconds: -60 });

  // The server ends the channel when it hears of an expired one, which shows that it does.
  await vi.waitFor(() => expect(realtime.joined()).toBe(0), patience);
  const count = notices.length;
  current.value = keyFor('service_role');
  await vi.waitFor(() => expect(notices.slice(count)).toContainEqual(connected), patience);
  expect(realtime.keys.at(-1)).toBe(current.value);
});

test('a project without the publication is said, and looked at all the same', async () => {
  const { open } = await aProject({ published: false });
  const { log, lines } = recordingLog();
  const { notices } = listening(open({ log, pollMs: 20 }));

  await vi.waitFor(() => expect(JSON.stringify(lines)).toContain('table: events'), patience);
  await vi.waitFor(() => expect(notices).toContainEqual(poll), patience);
  expect(notices).not.toContainEqual(connected);
});
