import { expect, test } from 'vitest';
import { gpuSpeed, isKnownGpu, machineSpeed } from '../../../src/domain/gpu/gpu-speed.ts';

test('cards are ordered as they train, the RTX 3090 being 1', () => {
  const names = ['GTX 1060', 'RTX 3060', 'RTX 3070', 'RTX 3090', 'RTX 4090', 'RTX 5090', 'H100 SXM'];

  const speeds = names.map(gpuSpeed);

  expect(speeds).toEqual(speeds.toSorted((a, b) => a - b));
  expect(gpuSpeed('RTX 3090')).toBeCloseTo(1);
});

test('the same card is known by every name that vendors give it', () => {
  const speed = gpuSpeed('RTX 3060');
  for (const name of [
    ' RTX 3060 (12 GB)',
    'NVIDIA GeForce RTX 3060',
    'rtx 3060',
    'RTX_3060'.replaceAll('_', ' '),
  ]) {
    expect(gpuSpeed(name)).toBe(speed);
  }
  expect(gpuSpeed('RTX 3060 Ti')).toBeGreaterThan(speed);
  expect(gpuSpeed('RTX 3060 Laptop')).toBeLessThan(speed);
  expect(gpuSpeed('RTX A5000 (24 GB)')).toBe(gpuSpeed('A5000'));
  expect(gpuSpeed('GTX 1660 Super')).toBeGreaterThan(gpuSpeed('GTX 1660'));
});

test('a card that nobody has written down is taken for a slow one', () => {
  expect(isKnownGpu('Radeon VII')).toBe(false);
  expect(gpuSpeed('Radeon VII')).toBeLessThan(gpuSpeed('RTX 3060'));
  expect(isKnownGpu('RTX 4080 SUPER')).toBe(true);
  // As nvidia-smi names them.
  const drivers = ['Tesla V100-SXM2-16GB', 'NVIDIA A100-SXM4-40GB', 'NVIDIA H200', 'Quadro RTX 6000'];
  expect(drivers.filter((name) => !isKnownGpu(name))).toEqual([]);
});

test('where a job uses no card only the cores of a machine count', () => {
  const machine = { gpu: { name: 'RTX 5090' }, cpuCores: 4 };

  expect(machineSpeed(machine, false)).toBe(machineSpeed({ gpu: null, cpuCores: 4 }, true));
  expect(machineSpeed(machine, true)).toBe(gpuSpeed('RTX 5090'));
  expect(machineSpeed({ gpu: null, cpuCores: 8 }, true)).toBeGreaterThan(
    machineSpeed({ gpu: null, cpuCores: 4 }, true),
  );
});
