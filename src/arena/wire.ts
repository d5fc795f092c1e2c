import { formatScore } from '../domain/metrics/score.ts';

/**
 * How the vendor writes its answers.
 * Source: Kaggle/kagglesdk `kaggle_object.py` (names, datetimes); answers leave out fields with default values.
 */

export type WireValue = string | number | boolean | null | undefined | readonly WireValue[] | WireObject;
export type WireObject = { readonly [key: string]: WireValue };

/** Leaves out what protobuf calls a default: false, 0, the empty text, the empty list and null. */
export function withoutDefaults(value: WireObject): WireObject {
  const kept = Object.entries(value).flatMap(([key, field]): [string, WireValue][] => {
    if (field === undefined || field === null || field === false || field === 0 || field === '') return [];
    if (isList(field)) return field.length === 0 ? [] : [[key, field.map(cleaned)]];
    return [[key, cleaned(field)]];
  });
  return Object.fromEntries(kept);
}

function cleaned(value: WireValue): WireValue {
  if (typeof value !== 'object' || value === null) return value;
  return isList(value) ? value.map(cleaned) : withoutDefaults(value);
}

// Array.isArray does not narrow read-only arrays.
function isList(value: WireValue): value is readonly WireValue[] {
  return Array.isArray(value);
}

/** Numbers of fraction digits that occur in the vendor's timestamps. */
const fractionDigits = [0, 3, 7, 2] as const;

/** A UTC timestamp. How many fraction digits it has depends on its second, so that readers meet every form. */
export function wireTime(date: Date): string {
  const iso = date.toISOString();
  const digits = fractionDigits[Math.floor(date.getTime() / 1000) % fractionDigits.length] ?? 0;
  if (digits === 0) return `${iso.slice(0, 19)}Z`;
  return `${iso.slice(0, 19)}.${iso.slice(20, 23).padEnd(7, '0').slice(0, digits)}Z`;
}

/** Scores travel as text with five decimals; an absent score as the empty text. */
export function wireScore(score: number | null): string {
  return score === null ? '' : formatScore(score);
}
