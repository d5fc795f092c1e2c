const shown = '[redacted]';

/**
 * A credential that can travel through options, logs and errors without showing itself:
 * every way of printing it gives `[redacted]`. Only `reveal()` gives the value, and only the code
 * that writes a request's header calls it.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
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
