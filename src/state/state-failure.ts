import { ConfigurationFailure, type Failure, SystemFailure, TransientFailure } from '../domain/errors.ts';

/** What an adapter knows of a call that failed. */
export type Refusal = {
  /** The function that was called. */
  name: string;
  /** As Postgres gave it; null where no server judged the call, because the connection failed. */
  sqlstate: string | null;
  cause: unknown;
};

/** What a person is told to do, in the words of one adapter's settings. */
export type Advice = {
  /** Where the login is refused. */
  login: string;
  /** Where the login is fine, and may not call our functions. */
  rights: string;
  /** Where our functions are missing. */
  migrations: string;
};

/** Deadlock and serialization failure: the transaction surely did nothing and may run again. */
const repeatable = new Set(['40001', '40P01']);
/** Connection exceptions, shutdown, too many connections, a statement or a lock that took too long. */
const unreachable = /^(08|53|57P|57014|55P03)/;
/** Wrong password, no such role, no such database. */
const refusedLogins = new Set(['28P01', '28000', '3D000']);
const noRights = '42501';
const diskFull = '53100';
const illegalMove = 'KA001';

/** Of a Supabase project, whose key may not change tables. */
export const projectBehind =
  'The database in SUPABASE_URL lacks our tables, or is older than this version: run kaggle-agent migrate once with DATABASE_URL set, or supabase db push.';

export function isRepeatable(sqlstate: string | null): boolean {
  return sqlstate !== null && repeatable.has(sqlstate);
}

/** The kind of a failure, which depends on its SQLSTATE alone and so is the same through every adapter. */
export function stateFailure(refusal: Refusal, advice: Advice): Failure {
  const { name, sqlstate, cause } = refusal;
  if (sqlstate === illegalMove) {
    return new SystemFailure('The database refused a move that its table does not know.', {
      code: 'state.illegal_move',
      cause,
      details: { function: name },
    });
  }
  if (sqlstate === diskFull) {
    return new SystemFailure(
      'The disk is full, so nothing can be stored: free some space, then start again.',
      { code: 'disk.full', scope: 'process', cause },
    );
  }
  if (sqlstate === null || unreachable.test(sqlstate)) return unreachableFailure(refusal);
  if (refusedLogins.has(sqlstate)) return refusedLogin(refusal, advice.login);
  if (sqlstate === noRights) return refusedLogin(refusal, advice.rights);
  return new SystemFailure(`The database refused ${name} (${sqlstate}).`, {
    code: 'state.refused',
    cause,
    details: { function: name, sqlstate },
  });
}

export function unreachableFailure(
  { name, cause }: Refusal,
  message = 'The database does not answer; trying again.',
): TransientFailure {
  return new TransientFailure(message, {
    code: 'state.unreachable',
    cause,
    details: { function: name },
  });
}

export function refusedLogin({ sqlstate, cause }: Refusal, message: string): ConfigurationFailure {
  return new ConfigurationFailure(message, {
    code: 'state.login_refused',
    cause,
    details: sqlstate === null ? {} : { sqlstate },
  });
}

/** Our function is not there: the database lacks its tables, or is older than this version. */
export function notMigrated({ name, cause }: Refusal, message: string): ConfigurationFailure {
  return new ConfigurationFailure(message, {
    code: 'state.not_migrated',
    cause,
    details: { function: name },
  });
}
