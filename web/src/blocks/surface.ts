import { createContext, useContext } from 'react';
import type { ConfirmDialog } from './schema.ts';

/** What the blocks of one message, home or modal can do. */
export type Surface = {
  /** Resolves once the app has taken it, or not. */
  press(actionId: string, chosen?: { value: string }): Promise<void>;
  suggest: ((actionId: string, typed: string) => Promise<readonly { text: string; value: string }[]>) | null;
  /** Asks first where the app wants that. */
  confirm(dialog: ConfirmDialog): Promise<boolean>;
  /** Shows a picture large. */
  enlarge(picture: { src: string; alt: string }): void;
};

export const SurfaceContext = createContext<Surface>({
  press: async () => undefined,
  suggest: null,
  confirm: async () => true,
  enlarge: () => undefined,
});

export function useSurface(): Surface {
  return useContext(SurfaceContext);
}
