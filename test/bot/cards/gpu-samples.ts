import { type CardContent, cardContentSchema } from '../../../src/domain/card.ts';

const named = { slug: 'titanic', title: 'Titanic - Machine Learning from Disaster' };

export const gpuChoice =
  'net-wide: RTX 3060 (12 GB), batch on SaladCloud at $0.04/h, 3.1 h and $0.12 expected, because it is the cheapest of 12 to the end of the run; RTX 3090 (24 GB), bid on Vast.ai at $0.097/h would take 82 min and $0.14.';

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

export function aGpuNotice(event: string, reason: string): CardContent {
  return cardContentSchema.parse({
    ...{ kind: 'notice', event, ...named, round: 2, toState: null, reason },
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
    [
      'notice machine_awaited',
      aGpuNotice(
        'machine_awaited',
        'net-wide: No provider has a machine now with a graphics card of 8 GB, 4 GB of memory and 21 GB of disk for at most $0.15 an hour.',
      ),
    ],
    ['notice machine_lost', aGpuNotice('machine_lost', 'net-wide: The host of the machine is away.')],
    ['notice run_given_up', aGpuNotice('run_given_up', 'net-wide: Its train/loss is no number any more.')],
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
        'gpu_account:vast',
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
