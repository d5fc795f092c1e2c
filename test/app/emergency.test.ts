import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { placesIn } from '../../src/app/data-folder.ts';
import { createEmergency, requireNoEmergency } from '../../src/app/emergency.ts';
import { keepReserve } from '../../src/app/emergency-files.ts';
import { createSecret } from '../../src/config/secret.ts';
import type { CommandFlows } from '../../src/domain/command-results.ts';
import { SystemFailure, TransientFailure } from '../../src/domain/errors.ts';
import { createLogger } from '../../src/infra/logger.ts';
import type { StatePort } from '../../src/state/port.ts';
import { contextWithout } from '../support/context.ts';
import { aRecordingChat } from '../support/recording-chat.ts';
import { silentLog } from '../support/silent-log.ts';
import { tempFolder } from '../support/temp-folder.ts';

const gone = new SystemFailure('The ground is gone with hunter2.', { code: 'state.lost', scope: 'process' });

async function aPlace() {
  const places = placesIn(await tempFolder());
  const logFile = join(places.root, 'logs', 'agent.log');
  const logging = createLogger({ level: 'info', file: logFile, secrets: [createSecret('hunter2')] });
  onTestFinished(() => logging.close());
  const chat = aRecordingChat();
  const lines: string[] = [];
  const ends: SystemFailure[] = [];
  const emergency = createEmergency({
    dataFolder: places.root,
    logging,
    chats: () => [chat],
    onEmergency: (failure) => void ends.push(failure),
    writeError: (line) => void lines.push(line),
  });
  return { places, logging, logFile, chat, lines, ends, emergency };
}

const diagnosticsSchema = z.object({ lastLines: z.array(z.string()), health: z.array(z.object({})) });

test('an emergency stop is told in every chat and on standard error, and leaves a marker and diagnostics without secrets', async () => {
  const { places, logging, chat, lines, ends, emergency } = await aPlace();
  logging.log.info({}, 'the last thing that happened');

  emergency.stop(gone);
  const isAborted = emergency.signal.aborted;
  // A second cause changes nothing any more.
  emergency.stop(new SystemFailure('Another one.', { code: 'disk.full', scope: 'process' }));
  await emergency.ended();

  expect([isAborted, emergency.signal.reason, ends]).toEqual([true, gone, [gone]]);
  expect(chat.said).toHaveLength(1);
  expect(chat.said[0]).toMatch(/The ground is gone.+--after-emergency --data /s);
  expect(lines).toEqual([`critical: ${chat.said[0]}`]);
  const marker = await readFile(places.emergencyMarker, 'utf8');
  const [name = ''] = readdirSync(places.diagnostics);
  const diagnostics = await readFile(join(places.diagnostics, name), 'utf8');
  expect(JSON.parse(marker)).toMatchObject({
    code: 'state.lost',
    diagnostics: join(places.diagnostics, name),
  });
  expect(diagnosticsSchema.parse(JSON.parse(diagnostics)).lastLines[0]).toMatch(/the last thing/);
  for (const [text, file] of [
    [marker, places.emergencyMarker],
    [diagnostics, join(places.diagnostics, name)],
  ] as const) {
    expect(text).not.toContain('hunter2');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  }
});

test('the last works are done before the process is told to end, and one that fails holds up nothing', async () => {
  const { ends, emergency } = await aPlace();
  const order: string[] = [];
  emergency.atStop(async () => {
    order.push(`work ${ends.length}`);
    await Promise.resolve();
    order.push('done');
  });
  emergency.atStop(() => Promise.reject(new Error('broken')));

  emergency.stop(gone);
  await emergency.ended();

  expect([order, ends.length]).toEqual([['work 0', 'done'], 1]);
});

test('the next start waits for a person, however damaged the marker is, and goes on when told to', async () => {
  const { places, emergency } = await aPlace();
  expect(() => requireNoEmergency(places, false)).not.toThrow();

  emergency.stop(gone);
  await emergency.ended();

  expect(() => requireNoEmergency(places, true)).not.toThrow();
  const refused = { code: 'agent.after_emergency', kind: 'configuration' };
  expect(() => requireNoEmergency(places, false)).toThrow(expect.objectContaining(refused));
  writeFileSync(places.emergencyMarker, '');
  expect(() => requireNoEmergency(places, false)).toThrow(expect.objectContaining(refused));
});

