import { expect, test } from 'vitest';
import { type CostCaps, type CostlyMachine, machinesToEnd } from '../../../src/domain/gpu/cost-watch.ts';

const period = 300;
const ofAll = (freeMicroUsd: number) => ({ budgets: [{ competitionId: null, freeMicroUsd }] });
const caps: CostCaps = { fleetMicroUsdPerHour: 150_000, maxMachines: 2, ...ofAll(1_000_000) };

function aMachine(key: string, facts: Partial<CostlyMachine> = {}): CostlyMachine {
  return {
    key,
    createdAt: new Date(Date.UTC(2026, 10, 1, Number(key))),
    competitionId: 'c',
    microUsdPerHour: 60_000,
    reservedMicroUsd: 240_000,
    soFarMicroUsd: 10_000,
    ...facts,
  };
}

const ended = (machines: CostlyMachine[], more: Partial<CostCaps> = {}) =>
  machinesToEnd(machines, { ...caps, ...more }, period).map(({ key }) => key);

test('machines within all caps stay', () => {
  expect(ended([aMachine('1'), aMachine('2')])).toEqual([]);
});

test('of too many the youngest go', () => {
  const small = { microUsdPerHour: 10_000 };

  expect(ended([aMachine('3', small), aMachine('1', small), aMachine('2', small)])).toEqual(['3']);
});

test('a price that rose over the cap of all ends the dearest', () => {
  expect(ended([aMachine('1', { microUsdPerHour: 100_000 }), aMachine('2')])).toEqual(['1']);
  expect(
    ended([aMachine('1', { microUsdPerHour: 200_000 }), aMachine('2', { microUsdPerHour: 160_000 })]),
  ).toEqual(['1', '2']);
});

test('a bill beyond its reservation lives from what is free, and then ends', () => {
  const over = aMachine('1', { soFarMicroUsd: 300_000 });

  expect(ended([over])).toEqual([]);
  expect(ended([over], ofAll(60_000))).toEqual(['1']);
  // what is free is shared
  expect(ended([over, aMachine('2', { soFarMicroUsd: 300_000 })], ofAll(100_000))).toEqual(['2']);
  expect(ended([over], ofAll(-5))).toEqual(['1']);
});

test('a budget that was lowered ends its machines before they cross it, and no others', () => {
  const machines = [aMachine('1'), aMachine('2', { competitionId: 'other' })];
  // both: 480,000 reserved, 20,000 used, 10,000 more until the next look
  expect(ended(machines, ofAll(-450_000))).toEqual([]);
  expect(ended(machines, ofAll(-450_001))).toEqual(['1', '2']);
  expect(ended(machines, { budgets: [{ competitionId: 'other', freeMicroUsd: -230_000 }] })).toEqual(['2']);
});

test('without caps nothing ends', () => {
  const dear = aMachine('1', { microUsdPerHour: 9_000_000, soFarMicroUsd: 9_000_000 });

  expect(machinesToEnd([dear], { fleetMicroUsdPerHour: null, maxMachines: 1, budgets: [] }, period)).toEqual(
    [],
  );
});
