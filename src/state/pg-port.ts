import type { Pool } from 'pg';
import { createStatePort } from './call.ts';
import type { StatePort } from './port.ts';
import { type Advice, isRepeatable, notMigrated, stateFailure } from './state-failure.ts';

const advice: Advice = {
  login:
    'The database refuses our login: check the user, the password and the name of the database in DATABASE_URL.',
  rights:
    "The database's user may not call our functions: let DATABASE_URL name the user who made the tables.",
  migrations:
    'The database lacks our functions: start the agent, or run kaggle-agent migrate, with DATABASE_URL set.',
};

const undefinedFunction = '42883';
const sqlstateLength = 5;

/** The state port through a direct connection. The pool's lifecycle is the caller's. */
export function createPgPort(pool: Pool): StatePort {
  return createStatePort({
    async send(name, args) {
      const names = Object.keys(args);
      const text = `select ${name}(${names.map((arg, index) => `${arg} => $${index + 1}`).join(', ')}) as answer`;
      const { rows } = await pool.query<{ answer: unknown }>(
        text,
        names.map((arg) => textOf(args[arg])),
      );
      return rows[0]?.answer ?? null;
    },
    isRepeatable: (error) => isRepeatable(sqlstateOf(error)),
    failureOf(name, cause) {
      const refusal = { name, sqlstate: sqlstateOf(cause), cause };
      // With a context it is a function of ours that calls something that is not there.
      const isOurs = refusal.sqlstate === undefinedFunction && !hasContext(cause);
      return isOurs ? notMigrated(refusal, advice.migrations) : stateFailure(refusal, advice);
    },
  });
}

/** Objects and lists travel as JSON, so no function takes a Postgres array. */
function textOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

/** @returns null without a five-character SQLSTATE: the server never judged the call, the connection failed. */
function sqlstateOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' && error.code.length === sqlstateLength ? error.code : null;
}

function hasContext(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'where' in error && error.where !== undefined;
}
