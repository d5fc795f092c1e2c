import type { Pool } from 'pg';
import type { z } from 'zod';
import { ConfigurationFailure, type Failure, SystemFailure, TransientFailure } from '../domain/errors.ts';
import type { StatePort } from './port.ts';

/** Deadlock and serialization failure: the transaction surely did nothing and may run again. */
const repeatable = new Set(['40001', '40P01']);
const maxTries = 5;
/** Connection exceptions, shutdown, too many connections, a statement or a lock that took too long. */
const unreachable = /^(08|53|57P|57014|55P03)/;
/** Wrong password, no such role, no such database. */
const refusedLogins = new Set(['28P01', '28000', '3D000']);

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function failureOf(name: string, error: unknown): Failure {
  const code = codeOf(error);
  if (code === 'KA001') {
    return new SystemFailure('The database refused a move that its table does not know.', {
      code: 'state.illegal_move',
      cause: error,
      details: { function: name },
    });
  }
  if (code === '53100') {
    return new SystemFailure(
      'The disk is full, so nothing can be stored: free some space, then start again.',
      {
        code: 'disk.full',
        scope: 'process',
        cause: error,
      },
    );
  }
  if (code !== undefined && refusedLogins.has(code)) {
    return new ConfigurationFailure(
      'The database refuses our login: check the user, the password and the name of the database.',
      { code: 'state.login_refused', cause: error, details: { sqlstate: code } },
    );
  }
  // Without a five-character SQLSTATE the server never judged the call: the connection is what failed.
  const isConnectionLoss = code === undefined || code.length !== 5 || unreachable.test(code);
  if (isConnectionLoss) {
    return new TransientFailure('The database does not answer; trying again.', {
      code: 'state.unreachable',
      cause: error,
      details: { function: name },
    });
  }
  return new SystemFailure(`The database refused ${name} (${code}).`, {
    code: 'state.refused',
    cause: error,
    details: { function: name, sqlstate: code },
  });
}

/** A JavaScript value as a parameter: objects and lists travel as JSON, so no function takes a Postgres array. */
function parameterOf(value: unknown): unknown {
  if (value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

/** The state port through a direct connection. The pool's lifecycle is the caller's. */
export function createPgPort(pool: Pool): StatePort {
  async function query(name: string, args: Record<string, unknown>): Promise<unknown> {
    const names = Object.keys(args);
    const text = `select ${name}(${names.map((arg, index) => `${arg} => $${index + 1}`).join(', ')}) as answer`;
    const values = names.map((arg) => parameterOf(args[arg]));
    for (let tries = 1; ; tries++) {
      try {
        const { rows } = await pool.query<{ answer: unknown }>(text, values);
        return rows[0]?.answer ?? null;
      } catch (error) {
        if (repeatable.has(codeOf(error) ?? '') && tries < maxTries) continue;
        throw failureOf(name, error);
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
