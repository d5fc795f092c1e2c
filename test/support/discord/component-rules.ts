import { z } from 'zod';

/** Component schemas of Discord's reference: unknown fields and lengths beyond the limits are refused. */

const id = z.number().int().min(0).max(2_147_483_647).optional();
const customId = z.string().min(1).max(100);
const emoji = z.strictObject({ id: z.string().optional(), name: z.string().optional() });

const button = z
  .strictObject({
    type: z.literal(2),
    id,
    style: z.number().int().min(1).max(5),
    label: z.string().min(1).max(80).optional(),
    emoji: emoji.optional(),
    custom_id: customId.optional(),
    url: z.url().max(512).optional(),
    disabled: z.boolean().optional(),
  })
  .superRefine((value, ctx) => {
    const refuse = (message: string) => ctx.addIssue({ code: 'custom', message });
    const isLink = value.style === 5;
    if (isLink !== (value.url !== undefined)) refuse('A url is for link buttons, and each needs one');
    if (isLink === (value.custom_id !== undefined)) refuse('A custom id is for buttons that are no links');
    if (value.label === undefined && value.emoji === undefined) refuse('A label or an emoji is needed');
  });

const stringSelect = z
  .strictObject({
    type: z.literal(3),
    id,
    custom_id: customId,
    options: z
      .array(
        z.strictObject({
          label: z.string().min(1).max(100),
          value: z.string().min(1).max(100),
          description: z.string().max(100).optional(),
          emoji: emoji.optional(),
          default: z.boolean().optional(),
        }),
      )
      .min(1)
      .max(25),
    placeholder: z.string().max(150).optional(),
    min_values: z.number().int().min(0).max(25).optional(),
    max_values: z.number().int().min(1).max(25).optional(),
    disabled: z.boolean().optional(),
    required: z.boolean().optional(),
  })
  .refine(({ options }) => new Set(options.map(({ value }) => value)).size === options.length, {
    message: 'Each option needs a value of its own',
  });

const actionRow = z
  .strictObject({
    type: z.literal(1),
    id,
    components: z
      .array(z.union([button, stringSelect]))
      .min(1)
      .max(5),
  })
  .refine(({ components }) => components.length === 1 || components.every(({ type }) => type === 2), {
    message: 'A row holds up to five buttons or one select',
  });

const textDisplay = z.strictObject({ type: z.literal(10), id, content: z.string().min(1).max(4000) });
const media = z.strictObject({ url: z.string().min(1).max(2048) });
const description = z.string().max(1024).optional();
const thumbnail = z.strictObject({
  type: z.literal(11),
  id,
  media,
  description,
  spoiler: z.boolean().optional(),
});
const section = z.strictObject({
  type: z.literal(9),
  id,
  components: z.array(textDisplay).min(1).max(3),
  accessory: z.union([button, thumbnail]),
});
const mediaGallery = z.strictObject({
  type: z.literal(12),
  id,
  items: z
    .array(z.strictObject({ media, description, spoiler: z.boolean().optional() }))
    .min(1)
    .max(10),
});
const file = z.strictObject({
  type: z.literal(13),
  id,
  file: z.strictObject({ url: z.string().startsWith('attachment://') }),
  spoiler: z.boolean().optional(),
});
const separator = z.strictObject({
  type: z.literal(14),
  id,
  divider: z.boolean().optional(),
  spacing: z.union([z.literal(1), z.literal(2)]).optional(),
});
const inContainer = z.discriminatedUnion('type', [
  actionRow,
  section,
  textDisplay,
  mediaGallery,
  file,
  separator,
]);
const container = z.strictObject({
  type: z.literal(17),
  id,
  accent_color: z.number().int().min(0).max(0xffffff).nullable().optional(),
  spoiler: z.boolean().optional(),
  components: z.array(inContainer).min(1),
});

