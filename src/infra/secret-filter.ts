import { redactValues, type Secret } from '../config/secret.ts';

/** Values of one secret that are still taken out after newer ones came: late answers may echo them. */
const keptValues = 20;

export type SecretFilter = {
  /** From now on these values are taken out, in every form in which they may appear, and those that replace them too. */
  add(secrets: Iterable<Secret>): void;
  /** The text with every known secret replaced by `[redacted]`. */
  clean(text: string): string;
};

/** Takes secrets out of text by their values, wherever they appear and whatever field they are in. */
export function createSecretFilter(secrets: Iterable<Secret> = []): SecretFilter {
  const known = new Map<Secret, string[]>();
  let forms: readonly string[] = [];
  const learn = (secret: Secret): void => {
    const values = [secret.reveal(), ...(known.get(secret) ?? [])];
    known.set(secret, [...new Set(values)].slice(0, keptValues));
  };
  const arrange = (): void => {
    const all = [...known.values()].flat().flatMap(formsOf);
    // Longest first, so that no part of a secret is left over from a shorter one inside it.
    forms = [...new Set(all)].sort((a, b) => b.length - a.length);
  };
  const add = (more: Iterable<Secret>): void => {
    for (const secret of more) {
      if (!known.has(secret)) {
        secret.onChange(() => {
          learn(secret);
          arrange();
        });
      }
      learn(secret);
    }
    arrange();
  };
  add(secrets);
  return { add, clean: (text) => redactValues(text, forms) };
}

/** A secret may show up escaped in JSON, encoded in a URL, or as the password inside an address. */
function formsOf(value: string): string[] {
  const parts = [value, ...passwordsOf(value)];
  return parts.flatMap((part) => [part, JSON.stringify(part).slice(1, -1), encodeURIComponent(part)]);
}

function passwordsOf(value: string): string[] {
  if (!URL.canParse(value)) return [];
  const { password } = new URL(value);
  return password === '' ? [] : [password, decoded(password)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
