import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { SystemFailure } from '../domain/errors.ts';
import type { StatePort } from './port.ts';

const maxTries = 5;
/** Two that met in a deadlock come back at different moments. */
const longestPauseMs = 40;

/** One adapter: how a function is called with values that JSON can carry, and what may simply be called again. */
export type Transport = {
  send(name: string, args: Record<string, unknown>): Promise<unknown>;
  /** The transaction surely did nothing. */
  isRepeatable(error: unknown): boolean;
  failureOf(name: string, error: unknown): Error;
};

/** The state port over one adapter: what all of them share. */
export function createStatePort(transport: Transport): StatePort {
  async function query(name: string, args: Record<string, unknown>): Promise<unknown> {
    const values = Object.fromEntries(Object.entries(args).map(([key, value]) => [key, parameterOf(value)]));
    for (let tries = 1; ; tries++) {
      try {
        return await transport.send(name, values);
      } catch (error) {
        if (!transport.isRepeatable(error) || tries >= maxTries) throw transport.failureOf(name, error);
        await sleep(Math.random() * longestPauseMs);
      }
    }
  }

  return {
    async call<T>(name: string, args: Record<string, unknown>, answer: z.ZodType<T>): Promise<T> {
      const parsed = answer.safeParse(await query(name, args));
      if (parsed.success) return parsed.data;
      throw new SystemFailure(`The database answered ${name} in a shape we do not know.`, {
        code: 'state.bad_answer',
        cause: parsed.error,
        details: { function: name },
      });
    },
    async ping() {
      const startedAt = performance.now();
      await query('read_installation', {});
      return performance.now() - startedAt;
    },
  };
}

/**
 * A value as JSON has it, so that every adapter sends the same: null for undefined, NaN and the infinities,
 * text for a date and a bigint. Half of a character pair, as a cut text may end with, is replaced, because
 * Postgres takes it in no JSON.
 */
function parameterOf(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
      return value.toWellFormed();
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'bigint':
      return value.toString();
    case 'object':
      return value === null ? null : JSON.parse(JSON.stringify(value, wellFormed));
    default:
      return value ?? null;
  }
}

function wellFormed(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return typeof value === 'string' ? value.toWellFormed() : value;
}
