import { z } from 'zod';

/**
 * Fields of Kaggle's answers. Kaggle leaves out every field with a default value (false, 0, empty), so each one has
 * its default here.
 * Source: Kaggle/kagglesdk `kaggle_object.py`.
 */

/** int64 is a number in all that was observed; proto JSON allows a numeric text. */
export const integer = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
]);
export const count = integer.nullish().transform((value) => value ?? 0);
export const optionalCount = integer.nullish().transform((value) => value ?? null);
export const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
/** Empty counts as absent. A score is a text in all that was observed; a number says the same. */
export const optionalText = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => (value === undefined || value === null || value === '' ? null : String(value)));
export const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);

/** UTC with 0 to 7 fraction digits; an unreadable one counts as absent. */
export const moment = z
  .string()
  .nullish()
  .transform((value) => {
    if (value === undefined || value === null || value === '') return null;
    const date = new Date(/(Z|[+-]\d\d:?\d\d)$/i.test(value) ? value : `${value}Z`);
    return Number.isNaN(date.getTime()) ? null : date;
  });

/** Enum values come as full names, in any case, with or without their prefix, or as numbers. */
export const enumName = (prefix: string) =>
  z
    .union([z.string(), z.number()])
    .nullish()
    .transform((value) => String(value ?? '').toUpperCase())
    .transform((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name));
