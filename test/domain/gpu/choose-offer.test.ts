import { expect, test } from 'vitest';
import { chooseOffer, worstCostUsd } from '../../../src/domain/gpu/choose-offer.ts';
import { expectRun } from '../../../src/domain/gpu/expected-cost.ts';
import { explainNoOffer } from '../../../src/domain/gpu/explain-choice.ts';
import { sayReason } from '../../../src/domain/gpu/say-reason.ts';
import { createRandom } from '../../../src/domain/random.ts';
import { aCard, aDemand } from './offers.ts';

const enough = { perHourUsd: 1, usd: 10 };
const names = (choice: ReturnType<typeof chooseOffer>) => choice.ranked.map(({ offer }) => offer.title);
const whys = (choice: ReturnType<typeof chooseOffer>) => choice.rejected.map(({ why }) => why);

const wanted = { minMemoryBytes: 16e9, minDiskBytes: 20.5e9, gpu: { minMemoryBytes: 8e9 } };

test('the cheapest to the end wins, not the cheapest an hour', () => {
  const slow = aCard('GTX 1060', 0.08);
  const fast = aCard('RTX 3090', 0.14);

  const choice = chooseOffer(
    aDemand({ timeLimitSeconds: 40_000, deadlineSeconds: 40_000 }),
    [slow, fast],
    enough,
  );

  expect(names(choice)).toEqual(['RTX 3090', 'GTX 1060']);
});

test('what ends in time goes before what is cheaper and late', () => {
  const cheap = aCard('RTX 3060', 0.04);
  const fast = aCard('RTX 4090', 0.3);

  const choice = chooseOffer(aDemand({ deadlineSeconds: 3_900 }), [cheap, fast], enough);

  expect(names(choice)).toEqual(['RTX 4090', 'RTX 3060']);
  expect(choice.isLate).toBe(false);
  const late = chooseOffer(aDemand({ deadlineSeconds: 60 }), [cheap, fast], enough);
  expect(late).toMatchObject({ isLate: true });
  expect(names(late)).toEqual(['RTX 4090', 'RTX 3060']);
});

test('a machine that costs nothing and fits is always first', () => {
  const own = aCard('this machine', 0, { provider: 'local', gpu: null, cpuCores: 90 });

  const choice = chooseOffer(aDemand(), [aCard('RTX 4090', 0.16), own], enough);

  expect(names(choice)).toEqual(['this machine', 'RTX 4090']);
});

test('the price of a start-up and of traffic counts, so that a short run stays where it begins soon', () => {
  const far = aCard('far', 0.05, { gpu: { name: 'RTX 3090', memoryBytes: 24e9 }, startupSeconds: 3_600 });
  const traffic = aCard('traffic', 0.05, { gpu: { name: 'RTX 3090', memoryBytes: 24e9 }, transferUsd: 0.4 });
  const near = aCard('near', 0.09, { gpu: { name: 'RTX 3090', memoryBytes: 24e9 }, startupSeconds: 60 });

  expect(names(chooseOffer(aDemand({ seconds: 600 }), [far, traffic, near], enough))).toEqual([
    'near',
    'far',
    'traffic',
  ]);
  const given = { ...far, title: 'given away', hasFreeStartup: true };
  expect(names(chooseOffer(aDemand({ seconds: 600 }), [far, near, given], enough))[0]).toBe('given away');
});

test('a machine that is often taken away costs the work that is lost with it', () => {
  const calm = aCard('calm', 0.1, { gpu: { name: 'RTX 3090', memoryBytes: 24e9 } });
  const wild = aCard('wild', 0.08, {
    gpu: { name: 'RTX 3090', memoryBytes: 24e9 },
    interruptionsPerHour: 0.5,
  });

  expect(names(chooseOffer(aDemand(), [wild, calm], enough))).toEqual(['calm', 'wild']);
  // with checkpoints little is lost
  expect(names(chooseOffer(aDemand({ checkpointSeconds: 120 }), [wild, calm], enough))).toEqual([
    'wild',
    'calm',
  ]);
});

test('the expected time agrees with simulated interruptions', () => {
  const random = createRandom('interruptions');
  const offer = aCard('RTX 3090', 0.1, { interruptionsPerHour: 0.8, startupSeconds: 240 });
  const runs = 4_000;
  let seconds = 0;
  for (let run = 0; run < runs; run++) {
    let left = 4;
    seconds += offer.startupSeconds;
    while (left > 0) {
      const until = -Math.log(1 - random()) * (3_600 / offer.interruptionsPerHour);
      if (until >= 900) {
        seconds += 900;
        left -= 1;
      } else seconds += until + restart();
    }
  }
  // a restart may be interrupted itself
  function restart(): number {
    let spent = 0;
    for (;;) {
      const until = -Math.log(1 - random()) * (3_600 / offer.interruptionsPerHour);
      if (until >= offer.startupSeconds) return spent + offer.startupSeconds;
      spent += until;
    }
  }

  const expected = expectRun({ seconds: 3_600, usesGpu: true, checkpointSeconds: 900 }, offer, 14_400);

  expect(expected.seconds / (seconds / runs)).toBeGreaterThan(0.95);
  expect(expected.seconds / (seconds / runs)).toBeLessThan(1.05);
});

test('what crosses a cap in its worst case is left out', () => {
  const offers = [aCard('RTX 3060', 0.04), aCard('RTX 3090', 0.09), aCard('RTX 4090', 0.16)];

  const choice = chooseOffer(aDemand(), offers, { perHourUsd: 0.15, usd: 0.3 });

  expect(names(choice)).toEqual(['RTX 3060']);
  expect(whys(choice)).toEqual(['over_budget', 'over_rate']);
  expect(worstCostUsd(aDemand(), { pricePerHourUsd: 0.12, transferUsd: 0.01 })).toBeCloseTo(0.51);
});

test('a job without use for a card never rents one, whatever it costs', () => {
  const offers = [aCard('RTX 3060', 0.001), aCard('RTX 3090', 0.002)];

  const choice = chooseOffer(aDemand({ usesGpu: false }), offers, enough);

  expect(choice.ranked).toEqual([]);
  expect(whys(choice)).toEqual(['gpu_useless', 'gpu_useless']);
});

test('too small, too slow and failed before are no choice', () => {
  const offers = [
    aCard('small card', 0.04, { gpu: { name: 'RTX 3060', memoryBytes: 4e9 } }),
    aCard('small machine', 0.04, { memoryBytes: 1e9 }),
    aCard('GTX 1060', 0.02),
    aCard('RTX 3090', 0.09, { node: 'n7' }),
  ];

  const choice = chooseOffer(
    aDemand({ timeLimitSeconds: 5_000 }),
    offers,
    enough,
    new Set(['saladcloud/n7']),
  );

  expect(whys(choice)).toEqual(['too_small', 'too_small', 'too_slow', 'failed_here']);
  expect(sayReason(explainNoOffer(choice, enough, wanted))).toBe(
    'No machine fits: too small for it (2); too slow for its time limit (1); it has failed there before (1).',
  );
});

test('a run that nobody has measured is tried', () => {
  const choice = chooseOffer(aDemand({ seconds: null }), [aCard('GTX 1060', 0.02)], enough);

  expect(choice.ranked[0]?.expected.seconds).toBe(300 + 2 * 3_600);
});
