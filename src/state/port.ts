import type { z } from 'zod';

/**
 * The whole database as flows see it: named SQL functions, each one transaction, with named arguments
 * (`p_id`, `p_event`, ...). The same names and answers through every adapter.
 */
export type StatePort = {
  /**
   * Calls one function and checks its answer. Arguments are what JSON can carry; a parameter of type jsonb
   * takes an object or a list.
   * @throws TransientFailure `state.unreachable`; SystemFailure `state.illegal_move`, `state.bad_answer`,
   * `state.refused`, `disk.full`; ConfigurationFailure `state.login_refused`, `state.not_migrated`,
   * `state.wrong_address`, `state.paused`
   */
  call<T>(name: string, args: Record<string, unknown>, answer: z.ZodType<T>): Promise<T>;
  /** Resolves when the database answers; the time is in milliseconds. @throws as `call` */
  ping(): Promise<number>;
};
