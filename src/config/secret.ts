const shown = '[redacted]';

/**
 * A credential that can travel through options, logs and errors without showing itself:
 * every way of printing it gives `[redacted]`. Only `reveal()` gives the value, and only the code
 * that writes a request's header calls it, each time anew: the value may be replaced while the agent runs.
 */
export class Secret {
  #value: string;
  readonly #listeners = new Set<() => void>();

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  /** Takes the next value, and tells whoever listens. Nobody is told of a value that is no other one. */
  replace(value: string): void {
    if (value === this.#value) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  /**
   * Calls back after each replacement; for what must connect anew, since `reveal()` gives the new value by itself.
   * @param listener must not throw @returns the end of that
   */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  /** Read by `node:util`'s inspect, so by console.log, pino and assertion messages. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return shown;
  }
}

export function createSecret(value: string): Secret {
  return new Secret(value);
}

/** Shorter values would also wipe innocent text (a key `a` would take every letter a). */
const shortestRedacted = 6;

/** Text with each of these values replaced, for words that come back from a vendor that echoes what it got. */
export function redactValues(text: string, values: readonly string[]): string {
  return values
    .filter((value) => value.length >= shortestRedacted)
    .reduce((redacted, value) => redacted.replaceAll(value, shown), text);
}
