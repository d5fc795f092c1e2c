import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { isTimeZone } from '../domain/preferences.ts';
import { processRoles, workQueues } from '../domain/roles.ts';
import { createSecret, type Secret } from './secret.ts';

/** Each takes the text of a variable; each message completes the sentence "NAME must …". */

const longestSeconds = 30 * 86_400;

export function text(): z.ZodType<string> {
  return z.string();
}

/** A path; a relative one is kept and made absolute against the folder that the loader was given. */
export function path(): z.ZodType<string> {
  return z.string().refine((value) => !value.includes('\0'), 'be a path without a NUL character');
}

/** Paths separated by `separator`, empty parts left out. */
export function pathList(separator: string): z.ZodType<string[]> {
  return z.string().transform((value) => value.split(separator).filter((part) => part !== ''));
}

export function integer({ min, max }: { min: number; max: number }): z.ZodType<number> {
  const message = `be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^[+-]?\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

/** A number, written with a point. */
export function numberBetween(min: number, max: number): z.ZodType<number> {
  const message = `be a number from ${min} to ${max}, such as ${(min + max) / 2}`;
  return z
    .string()
    .regex(/^\d{1,9}(\.\d{1,6})?$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

export function port(): z.ZodType<number> {
  return integer({ min: 0, max: 65_535 });
}

export function seconds(min = 1): z.ZodType<number> {
  return integer({ min, max: longestSeconds });
}

/** An amount of money that is not negative, in US dollars. */
export function usd(): z.ZodType<number> {
  const message = 'be an amount in US dollars, such as 3.60';
  return z
    .string()
    .regex(/^\d{1,9}(\.\d{1,6})?$/, message)
    .transform(Number);
}

export function flag(): z.ZodType<boolean> {
  return z.enum(['true', 'false'], 'be true or false').transform((value) => value === 'true');
}

export function choice<const Names extends readonly [string, ...string[]]>(
  names: Names,
): z.ZodType<Names[number]> {
  return z.enum(names, `be one of ${names.join(', ')}`);
}

export function httpUrl(): z.ZodType<string> {
  return z
    .string()
    .refine((value) => hasScheme(value, ['http:', 'https:']), 'be an http:// or https:// address')
    .transform((value) => value.replace(/\/+$/, ''));
}

export function secret(): z.ZodType<Secret> {
  return z.string().transform((value) => createSecret(value));
}

/** A secret that travels in a header: what cannot stand there would only look like a vendor that is away. */
export function apiKey(): z.ZodType<Secret> {
  return z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'be a key as it was given: letters, digits and signs, without blanks')
    .transform((value) => createSecret(value));
}

/** An address that may hold a password, so it is kept as a secret. */
export function secretUrl(schemes: readonly string[]): z.ZodType<Secret> {
  const names = schemes.map((scheme) => `${scheme}//`).join(' or ');
  return z
    .string()
    .refine((value) => hasScheme(value, schemes), `be an address that begins with ${names}`)
    .transform((value) => createSecret(value));
}

/**
 * One such address or several, separated by commas. A comma may stand in a password, so only one before a scheme
 * separates.
 */
export function secretUrlList(schemes: readonly string[]): z.ZodType<Secret> {
  const names = schemes.map((scheme) => `${scheme}//`).join(' or ');
  const separator = new RegExp(`\\s*,\\s*(?=(?:${schemes.join('|')})//)`);
  return z
    .string()
    .refine(
      (value) => value.split(separator).every((part) => hasScheme(part, schemes)),
      `be an address that begins with ${names}`,
    )
    .transform((value) => createSecret(value));
}

const imageForm = /^[A-Za-z0-9][A-Za-z0-9._/:@{}-]*$/;

/** Name of a container image. */
export function image(): z.ZodType<string> {
  return text().refine((value) => imageForm.test(value), 'be the name of an image with its tag or digest');
}

/** Names separated by commas or blanks, each of the given form. */
export function nameList(form: RegExp, message: string): z.ZodType<string[]> {
  return z
    .string()
    .transform((value) => value.split(/[\s,]+/).filter((part) => part !== ''))
    .refine((names) => names.every((name) => form.test(name)), message);
}

/** `all`, or names of a list separated by commas. @returns null for `all` */
function allOrSome<const Name extends string>(names: readonly Name[]): z.ZodType<readonly Name[] | null> {
  const message = `be all, or some of ${names.join(', ')}`;
  const isName = (part: string): part is Name => names.some((name) => name === part);
  return z.string().transform((value, check) => {
    const parts = [...new Set(value.split(/[\s,]+/).filter((part) => part !== ''))];
    if (parts.length === 1 && parts[0] === 'all') return null;
    const known = parts.filter(isName);
    if (known.length === parts.length && known.length > 0) return known;
    check.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

/** What this process does; null: everything. */
export function roleList() {
  return allOrSome(processRoles);
}

/** Queues that this process takes jobs from; null: all. */
export function queueList() {
  return allOrSome(workQueues);
}

const clockForm = '([01]\\d|2[0-3]):[0-5]\\d';

/** A time of day, `09:00`. */
export function clockTime(): z.ZodType<string> {
  return z.string().regex(new RegExp(`^${clockForm}$`), 'be a time such as 09:00');
}

/** `22:00-08:00`; it may pass midnight. */
export function timeSpan(): z.ZodType<{ from: string; to: string }> {
  return z
    .string()
    .regex(new RegExp(`^${clockForm}-${clockForm}$`), 'be two times such as 22:00-08:00')
    .transform((value) => ({ from: value.slice(0, 5), to: value.slice(6) }));
}

export function timeZone(): z.ZodType<string> {
  return z.string().refine(isTimeZone, 'be the name of a time zone such as Asia/Tokyo');
}

/** The absolute form of a path from a setting; `~/` is the home folder's. */
export function absolutePath(value: string, { base, home }: { base: string; home: string }): string {
  if (value === '~') return home;
  if (value.startsWith('~/')) return resolve(home, value.slice(2));
  return isAbsolute(value) ? value : resolve(base, value);
}

function hasScheme(value: string, schemes: readonly string[]): boolean {
  return URL.canParse(value) && schemes.includes(new URL(value).protocol);
}
