import { redactValues, type Secret } from '../config/secret.ts';

export type SecretFilter = {
  /** From now on these values are taken out, in every form in which they may appear. */
  add(secrets: Iterable<Secret>): void;
  /** The text with every known secret replaced by `[redacted]`. */
  clean(text: string): string;
};

/** Takes secrets out of text by their values, wherever they appear and whatever field they are in. */
export function createSecretFilter(secrets: Iterable<Secret> = []): SecretFilter {
  let values: readonly string[] = [];
  const add = (more: Iterable<Secret>): void => {
    const forms = [...values, ...[...more].flatMap((secret) => formsOf(secret.reveal()))];
    // Longest first, so that no part of a secret is left over from a shorter one inside it.
    values = [...new Set(forms)].sort((a, b) => b.length - a.length);
  };
  add(secrets);
  return { add, clean: (text) => redactValues(text, values) };
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
