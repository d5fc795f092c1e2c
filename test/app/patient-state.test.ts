import { expect, test } from 'vitest';
import { z } from 'zod';
import { createPatientState } from '../../src/app/patient-state.ts';
import { SystemFailure, TransientFailure } from '../../src/domain/errors.ts';
import type { StatePort } from '../../src/state/port.ts';
import { silentLog } from '../support/silent-log.ts';

const away = new TransientFailure('away', { code: 'state.unreachable' });

function aState(outcomes: (Error | number)[]): { state: StatePort; asked: () => number } {
  let asked = 0;
  const answer = async () => {
    const outcome = outcomes[Math.min(asked, outcomes.length - 1)];
    asked += 1;
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  const call: StatePort['call'] = async (_, __, schema) => schema.parse(await answer());
  return { state: { call, ping: async () => z.number().parse(await answer()) }, asked: () => asked };
}

test('a call waits while the database is away, and is answered when it is back', async () => {
  const { state } = aState([away, away, 7]);
  const { signal } = new AbortController();
  const patient = createPatientState(state, { signal, log: silentLog, tryAgainMs: 1 });

  expect(await patient.call('any', {}, z.number())).toBe(7);
});

test('what the database says is passed on at once, and a ping never waits', async () => {
  const refused = new SystemFailure('no', { code: 'state.refused' });
  const { signal } = new AbortController();
  const options = { signal, log: silentLog, tryAgainMs: 1 };

  const strict = createPatientState(aState([refused]).state, options);
  await expect(strict.call('any', {}, z.number())).rejects.toBe(refused);
  const pinged = createPatientState(aState([away]).state, options);
  await expect(pinged.ping()).rejects.toBe(away);
});

test('the waiting ends when the process stops', async () => {
  const stopping = new AbortController();
  const { state, asked } = aState([away]);
  const patient = createPatientState(state, { signal: stopping.signal, log: silentLog, tryAgainMs: 60_000 });
  const waiting = patient.call('any', {}, z.number());

  setImmediate(() => stopping.abort(new Error('the process stops')));

  await expect(waiting).rejects.toBe(away);
  expect(asked()).toBe(2);
});
