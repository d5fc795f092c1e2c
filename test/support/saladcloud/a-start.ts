import { expect, vi } from 'vitest';
import { asFailure, type Failure } from '../../../src/domain/errors.ts';
import type { ComputeProvider, StartSpec } from '../../../src/providers/compute/contract.ts';
import { anOfferRequest, aStartSpec } from '../compute.ts';
import { aKey } from './a-saladcloud.ts';
import type { SaladcloudEmulator } from './start-saladcloud.ts';

export const call = { signal: new AbortController().signal };
export const gib = 2 ** 30;
export const image = 'docker.io/pytorch/pytorch@sha256:0123';

/** The cheapest offer that there is, ready to be started. */
export async function aSpec(compute: ComputeProvider, changes: Partial<StartSpec> = {}): Promise<StartSpec> {
  const [offer] = await compute.offers(anOfferRequest({ gpu: { minMemoryBytes: 10 * gib } }), call);
  if (offer === undefined) throw new Error('there is no offer');
  const links = {
    jobSheetUrl: 'https://objects.example/sheet?signature=1',
    runnerUrl: 'https://objects.example/r',
  };
  return aStartSpec({ key: aKey('a1'), offer, image, ...links, ...changes });
}

export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  return await work.then(
    () => Promise.reject(new Error('nothing went wrong')),
    (error: unknown) => asFailure(error),
  );
}

export const hasState = async (compute: ComputeProvider, state: string) =>
  await vi.waitFor(async () => expect(await compute.list(call)).toMatchObject([{ state }]), 20_000);
export const groupsMade = (saladcloud: SaladcloudEmulator) => saladcloud.lives.length;
