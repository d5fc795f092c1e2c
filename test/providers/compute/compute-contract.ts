import { expect, test, vi } from 'vitest';
import { ConfigurationFailure, Failure } from '../../../src/domain/errors.ts';
import type { ComputeProvider, OfferRequest, StartSpec } from '../../../src/providers/compute/contract.ts';

export type ComputeUnderTest = {
  compute: ComputeProvider;
  /** A job for which there is a machine. */
  request: OfferRequest;
  /** More memory than any machine has. */
  tooLarge: OfferRequest;
  /** A start of the first of these offers, under a key of ours. */
  spec(job: string): Promise<StartSpec>;
  /** An id as ours are, of a machine that never was. */
  absentId: string;
  /** A machine of somebody else beside ours; null where there is nobody else. */
  foreign: (() => Promise<{ key: string; id: string }>) | null;
  /** Keys of all machines that exist, by the vendor's own books. */
  standing(): string[] | Promise<string[]>;
  billedUsd(): number;
  /** What only vendors have. */
  vendor: VendorUnderTest | null;
};

export type VendorUnderTest = {
  /** The same account with another key. */
  withKey(key: string): ComputeProvider;
  apiKey: string;
  /** Calls that have arrived. */
  calls(): number;
  /** No call is answered any more. */
  hang(): void;
  /** Every call is answered so. */
  answerAll(status: number, text: string): void;
};

const call = () => ({ signal: AbortSignal.timeout(60_000) });

