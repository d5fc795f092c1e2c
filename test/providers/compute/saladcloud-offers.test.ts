import { expect, test } from 'vitest';
import { createSecret } from '../../../src/config/secret.ts';
import { asFailure } from '../../../src/domain/errors.ts';
import { anOfferRequest } from '../../support/compute.ts';
import { saladcloudAt } from '../../support/saladcloud/a-saladcloud.ts';
import { aClass, usualClasses } from '../../support/saladcloud/settings.ts';
import { startSaladcloud } from '../../support/saladcloud/start-saladcloud.ts';

const call = { signal: new AbortController().signal };
const gib = 2 ** 30;
const aGpuRequest = (request: Parameters<typeof anOfferRequest>[0] = {}) =>
  anOfferRequest({ gpu: { minMemoryBytes: 10 * gib }, minDiskBytes: 5 * gib, ...request });

async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'nothing went wrong',
    (error: unknown) => asFailure(error).code,
  );
}

test('what fits the job and the price is offered, cheapest first, with its memory read from its name', async () => {
  const saladcloud = await startSaladcloud();
  const compute = saladcloudAt(saladcloud);

  const offers = await compute.offers(aGpuRequest({ minMemoryBytes: 6 * gib, minCpuCores: 4 }), call);

  expect(offers.map(({ title, pricePerHourUsd }) => [title, pricePerHourUsd])).toEqual([
    ['RTX 3060 (12 GB), batch', 0.04],
    ['RTX 3060 (12 GB), low', 0.053],
    ['RTX 3060 (12 GB), medium', 0.067],
    ['RTX 3060 (12 GB), high', 0.08],
    ['RTX 3090 (24 GB), batch', 0.09],
    ['RTX 3090 (24 GB), low', 0.143],
  ]);
  expect(offers[0]).toMatchObject({
    provider: 'saladcloud',
    name: 'f51baccc-dc95-40fb-a5d1-6d0ee0db31d2@batch',
    gpu: { name: 'RTX 3060', memoryBytes: 12 * gib },
    cpuCores: 4,
    memoryBytes: 6 * gib,
    transferUsd: 0,
    node: null,
  });
  const risks = offers.slice(0, 4).map(({ interruptionsPerHour }) => interruptionsPerHour);
  expect(risks).toEqual([...risks].sort((one, other) => other - one));
});

test('classes without a free machine, and those that are larger than asked of the vendor, are left out', async () => {
  const saladcloud = await startSaladcloud();
  const [, cheap] = usualClasses();
  saladcloud.runDry([cheap?.id ?? '']);
  const compute = saladcloudAt(saladcloud);

  const offers = await compute.offers(aGpuRequest(), call);
  const tooLarge = await compute.offers(aGpuRequest({ minMemoryBytes: 200 * gib }), call);
  const tooMuchGpu = await compute.offers(aGpuRequest({ gpu: { minMemoryBytes: 48 * gib } }), call);

  expect(offers.map(({ title }) => title)).toEqual(['RTX 3090 (24 GB), batch', 'RTX 3090 (24 GB), low']);
  expect([tooLarge, tooMuchGpu]).toEqual([[], []]);
});

test('an account whose quota is used up has no room', async () => {
  const saladcloud = await startSaladcloud({ quota: 0 });

  expect(await saladcloudAt(saladcloud).offers(aGpuRequest(), call)).toEqual([]);
});

test('a class that is too old, or whose price or memory cannot be read, is left out and takes no other one with it', async () => {
  const classes = [
    aClass('GTX 1080 Ti (11 GB)', 0.02, 0.01),
    aClass('GTX 1660 Super (12 GB)', 0.05, 0.05),
    ...usualClasses().slice(0, 2),
    aClass('RTX 3060', 0.02, 0.01),
    aClass('RTX 3080 (12 GB)', -1, -1),
  ];
  const saladcloud = await startSaladcloud({ classes });

  const offers = await saladcloudAt(saladcloud).offers(aGpuRequest({ maxPricePerHourUsd: 0.05 }), call);

  expect(offers.map(({ title }) => title)).toEqual([
    'RTX 3060 (12 GB), batch',
    ...['high', 'medium', 'low', 'batch'].map((priority) => `GTX 1660 Super (12 GB), ${priority}`),
  ]);
});

