import { expect, test } from 'vitest';
import {
  bidFor,
  diskGbFor,
  diskPerHourUsd,
  offeredWithin,
  promisedUsd,
  transferUsd,
} from '../../../src/providers/compute/vast-price.ts';

test("a disk's price an hour is that of Vast.ai's own example", () => {
  expect(diskPerHourUsd(0.149333, 10)).toBeCloseTo(0.00207407, 8);
});

test('a disk is ordered in whole gigabytes, at least eight of them', () => {
  expect(diskGbFor(0)).toBe(8);
  expect(diskGbFor(20e9)).toBe(20);
  expect(diskGbFor(20e9 + 1)).toBe(21);
});

test('traffic is billed both ways, each at its own price', () => {
  expect(transferUsd({ download: 20e9, upload: 1e9 }, { download: 0.02, upload: 0.05 })).toBeCloseTo(0.45);
});

test('a bid stands a little above the floor and never above what may be paid', () => {
  expect(bidFor(0.1, 0.2)).toBeCloseTo(0.115);
  expect(bidFor(0.1, 0.11)).toBeCloseTo(0.11);
  expect(bidFor(0.1, 0.1)).toBeCloseTo(0.1);
  expect(bidFor(0.1, 0.09)).toBeNull();
});

test('what is promised leaves room for what a machine costs more than its offer, and stays under the cap', () => {
  expect(promisedUsd(0.1)).toBeGreaterThanOrEqual(0.101);
  expect(promisedUsd(offeredWithin(0.15))).toBeCloseTo(0.15, 12);
});

test('a floor of nothing is the least that Vast.ai takes', () => {
  expect(bidFor(0, 0.1)).toBeGreaterThanOrEqual(0.001);
});
