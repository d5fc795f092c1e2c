import { useState } from 'react';
import type { ConfirmDialog } from './schema.ts';
import { useSurface } from './surface.ts';

type Pressed = { action_id: string; confirm?: ConfirmDialog | undefined };

/** Presses an element: asks first where it says so, and is busy until the app has taken it. */
export function usePress({ action_id: actionId, confirm }: Pressed) {
  const surface = useSurface();
  const [isBusy, setBusy] = useState(false);
  const press = async (chosen?: { value: string }): Promise<void> => {
    if (isBusy) return;
    if (confirm !== undefined && !(await surface.confirm(confirm))) return;
    setBusy(true);
    try {
      await surface.press(actionId, chosen);
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, press };
}
