import { expect, test, vi } from 'vitest';
import { createSecret } from '../../../src/config/secret.ts';
import { aKey, ourPrefix, saladcloudAt } from '../../support/saladcloud/a-saladcloud.ts';
import { aSpec, call, failureOf, gib, groupsMade, image } from '../../support/saladcloud/a-start.ts';
import { type SaladFault, startSaladcloud } from '../../support/saladcloud/start-saladcloud.ts';

test('the order holds one replica, the priority, the time limit, signed links alone, and no key of ours', async () => {
  const saladcloud = await startSaladcloud();
  const compute = saladcloudAt(saladcloud, {
    countries: ['de'],
    now: () => new Date('2026-12-31T23:10:20Z'),
  });
  const spec = await aSpec(compute, {
    resultUrl: `https://objects.example/${'r'.repeat(1_500)}`,
    maxLifeSeconds: 3_600,
    diskBytes: 7 * gib,
  });

  await compute.start(spec, call);

  const { prototype } = saladcloud.group(spec.key) ?? {};
  expect(prototype).toMatchObject({
    replicas: 1,
    autostart_policy: true,
    country_codes: ['de'],
    container: { image, priority: 'batch', resources: { storage_amount: 7 * gib } },
    'scheduled-scaling-enabled': true,
    'scaling-actions': [
      { schedule: '11 0 1 1 *', replicas: 0 },
      { schedule: '11 14 1 1 *', replicas: 0 },
    ],
  });
  const variables = prototype?.container.environment_variables ?? {};
  expect(`${variables.KA_RESULT_URL}${variables.KA_RESULT_URL_2}`).toBe(spec.resultUrl);
  expect(variables).toMatchObject({ KA_SHEET_URL: spec.jobSheetUrl, KA_UNTIL: '1798762220' });
  expect(JSON.stringify(prototype)).not.toContain(saladcloud.apiKey);
});

test('a refusal that quotes the parts of a long link tells none of them', async () => {
  const saladcloud = await startSaladcloud();
  const compute = saladcloudAt(saladcloud);
  const spec = await aSpec(compute, {
    jobSheetUrl: `https://objects.example/sheet?token=${'s'.repeat(900)}${'7'.repeat(900)}&end`,
  });
  saladcloud.failNext('create', {
    status: 400,
    // As servers write it that escape more than JSON asks for.
    text: JSON.stringify({ detail: spec.jobSheetUrl.slice(1_000) }).replaceAll('&', '\\u0026'),
  });

  const failure = await failureOf(compute.start(spec, call));

  expect(failure).toMatchObject({ code: 'saladcloud.bad_request' });
  expect(JSON.stringify(failure.details)).toContain('[redacted]');
  expect(JSON.stringify(failure.details)).not.toContain('7777');
});

test('the same key several times at once makes one machine', async () => {
  const saladcloud = await startSaladcloud();
  const compute = saladcloudAt(saladcloud);
  const spec = await aSpec(compute);

  const together = await Promise.all([1, 2, 3].map(() => compute.start(spec, call)));

  expect(new Set(together.map(({ instanceId }) => instanceId))).toEqual(new Set([spec.key]));
  expect(groupsMade(saladcloud)).toBe(1);
});

test.each<[string, SaladFault[]]>([
  ['is lost', ['lost']],
  ['is a page of the proxy', ['effect_then_502']],
  ['asks to come back later', ['effect_then_503', { status: 429 }, { status: 429 }]],
  ['comes in half', ['truncated']],
])('a create whose answer %s after its effect is found by its name', async (_, faults) => {
  const saladcloud = await startSaladcloud();
  const compute = saladcloudAt(saladcloud);
  const spec = await aSpec(compute);
  saladcloud.failNext('create', ...faults);

  const started = await compute.start(spec, call);

  expect(started.instanceId).toBe(spec.key);
  expect(groupsMade(saladcloud)).toBe(1);
});

test('a create that was lost without an effect is given again, and one that never answers leaves the outcome open', async () => {
  const saladcloud = await startSaladcloud();
  const compute = saladcloudAt(saladcloud, { timeoutMs: 400 });
  const spec = await aSpec(compute);
  saladcloud.failNext('create', 'dropped', { status: 500 });
  await compute.start(spec, call);
  expect(groupsMade(saladcloud)).toBe(1);

  saladcloud.failNext('create', 'hang', 'hang', 'hang');
  const failure = await failureOf(compute.start({ ...spec, key: aKey('b2') }, call));

  expect(failure).toMatchObject({ kind: 'transient', code: 'compute.unknown' });
  expect(failure.details.surelyNothingHappened).not.toBe(true);
});

