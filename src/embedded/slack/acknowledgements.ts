import { z } from 'zod';
import { parseJson } from './blocks/check.ts';
import type { Violations } from './delivery.ts';

export type Acknowledgements = {
  /** Waits for the acknowledgement of an envelope. */
  expect(id: string, settle: (payload: unknown) => void): void;
  /** Waits no longer; one that comes all the same is late. */
  giveUp(id: string): void;
  /** Reads what the app sent. */
  receive(text: string): void;
};

const acknowledgementSchema = z.object({ envelope_id: z.string(), payload: z.unknown().optional() });

/** Envelopes that are remembered, so that a second acknowledgement is told from one for nothing. */
const maxRemembered = 10_000;

export function createAcknowledgements(violations: Violations): Acknowledgements {
  const waiting = new Map<string, (payload: unknown) => void>();
  const over = new Map<string, 'acknowledged' | 'late'>();

  const remember = (id: string, how: 'acknowledged' | 'late'): void => {
    waiting.delete(id);
    over.set(id, how);
    const [oldest] = over.keys();
    if (over.size > maxRemembered && oldest !== undefined) over.delete(oldest);
  };

  return {
    expect: (id, settle) => void waiting.set(id, settle),
    giveUp(id) {
      if (waiting.has(id)) remember(id, 'late');
    },
    receive(text) {
      const parsed = acknowledgementSchema.safeParse(parseJson(text));
      if (!parsed.success) {
        violations.add('not_an_acknowledgement');
        return;
      }
      const { envelope_id: id, payload } = parsed.data;
      const settle = waiting.get(id);
      const before = over.get(id);
      remember(id, 'acknowledged');
      if (settle !== undefined) settle(payload);
      else if (before === undefined) violations.add('unknown_envelope');
      else if (before === 'acknowledged') violations.add('second_acknowledgement');
    },
  };
}
