import { expect, test } from 'vitest';
import { aStart, vastAt, within } from '../../support/vast/a-vast.ts';
import { startVast } from '../../support/vast/start-vast.ts';

async function aMachine(settings: Parameters<typeof startVast>[0] = {}) {
  const emulator = await startVast(settings);
  const vast = vastAt(emulator);
  const { instanceId } = await vast.start(await aStart(vast), within());
  return { emulator, vast, instanceId };
}

test('an order that was taken and forgotten is given again', async () => {
  const { emulator, vast, instanceId } = await aMachine();
  emulator.fault('destroy', { kind: 'lie' });

  await vast.stop(instanceId, within());

  expect(emulator.alive()).toEqual([]);
});

test('an order that is never carried out is an error', async () => {
  const { emulator, vast, instanceId } = await aMachine();
  emulator.fault('destroy', { kind: 'lie' }, 9);

  await expect(vast.stop(instanceId, within())).rejects.toMatchObject({
    kind: 'transient',
    code: 'compute.not_gone',
  });
});

test('an order that failed is given again', async () => {
  const { emulator, vast, instanceId } = await aMachine();
  emulator.fault('destroy', { kind: 'status', status: 500 }, 2);

  await vast.stop(instanceId, within());

  expect(emulator.alive()).toEqual([]);
});

test('a list that is away for the moment does not keep a machine alive', async () => {
  const { emulator, vast, instanceId } = await aMachine();
  emulator.fault('list', { kind: 'status', status: 503 }, 3);

  await vast.stop(instanceId, within());

  expect(emulator.alive()).toEqual([]);
});

test('a machine that their list does not show yet is destroyed all the same', async () => {
  const { emulator, vast, instanceId } = await aMachine({ listLagMs: 5_000 });

  await vast.stop(instanceId, within());

  expect(emulator.alive()).toEqual([]);
});

test('without proof that it is gone a stop is no success', async () => {
  const { emulator, vast, instanceId } = await aMachine();
  emulator.fault('list', { kind: 'status', status: 503 }, 6);

  await expect(vast.stop(instanceId, within())).rejects.toMatchObject({ code: 'vast.failing' });
  expect(emulator.alive()).toEqual([]);
});

test('two who stop one machine at once both see it gone', async () => {
  const { emulator, vast, instanceId } = await aMachine();

  await Promise.all([vast.stop(instanceId, within()), vast.stop(instanceId, within())]);

  expect(emulator.alive()).toEqual([]);
});
