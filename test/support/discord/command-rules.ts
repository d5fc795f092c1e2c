import { z } from 'zod';

const name = z.string().regex(/^[-_'\p{Ll}\p{Lo}\p{N}]{1,32}$/u);
const localised = (schema: z.ZodType<string>) =>
  z
    .record(z.enum(['ja', 'en-US', 'en-GB']), schema)
    .or(z.partialRecord(z.enum(['ja', 'en-US', 'en-GB']), schema))
    .nullable()
    .optional();
const description = z.string().min(1).max(100);

const choice = z.strictObject({
  name: z.string().min(1).max(100),
  name_localizations: localised(z.string().min(1).max(100)),
  value: z.union([z.string().max(100), z.number()]),
});

const leaf = z
  .strictObject({
    type: z.union([z.literal(3), z.literal(4), z.literal(5), z.literal(10)]),
    name,
    name_localizations: localised(name),
    description,
    description_localizations: localised(description),
    required: z.boolean().optional(),
    choices: z.array(choice).max(25).optional(),
    min_value: z.number().optional(),
    max_value: z.number().optional(),
    min_length: z.number().int().min(0).max(6000).optional(),
    max_length: z.number().int().min(1).max(6000).optional(),
    autocomplete: z.boolean().optional(),
  })
  .refine((option) => !(option.autocomplete === true && option.choices !== undefined), {
    message: 'Choices and autocomplete exclude each other',
  });

const subcommand = z
  .strictObject({
    type: z.literal(1),
    name,
    name_localizations: localised(name),
    description,
    description_localizations: localised(description),
    options: z.array(leaf).max(25).optional(),
  })
  .refine(
    ({ options = [] }) => {
      const firstFree = options.findIndex((option) => option.required !== true);
      return firstFree === -1 || options.slice(firstFree).every((option) => option.required !== true);
    },
    { message: 'Required options must be placed before non-required options' },
  )
  .refine(({ options = [] }) => new Set(options.map((one) => one.name)).size === options.length, {
    message: 'Option names must be unique',
  });

const command = z
  .strictObject({
    type: z.literal(1).optional(),
    name,
    name_localizations: localised(name),
    description,
    description_localizations: localised(description),
    options: z.array(subcommand).max(25).optional(),
    default_member_permissions: z.string().nullable().optional(),
    contexts: z.array(z.number()).optional(),
    integration_types: z.array(z.number()).optional(),
    nsfw: z.boolean().optional(),
  })
  .refine((value) => lengthOf(value) <= 8000, { message: 'APPLICATION_COMMAND_TOO_LARGE' });

export const commandsSchema = z.array(command).max(100);

export type StoredCommand = z.output<typeof command> & { id: string; version: string };

/** Names, descriptions and values together; of translations the longest counts. */
function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + lengthOf(one), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce((sum, [key, one]) => {
    if (key === 'options' || key === 'choices') return sum + lengthOf(one);
    if (typeof one === 'string') return sum + one.length;
    if (key.endsWith('_localizations') && one !== null) {
      return sum + Math.max(0, ...Object.values(one).map((text) => String(text).length));
    }
    return sum;
  }, 0);
}
