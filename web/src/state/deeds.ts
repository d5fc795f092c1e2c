import { createContext, useContext } from 'react';
import type { CallInput, CallName, PressTarget } from '../../../src/embedded/page/wire.ts';
import type { ConfirmDialog } from '../blocks/schema.ts';
import type { Surface } from '../blocks/surface.ts';
import type { Enlarged } from '../parts/lightbox.tsx';
import { CallRefused, call as callServer } from './calls.ts';
import type { PageEvent } from './page-state.ts';

/** What a person can do on the page, in their own name; trouble is told as a toast. */
export type Deeds = {
  /** @returns false where the app did not take it in time, or the call was refused */
  call<N extends CallName>(name: N, input: Omit<CallInput<N>, 'user'>): Promise<boolean>;
  surfaceOf(target: PressTarget): Surface;
  toast(text: string): void;
};

export type DeedsOptions = {
  user: string;
  dispatch(event: PageEvent): void;
  confirm(dialog: ConfirmDialog): Promise<boolean>;
  enlarge(picture: Enlarged): void;
};

export function createDeeds({ user, dispatch, confirm, enlarge }: DeedsOptions): Deeds {
  const toast = (text: string): void => dispatch({ type: 'toast', text });
  const call: Deeds['call'] = async (name, input) => {
    // The rest of the input, with the user, is the whole; the compiler cannot see that of a generic.
    const whole = { ...input, user } as CallInput<typeof name>;
    dispatch({ type: 'deed', atMs: Date.now() });
    try {
      return (await callServer(name, whole)).isAcknowledged;
    } catch (error) {
      toast(sentenceOf(error));
      return false;
    }
  };
  const surfaceOf = (target: PressTarget): Surface => ({
    confirm,
    enlarge,
    press: async (actionId, chosen) => {
      await call('press', { target, actionId, ...(chosen === undefined ? {} : { chosen }) });
    },
    suggest:
      'viewId' in target
        ? async (actionId, typed) => {
            const answer = await callServer('suggest', { user, viewId: target.viewId, actionId, typed });
            return answer.options ?? [];
          }
        : null,
  });
  return { call, surfaceOf, toast };
}

function sentenceOf(error: unknown): string {
  return error instanceof CallRefused ? error.message : 'That did not work. Try again in a moment.';
}

export const DeedsContext = createContext<Deeds>({
  call: async () => false,
  surfaceOf: () => ({
    press: async () => undefined,
    suggest: null,
    confirm: async () => false,
    enlarge: () => undefined,
  }),
  toast: () => undefined,
});

export function useDeeds(): Deeds {
  return useContext(DeedsContext);
}