export const classicComponents = z.array(actionRow).max(5);
export const layoutComponents = z
  .array(
    z.discriminatedUnion('type', [actionRow, section, textDisplay, mediaGallery, file, separator, container]),
  )
  .min(1);

const textInput = z.strictObject({
  type: z.literal(4),
  id,
  custom_id: customId,
  style: z.union([z.literal(1), z.literal(2)]),
  min_length: z.number().int().min(0).max(4000).optional(),
  max_length: z.number().int().min(1).max(4000).optional(),
  required: z.boolean().optional(),
  value: z.string().max(4000).optional(),
  placeholder: z.string().max(100).optional(),
});
const label = z.strictObject({
  type: z.literal(18),
  id,
  label: z.string().min(1).max(45),
  description: z.string().max(100).optional(),
  component: z.union([textInput, stringSelect]),
});

export const modalSchema = z
  .strictObject({
    custom_id: customId,
    title: z.string().min(1).max(45),
    components: z
      .array(z.discriminatedUnion('type', [label, textDisplay]))
      .min(1)
      .max(5),
  })
  .refine(
    ({ components }) => {
      const ids = components.flatMap((one) => (one.type === 18 ? [one.component.custom_id] : []));
      return new Set(ids).size === ids.length;
    },
    { message: 'Component custom id cannot be duplicated' },
  );

export type Modal = z.output<typeof modalSchema>;

export const mostComponents = 40;
export const mostText = 4000;

/** A component as a tree, whatever its type. */
export type AnyComponent = {
  type: number;
  id?: number | undefined;
  custom_id?: string | undefined;
  content?: string | undefined;
  label?: string | undefined;
  url?: string | undefined;
  components?: AnyComponent[] | undefined;
  accessory?: AnyComponent | undefined;
  items?: { media: Record<string, unknown>; description?: string | undefined }[] | undefined;
  file?: Record<string, unknown> | undefined;
  options?: { label: string; value: string }[] | undefined;
  disabled?: boolean | undefined;
  style?: number | undefined;
  accent_color?: number | null | undefined;
};

/** Every component of a tree, parents first. */
export function allComponents(components: readonly AnyComponent[]): AnyComponent[] {
  return components.flatMap((one) => [
    one,
    ...allComponents(one.components ?? []),
    ...(one.accessory === undefined ? [] : allComponents([one.accessory])),
  ]);
}

/** Checks that no schema can make: how many, how long in total, and each id once. */
export function countProblems(components: readonly AnyComponent[]): string[] {
  const all = allComponents(components);
  const text = all.reduce((sum, { type, content }) => sum + (type === 10 ? (content ?? '').length : 0), 0);
  const problems: string[] = [];
  if (all.length > mostComponents) problems.push(`Must be ${mostComponents} or fewer components in total`);
  if (text > mostText) problems.push(`Must be ${mostText} or fewer characters in total`);
  const customIds = all.flatMap(({ custom_id }) => (custom_id === undefined ? [] : [custom_id]));
  if (new Set(customIds).size < customIds.length) problems.push('Component custom id cannot be duplicated');
  const ids = all.flatMap((one) => (one.id === undefined || one.id === 0 ? [] : [one.id]));
  if (new Set(ids).size < ids.length) problems.push('Component id cannot be duplicated');
  return problems;
}

/** A copy in which every component has an id, made in sequence where none was given. */
export function withIds(components: readonly AnyComponent[]): AnyComponent[] {
  const taken = new Set(allComponents(components).map(({ id: given }) => given));
  let next = 0;
  const nextId = () => {
    do next += 1;
    while (taken.has(next));
    return next;
  };
  const number = (one: AnyComponent): AnyComponent => ({
    ...one,
    id: one.id || nextId(),
    ...(one.components === undefined ? {} : { components: one.components.map(number) }),
    ...(one.accessory === undefined ? {} : { accessory: number(one.accessory) }),
  });
  return components.map(number);
}