test('from the stop on every command is answered with what happened, and begins nothing', async () => {
  const { emergency } = await aPlace();
  const calls: string[] = [];
  const flows = { installation: async () => calls.push('asked') } as unknown as CommandFlows;
  const guarded = emergency.guardFlows(() => flows)({ type: 'console', user: 'tester' });
  await guarded.installation();

  emergency.stop(gone);

  await expect(guarded.installation()).rejects.toMatchObject({
    code: 'agent.emergency_stop',
    message: expect.stringContaining('The ground is gone'),
  });
  expect(calls).toEqual(['asked']);
  await emergency.ended();
});

test('a database whose disk is full stops the process; one that is only away does not', async () => {
  const { emergency, ends } = await aPlace();
  let thrown: Error = new TransientFailure('away', { code: 'state.unreachable' });
  const fail = async () => {
    throw thrown;
  };
  const state: StatePort = emergency.guardState({ call: fail, ping: fail });

  await expect(state.call('any', {}, z.unknown())).rejects.toBe(thrown);
  expect(emergency.signal.aborted).toBe(false);
  thrown = new SystemFailure('full', { code: 'disk.full', scope: 'process' });
  await expect(state.ping()).rejects.toBe(thrown);
  await emergency.ended();

  expect(ends).toEqual([thrown]);
});

test('an object that finds no room stops the process as well', async () => {
  const { emergency, ends } = await aPlace();
  const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
  const { objects } = contextWithout({} as StatePort);
  const guarded = emergency.guardObjects({ ...objects, put: () => Promise.reject(full) });

  await expect(guarded.put('any', Buffer.from('x'))).rejects.toBe(full);
  await emergency.ended();

  expect(ends).toMatchObject([{ code: 'disk.full' }]);
});

test('the reserve is given up at a stop, so that there is room for saying why', async () => {
  const { places, emergency } = await aPlace();
  keepReserve(places, silentLog);
  const reserve = join(places.diagnostics, 'reserve');
  expect(statSync(reserve).size).toBeGreaterThan(100_000);

  emergency.stop(gone);

  expect(statSync(reserve).size).toBe(0);
  await emergency.ended();
  // The next start lays it aside anew.
  keepReserve(places, silentLog);
  expect(statSync(reserve).size).toBeGreaterThan(100_000);
});

test('where no file can be written people are told all the same', async () => {
  const { places, chat, ends, emergency } = await aPlace();
  // A folder where the marker should be, and a file where the diagnostics' folder should be.
  await mkdir(places.emergencyMarker);
  writeFileSync(places.diagnostics, '');

  emergency.stop(gone);
  await emergency.ended();

  expect([chat.said.length, ends.length]).toEqual([1, 1]);
});

test('a start that may not work marks that at once, tells it when there is a chat, and throws', async () => {
  const { places, chat, emergency } = await aPlace();
  emergency.mark(gone);
  expect([existsSync(places.emergencyMarker), emergency.signal.aborted, chat.said]).toEqual([
    true,
    false,
    [],
  ]);

  await emergency.refuseWork(null);
  await expect(emergency.refuseWork(gone)).rejects.toBe(gone);

  expect(chat.said).toHaveLength(1);
  expect(readdirSync(places.diagnostics)).toHaveLength(1);
});

test('a log file that cannot be written for want of space stops the process', async (context) => {
  if (!existsSync('/dev/full')) return context.skip('there is no device that is always full');
  const places = placesIn(await tempFolder());
  const logging = createLogger({ level: 'info', file: '/dev/full' });
  const ends: SystemFailure[] = [];
  createEmergency({
    dataFolder: places.root,
    logging,
    chats: () => [],
    onEmergency: (failure) => void ends.push(failure),
    writeError: () => undefined,
  });

  logging.log.info({}, 'one line too many');

  await vi.waitFor(() => expect(ends).toMatchObject([{ code: 'disk.full' }]), { timeout: 20_000 });
});
