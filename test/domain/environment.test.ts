import { expect, test } from 'vitest';
import { shareOf } from '../../src/domain/environment.ts';

test('slots and cards share the cores and the memory of a machine, and each gets something', () => {
  const machine = { cores: 16, memoryBytes: 64_000_000_000 };
  const card = { name: 'Tesla T4', memoryBytes: 16_000_000_000 };

  expect(shareOf(machine, 2)).toEqual({ cpuCores: 8, memoryBytes: 32_000_000_000 });
  expect(shareOf({ ...machine, cards: [card, card] }, 2)).toEqual({
    cpuCores: 4,
    memoryBytes: 16_000_000_000,
  });
  expect(shareOf({ cores: 1, memoryBytes: 1 }, 64)).toEqual({ cpuCores: 1, memoryBytes: 1 });
});
