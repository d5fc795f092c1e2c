import { expect, test, vi } from 'vitest';
import { heartbeatSchema } from '../../../src/domain/run-contract.ts';
import { processesWith, writeSubmission } from '../../support/runner-kit.ts';
import { aRentedJob } from '../../support/vast/a-job.ts';
import { aStart, vastAt, within } from '../../support/vast/a-vast.ts';
import { startVast } from '../../support/vast/start-vast.ts';

const until = { timeout: 20_000, interval: 25 };
const sleepLong = `${writeSubmission}\nimport time\ntime.sleep(600)\n`;

test('a machine runs its job, hands the result over, and destroys itself', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);
  const { server, ...links } = await aRentedJob(writeSubmission);

  await vast.start(await aStart(vast, links), within());

  await vi.waitFor(() => expect(emulator.records.of('self_destroyed')).toHaveLength(1), until);
  expect(await server.result()).toMatchObject({ exitClass: 'ok', token: 'token-1' });
  expect(await server.readText('submission.csv')).toBe('id,y\n1,0\n');
  await vi.waitFor(async () => expect(await vast.list(within())).toEqual([]), until);
});

test("a script finds the machine's own key nowhere", async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);
  const { server, ...links } = await aRentedJob(`${writeSubmission}
import glob
found = [str(dict(os.environ))]
for path in glob.glob("/proc/[0-9]*/environ"):
    try:
        found.append(open(path).read())
    except OSError:
        pass
print("keys in sight:", sum("CONTAINER_API_KEY" in text for text in found), "of", len(found) > 0)
`);

  await vast.start(await aStart(vast, links), within());

  await vi.waitFor(() => expect(emulator.records.of('self_destroyed')).toHaveLength(1), until);
  const { logTail } = await server.result();
  expect(logTail).toContain('keys in sight: 0 of True');
});

test('a machine whose time is over destroys itself, whatever its job does', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);
  const { server, ...links } = await aRentedJob(sleepLong);

  await vast.start(await aStart(vast, { ...links, maxLifeSeconds: 1 }), within());

  await vi.waitFor(() => expect(emulator.records.of('self_destroyed')).toHaveLength(1), until);
  expect(await server.has('result.json')).toBe(false);
  expect(emulator.alive()).toEqual([]);
});

test('a machine that finds no runner destroys itself', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);

  // The runner's link is dead, and its time is over before all tries are.
  await vast.start(await aStart(vast, { maxLifeSeconds: 1 }), within());

  await vi.waitFor(() => expect(emulator.records.of('self_destroyed')).toHaveLength(1), until);
});

test('a machine that is destroyed ends its script with it', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);
  const { server, ...links } = await aRentedJob(sleepLong);
  const { instanceId } = await vast.start(await aStart(vast, links), within());
  await vi.waitFor(async () => {
    const beat = heartbeatSchema.parse(JSON.parse(await server.readText('heartbeat.json')));
    expect(beat.phase).toBe('running');
  }, until);
  const home = emulator.alive()[0]?.container?.home ?? '';
  expect((await processesWith(home)).length).toBeGreaterThan(0);
  // A script could read there by which link all of its start is fetched.
  expect(await processesWith(links.jobSheetUrl)).toEqual([]);

  await vast.stop(instanceId, within());

  await vi.waitFor(async () => expect(await processesWith(home)).toEqual([]), until);
});

test('a machine that was outbid and wins again runs its job anew', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);
  const { server, ...links } = await aRentedJob(sleepLong);
  const { instanceId } = await vast.start(await aStart(vast, links), within());
  const phase = async () => heartbeatSchema.parse(JSON.parse(await server.readText('heartbeat.json'))).phase;
  await vi.waitFor(async () => expect(await phase()).toBe('running'), until);

  await emulator.strike(Number(instanceId), 'outbid');
  await server.store.put('job/heartbeat.json', Buffer.from('{}'));
  await emulator.resume(Number(instanceId));

  await vi.waitFor(async () => expect(await phase()).toBe('running'), until);
  expect(emulator.alive()[0]?.starts).toBe(2);
});

test('an order to destroy itself that failed is given again', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);
  const { server: _, ...links } = await aRentedJob(writeSubmission);
  emulator.fault('destroy', { kind: 'status', status: 500 });

  await vast.start(await aStart(vast, links), within());

  await vi.waitFor(() => expect(emulator.records.of('self_destroyed')).toHaveLength(1), until);
});
