import { createContext, useContext } from 'react';
import type { Toast } from './page-state.ts';

export const ToastsContext = createContext<{ toasts: readonly Toast[]; close(id: number): void }>({
  toasts: [],
  close: () => undefined,
});

export function useToasts() {
  return useContext(ToastsContext);
}
