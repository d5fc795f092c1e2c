export type Listeners<A extends readonly unknown[]> = {
  /** @returns ends this subscription */
  add(listener: (...args: A) => void): () => void;
  call(...args: A): void;
};

/** Whoever wants to be told. A listener that throws keeps it from no other, and from no caller. */
export function createListeners<A extends readonly unknown[]>(
  onError: (error: unknown) => void,
): Listeners<A> {
  const listeners = new Set<(...args: A) => void>();
  return {
    add(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    call(...args) {
      for (const listener of listeners) {
        try {
          listener(...args);
        } catch (error) {
          onError(error);
        }
      }
    },
  };
}
