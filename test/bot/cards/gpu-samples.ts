import { type CardContent, cardContentSchema } from '../../../src/domain/card.ts';
import type { RunReason } from '../../../src/domain/gpu/run-reason.ts';
import { sayReason } from '../../../src/domain/gpu/say-reason.ts';

const named = { slug: 'titanic', title: 'Titanic - Machine Learning from Disaster' };

export const gpuChoice: RunReason = {
  code: 'chosen',
  best: {
    ...{ provider: 'saladcloud', title: 'RTX 3060 (12 GB), batch', usdPerHour: 0.04 },
    ...{ seconds: 11_200, usd: 0.1244 },
  },
  because: 'cheapest',
  count: 12,
  next: {
    ...{ provider: 'vast', title: 'RTX 3090 (24 GB), bid', usdPerHour: 0.087 },
    ...{ seconds: 4_900, usd: 0.14 },
  },
};
export const noOffer: RunReason = {
  ...{ code: 'none_offered', gpuMemoryBytes: 8e9, memoryBytes: 4e9, diskBytes: 21e9, usdPerHour: 0.15 },
};

export const gpuMachines = [
  {
    approach: 'net-wide',
    title: 'RTX 3060 (12 GB), batch',
    provider: 'saladcloud',
    usdPerHour: 0.04,
    isStarting: false,
  },
  {
    approach: 'net-deep',
    title: 'RTX 3090 (24 GB), bid',
    provider: 'vast',
    usdPerHour: 0.097,
    isStarting: true,
  },
];

export function aGpuNotice(event: string, why: RunReason): CardContent {
  const reason = `net-wide: ${sayReason(why)}`;
  return cardContentSchema.parse({
    ...{ kind: 'notice', event, ...named, round: 2, toState: null, reason, why },
    ...{ publicScore: null, cv: null, by: null, names: ['net-wide'] },
  });
}

export function aGpuAlert(alertKind: string, code: string, message: string): CardContent {
  return cardContentSchema.parse({
    ...{ kind: 'alert', alertId: '0198c1f0-0000-7000-8000-00000001a2f0', severity: 'warning', alertKind },
    ...{ code, message, count: 1, since: new Date('2026-11-22T05:22:00Z'), clearedAt: null },
  });
}

/** What is told about rented machines, by name. */
export function gpuContents(): readonly (readonly [name: string, content: CardContent])[] {
  return [
    ['notice machine_chosen', aGpuNotice('machine_chosen', gpuChoice)],
    ['notice machine_awaited', aGpuNotice('machine_awaited', noOffer)],
    [
      'notice machine_lost',
      aGpuNotice('machine_lost', { code: 'trouble', text: 'The host of the machine is away.' }),
    ],
    ['notice run_given_up', aGpuNotice('run_given_up', { code: 'loss_broken', name: 'train/loss' })],
    [
      'alert gpu_budget day',
      aGpuAlert(
        'gpu_budget:*:80',
        'gpu.budget_reached',
        'Rented machines have used 80 % of what they may cost today: $2.90 of $3.60, with what is reserved for those that run.',
      ),
    ],
    [
      'alert gpu_budget',
      aGpuAlert(
        'gpu_budget:titanic:95',
        'gpu.budget_reached',
        'Rented machines have used 95 % of what they may cost in titanic: $19.10 of $20.00, with what is reserved for those that run.',
      ),
    ],
    [
      'alert gpu_over_cap',
      aGpuAlert(
        'gpu_over_cap',
        'gpu.over_cap',
        'RTX 3060 (12 GB), batch on SaladCloud was ended. All machines together would have cost more an hour than they may.',
      ),
    ],
    [
      'alert gpu_account',
      aGpuAlert(
        'gpu_account:vast:order',
        'vast.no_credit',
        'The Vast.ai account has no credit left, so nothing is rented there; add some, and leave automatic billing off.',
      ),
    ],
    [
      'alert gpu_image',
      aGpuAlert(
        'gpu_image',
        'compute.image_missing',
        'SaladCloud could not prepare the image docker.io/nobody/nothing:1. Correct KAGGLE_AGENT_GPU_IMAGE, or make the image public; every machine would fail as this one did.',
      ),
    ],
  ];
}
