import type { Context } from '../../src/context.ts';

/**
 * The context of a process that is killed right before it calls one of the database's functions for the nth time:
 * whatever it wants to do afterwards fails too.
 */
export function dyingBefore<Own extends Pick<Context, 'state'>>(ctx: Own, name: string, nth = 1): Own {
  const { state } = ctx;
  let left = nth;
  return {
    ...ctx,
    state: {
      ...state,
      call: async (called, args, answer) => {
        if (called === name) left -= 1;
        if (left <= 0) throw new Error('killed');
        return await state.call(called, args, answer);
      },
    },
  };
}