/** What every provider of machines must do alike, whoever rents them out. */
export function computeContract(name: string, open: (() => Promise<ComputeUnderTest>) | null): void {
  const contract = (what: string, run: (opened: ComputeUnderTest) => Promise<void>) =>
    test.skipIf(open === null)(`${name}: ${what}`, async () => {
      if (open !== null) await run(await open());
    });
  const vendorContract = (
    what: string,
    run: (opened: ComputeUnderTest, vendor: VendorUnderTest) => Promise<void>,
  ) =>
    contract(what, async (opened) => {
      if (opened.vendor !== null) await run(opened, opened.vendor);
    });

  contract('offers fit what was asked and say what a choice needs; looking costs nothing', async (opened) => {
    const { compute, request } = opened;

    const offers = await compute.offers(request, call());
    const account = await compute.account(call());

    expect(offers.length).toBeGreaterThan(0);
    for (const offer of offers) {
      expect(offer.provider).toBe(compute.name);
      expect(offer.title).not.toBe('');
      expect(offer.pricePerHourUsd).toBeLessThanOrEqual(request.maxPricePerHourUsd);
      expect(offer.pricePerHourUsd > 0).toBe(compute.isRented);
      expect(offer.transferUsd).toBeGreaterThanOrEqual(0);
      expect(offer.cpuCores).toBeGreaterThanOrEqual(request.minCpuCores);
      expect(offer.memoryBytes).toBeGreaterThanOrEqual(request.minMemoryBytes);
      if (request.gpu !== null)
        expect(offer.gpu?.memoryBytes).toBeGreaterThanOrEqual(request.gpu.minMemoryBytes);
      expect(offer.startupSeconds).toBeGreaterThan(0);
      expect(offer.interruptionsPerHour).toBeGreaterThanOrEqual(0);
    }
    const prices = offers.map(({ pricePerHourUsd }) => pricePerHourUsd);
    expect(prices).toEqual([...prices].sort((a, b) => a - b));
    expect(await compute.offers(opened.tooLarge, call())).toEqual([]);
    expect(account.warnings).toEqual([]);
    expect(await opened.standing()).toEqual([]);
    expect(opened.billedUsd()).toBe(0);
  });

  contract(
    'a key makes one machine, which is listed beside no other, and whose end is final',
    async (opened) => {
      const { compute } = opened;
      const foreign = (await opened.foreign?.()) ?? null;
      const spec = await opened.spec('a1');
      const others = foreign === null ? [] : [foreign.key];

      const first = await compute.start(spec, call());
      const again = await compute.start(spec, call());

      expect(again.instanceId).toBe(first.instanceId);
      expect((await opened.standing()).toSorted()).toEqual([spec.key, ...others].toSorted());
      const listed = await compute.list({ ...call(), isFresh: true });
      expect(listed).toMatchObject([{ id: first.instanceId, key: spec.key, provider: compute.name }]);
      expect(listed[0]?.pricePerHourUsd).toBeLessThanOrEqual(spec.offer.pricePerHourUsd);
      expect(listed[0]?.pricePerHourUsd).toBeGreaterThanOrEqual(spec.offer.pricePerHourUsd * 0.98);

      await compute.stop(first.instanceId, call());
      await compute.stop(first.instanceId, call());
      const billedUsd = opened.billedUsd();
      expect(await compute.list({ ...call(), isFresh: true })).toEqual([]);
      await compute.stop(opened.absentId, call());
      if (foreign !== null) {
        await expect(compute.stop(foreign.id, call())).rejects.toMatchObject({ code: 'compute.not_ours' });
      }
      expect(await opened.standing()).toEqual(others);
      expect(opened.billedUsd()).toBe(billedUsd);
    },
  );

  vendorContract(
    'nothing is looked for where a graphics card is of no use or too dear',
    async (opened, vendor) => {
      const { compute, request } = opened;

      expect(await compute.offers({ ...request, gpu: null }, call())).toEqual([]);
      expect(vendor.calls()).toBe(0);
      expect(await compute.offers({ ...request, maxPricePerHourUsd: 0.001 }, call())).toEqual([]);
    },
  );

  vendorContract('nothing is started under a name that is not ours', async (opened) => {
    const spec = await opened.spec('a1');

    const start = opened.compute.start({ ...spec, key: 'somebody-else' }, call());

    await expect(start).rejects.toMatchObject({
      code: 'compute.not_ours',
      details: { surelyNothingHappened: true },
    });
    expect(await opened.standing()).toEqual([]);
  });

  vendorContract('a wrong key is for a person to mend, whatever was asked', async (opened, vendor) => {
    const spec = await opened.spec('a1');
    const { instanceId } = await opened.compute.start(spec, call());

    for (const work of everyCall(vendor.withKey('another-key-123'), opened, spec, instanceId)) {
      await expect(work(call().signal)).rejects.toThrow(ConfigurationFailure);
    }
    expect(await opened.standing()).toEqual([spec.key]);
  });

  vendorContract('a list that fails is never an empty one', async ({ compute }, vendor) => {
    for (const [status, text] of [
      [500, 'trouble'],
      [404, '<html>not found</html>'],
      [200, '<html>hello</html>'],
      [200, '{"success":false}'],
    ] as const) {
      vendor.answerAll(status, text);
      await expect(compute.list({ ...call(), isFresh: true })).rejects.toThrow(Failure);
    }
  });

  contract('a call that was called off before it began does nothing', async (opened) => {
    const reason = new Error('enough');
    const start = opened.compute.start(await opened.spec('a1'), { signal: AbortSignal.abort(reason) });

    await expect(start).rejects.toBe(reason);
    expect(await opened.standing()).toEqual([]);
  });

  vendorContract('a signal that is aborted ends every call', async (opened, vendor) => {
    const spec = await opened.spec('a1');
    const reason = new Error('enough');
    const before = vendor.calls();
    vendor.hang();
    const caller = new AbortController();

    const ends = Promise.allSettled(
      everyCall(opened.compute, opened, spec, opened.absentId).map((work) => work(caller.signal)),
    );
    await vi.waitFor(() => expect(vendor.calls()).toBeGreaterThan(before), 20_000);
    caller.abort(reason);

    for (const end of await ends) expect(end).toEqual({ status: 'rejected', reason });
  });

  vendorContract('no failure tells a key or a right to our files', async (opened, vendor) => {
    const jobSheetUrl = `https://objects.example/sheet?X-Amz-Signature=${'5ec2e7'.repeat(200)}`;
    const spec = { ...(await opened.spec('a1')), jobSheetUrl };
    const quoted = `${vendor.apiKey} sent ${jobSheetUrl} and ${jobSheetUrl.slice(0, 300)}`;

    for (const status of [400, 403, 500]) {
      vendor.answerAll(status, JSON.stringify({ success: false, error: 'invalid_args', msg: quoted }));
      for (const work of everyCall(opened.compute, opened, spec, opened.absentId)) {
        const told = wordsOf(await work(call().signal).catch((error: unknown) => error));
        expect(told).not.toContain(vendor.apiKey);
        expect(told).not.toContain('5ec2e7');
      }
    }
  });
}

function everyCall(
  compute: ComputeProvider,
  { request }: Pick<ComputeUnderTest, 'request'>,
  spec: StartSpec,
  id: string,
): ((signal: AbortSignal) => Promise<unknown>)[] {
  const { bill } = compute;
  return [
    (signal) => compute.offers(request, { signal }),
    (signal) => compute.start(spec, { signal }),
    (signal) => compute.list({ signal, isFresh: true }),
    (signal) => compute.stop(id, { signal }),
    (signal) => compute.account({ signal }),
    ...(bill === undefined ? [] : [(signal: AbortSignal) => bill([spec.key], { signal })]),
  ];
}

/** All that a log would have of it. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? '';
  const details = error instanceof Failure ? JSON.stringify(error.details) : '';
  return [error.message, error.stack, details, error.cause === undefined ? '' : wordsOf(error.cause)].join(
    ' ',
  );
}