test('a class that is gone since its price was read takes no other one with it', async () => {
  const saladcloud = await startSaladcloud();
  const [, cheap] = usualClasses();
  const compute = saladcloudAt(saladcloud);
  await compute.offers(aGpuRequest(), call);
  saladcloud.removeClass(cheap?.id ?? '');

  const offers = await compute.offers(aGpuRequest(), call);

  expect(offers.map(({ title }) => title)).toEqual(['RTX 3090 (24 GB), batch', 'RTX 3090 (24 GB), low']);
  expect(await codeOf(compute.offers(aGpuRequest({ maxPricePerHourUsd: 0.05 }), call))).toBe(
    'saladcloud.bad_request',
  );
});

test('only the priorities and countries of the settings are asked for', async () => {
  const saladcloud = await startSaladcloud();
  const compute = saladcloudAt(saladcloud, { priorities: ['high'], countries: ['de', 'us'] });

  const offers = await compute.offers(aGpuRequest(), call);

  expect(offers.map(({ title }) => title)).toEqual(['RTX 3060 (12 GB), high']);
});

test('prices are asked for once in five minutes, unless a machine is about to be rented', async () => {
  const saladcloud = await startSaladcloud();
  let now = new Date('2026-10-01T10:00:00Z');
  const compute = saladcloudAt(saladcloud, { now: () => now });
  const asked = () => saladcloud.records.filter(({ route }) => route === 'gpu-classes').length;

  await compute.offers(aGpuRequest(), call);
  await compute.offers(aGpuRequest(), call);
  const early = asked();
  now = new Date('2026-10-01T10:06:00Z');
  await compute.offers(aGpuRequest(), call);

  expect([early, asked()]).toEqual([1, 2]);
});

test('errors that pass are tried again, pages of the proxy too; others say what a person has to set', async () => {
  const saladcloud = await startSaladcloud();
  const compute = saladcloudAt(saladcloud);
  saladcloud.failNext(
    'gpu-classes',
    { status: 503, html: true },
    { status: 429, headers: { 'retry-after': '0' } },
  );

  expect(await compute.offers(aGpuRequest(), call)).not.toEqual([]);
  saladcloud.failNext('quotas', { status: 200, html: true });
  expect((await compute.account(call)).warnings).toEqual([]);

  const wrongKey = saladcloudAt(saladcloud, { apiKey: createSecret('another-key') });
  const wrongProject = saladcloudAt(saladcloud, { project: 'elsewhere' });
  const wrongOrganization = saladcloudAt(saladcloud, { organization: 'nobody' });
  expect(await codeOf(wrongKey.account(call))).toBe('saladcloud.refused');
  expect(await codeOf(wrongProject.account(call))).toBe('saladcloud.not_found');
  expect(await codeOf(wrongOrganization.offers(aGpuRequest(), call))).toBe('saladcloud.not_found');
});

test('the account tells no balance, and warns of a quota that is used up', async () => {
  const full = await startSaladcloud({ quota: 0 });

  const { balanceUsd, warnings } = await saladcloudAt(full).account(call);

  expect(balanceUsd).toBeNull();
  expect(warnings).toEqual([expect.stringContaining('0 of 0 replicas')]);
});

test('calls keep a pace of their own below that of the vendor', async () => {
  const saladcloud = await startSaladcloud({ callsPerMinute: 3, secondMs: 1_000 });
  const statuses = () => saladcloud.records.map(({ status }) => status);
  // A quarter of a minute's calls may follow each other at once, and the next one would come twenty seconds later.
  const calm = saladcloudAt(saladcloud, { callsPerMinute: 4 });
  await expect(calm.account({ signal: AbortSignal.timeout(100) })).rejects.toThrow();
  expect(statuses().length).toBeLessThan(2);

  const busy = saladcloudAt(saladcloud);
  await Promise.all([busy.account(call), busy.account(call)]).catch(() => undefined);
  expect(statuses()).toContain(429);
});