test('a create that arrives after it was given up is found under its key, and ended by it', async () => {
  const saladcloud = await startSaladcloud({ killSeconds: [1, 2] });
  const compute = saladcloudAt(saladcloud, { timeoutMs: 400 });
  const spec = await aSpec(compute);
  saladcloud.failNext('create', 'hang', 'hang', { lateMs: 1_200 });

  expect((await failureOf(compute.start(spec, call))).code).toBe('compute.unknown');
  await vi.waitFor(async () => expect(await compute.list(call)).toMatchObject([{ key: spec.key }]), 20_000);
  await compute.stop(spec.key, call);

  expect(await compute.list(call)).toEqual([]);
});

test('a create whose outcome cannot be looked up says so', async () => {
  const saladcloud = await startSaladcloud();
  const compute = saladcloudAt(saladcloud);
  const spec = await aSpec(compute);
  saladcloud.failNext('group', { status: 404 });
  const bad = { status: 500 };
  saladcloud.failNext('create', 'lost');
  saladcloud.failNext('group', bad, bad, bad);

  expect((await failureOf(compute.start(spec, call))).code).toBe('compute.unknown');
  expect((await compute.list(call)).map(({ key }) => key)).toEqual([spec.key]);
});

test('a price that has risen since the offer, and a class that is gone, start nothing', async () => {
  const saladcloud = await startSaladcloud();
  const compute = saladcloudAt(saladcloud);
  const spec = await aSpec(compute);
  const [classId = ''] = spec.offer.name.split('@');

  saladcloud.setPrice(classId, 'batch', 0.05);
  const dearer = await failureOf(compute.start(spec, call));
  saladcloud.removeClass(classId);
  const gone = await failureOf(compute.start(spec, call));

  expect([dearer, gone].map(({ code }) => code)).toEqual(['compute.no_capacity', 'compute.no_capacity']);
  expect(dearer.message).toContain('$0.05');
  expect([dearer, gone].map(({ details }) => details.surelyNothingHappened)).toEqual([true, true]);
  expect(groupsMade(saladcloud)).toBe(0);
});

test.each([400, 403] as const)('a quota that is reached (HTTP %i) is no capacity', async (quotaStatus) => {
  const saladcloud = await startSaladcloud({ quota: 1, quotaStatus });
  const compute = saladcloudAt(saladcloud);
  const spec = await aSpec(compute);
  await compute.start(spec, call);

  const failure = await failureOf(compute.start({ ...spec, key: aKey('b2') }, call));

  expect(failure).toMatchObject({ code: 'compute.no_capacity', details: { surelyNothingHappened: true } });
});

test('an empty balance, a wrong key and a bad order say so, and start nothing', async () => {
  const saladcloud = await startSaladcloud({ balanceUsd: 0 });
  const compute = saladcloudAt(saladcloud);
  const spec = await aSpec(compute);

  const poor = await failureOf(compute.start(spec, call));
  const wrongKey = await failureOf(
    saladcloudAt(saladcloud, { apiKey: createSecret('another-key') }).start(spec, call),
  );
  const noImage = await failureOf(compute.start({ ...spec, image: null }, call));
  const longKey = await failureOf(compute.start({ ...spec, key: `${ourPrefix}${'x'.repeat(60)}` }, call));

  expect(poor).toMatchObject({ kind: 'configuration', code: 'saladcloud.no_credit' });
  expect(wrongKey).toMatchObject({ kind: 'configuration', code: 'saladcloud.refused' });
  expect([noImage.code, longKey.code]).toEqual(['compute.incomplete_start', 'compute.bad_key']);
  expect([poor, noImage, longKey].map(({ details }) => details.surelyNothingHappened)).toEqual([
    true,
    true,
    true,
  ]);
  // Nobody can say what an earlier try with a good key has done.
  expect(wrongKey.details.surelyNothingHappened).not.toBe(true);
  expect(saladcloud.meter.usd()).toBe(0);
});

test('a name that was used and deleted a moment ago is refused, and started nowhere', async () => {
  const saladcloud = await startSaladcloud({ killSeconds: [1, 2], tombstoneSeconds: 100_000 });
  const compute = saladcloudAt(saladcloud);
  const spec = await aSpec(compute);
  await compute.start(spec, call);
  await compute.stop(spec.key, call);

  const failure = await failureOf(compute.start(spec, call));

  expect(failure).toMatchObject({ code: 'saladcloud.bad_request', details: { surelyNothingHappened: true } });
  expect(await compute.list(call)).toEqual([]);
});

test('a refusal after a create that was lost does not say that nothing was started', async () => {
  const saladcloud = await startSaladcloud();
  const compute = saladcloudAt(saladcloud, { timeoutMs: 400 });
  const spec = await aSpec(compute);
  saladcloud.failNext('create', { lateMs: 1_200 }, { status: 400 });

  const failure = await failureOf(compute.start(spec, call));

  expect(failure.details.surelyNothingHappened).not.toBe(true);
  await vi.waitFor(async () => expect(await compute.list(call)).toMatchObject([{ key: spec.key }]), 20_000);
});
