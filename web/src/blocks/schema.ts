import { z } from 'zod';

/** The part of Block Kit that the page draws; what does not fit is shown as such and breaks nothing. */

const text = z.object({ type: z.enum(['plain_text', 'mrkdwn']), text: z.string() });
export type TextObject = z.output<typeof text>;

const option = z.object({
  text,
  value: z.string().default(''),
  description: text.optional(),
  url: z.string().optional(),
});
export type Option = z.output<typeof option>;

const confirm = z.object({
  title: text.optional(),
  text,
  confirm: text.optional(),
  deny: text.optional(),
  style: z.string().optional(),
});
export type ConfirmDialog = z.output<typeof confirm>;

const base = { action_id: z.string().default(''), confirm: confirm.optional() };
const groups = z.array(z.object({ label: text, options: z.array(option) })).optional();
const placeholder = text.optional();
const picture = {
  alt_text: z.string(),
  slack_file: z.object({ id: z.string() }).optional(),
  image_url: z.string().optional(),
};

const button = z.object({
  type: z.literal('button'),
  ...base,
  text,
  value: z.string().optional(),
  url: z.string().optional(),
  style: z.string().optional(),
  accessibility_label: z.string().optional(),
});
const overflow = z.object({ type: z.literal('overflow'), ...base, options: z.array(option) });
const staticSelect = z.object({
  type: z.literal('static_select'),
  ...base,
  placeholder,
  options: z.array(option).optional(),
  option_groups: groups,
  initial_option: option.optional(),
});
const externalSelect = z.object({
  type: z.literal('external_select'),
  ...base,
  placeholder,
  initial_option: option.optional(),
  min_query_length: z.number().optional(),
});
const radioButtons = z.object({
  type: z.literal('radio_buttons'),
  ...base,
  options: z.array(option),
  initial_option: option.optional(),
});
const checkboxes = z.object({
  type: z.literal('checkboxes'),
  ...base,
  options: z.array(option),
  initial_options: z.array(option).optional(),
});
const textInput = z.object({
  type: z.enum(['plain_text_input', 'email_text_input', 'url_text_input']),
  ...base,
  placeholder,
  initial_value: z.string().optional(),
  multiline: z.boolean().optional(),
  max_length: z.number().optional(),
  focus_on_load: z.boolean().optional(),
});
const numberInput = z.object({
  type: z.literal('number_input'),
  ...base,
  placeholder,
  is_decimal_allowed: z.boolean().optional(),
  initial_value: z.string().optional(),
  min_value: z.string().optional(),
  max_value: z.string().optional(),
});
const imageElement = z.object({ type: z.literal('image'), ...picture });

const pressable = z.discriminatedUnion('type', [
  button,
  overflow,
  staticSelect,
  externalSelect,
  radioButtons,
  checkboxes,
  imageElement,
]);
export type Pressable = z.output<typeof pressable>;

const field = z.discriminatedUnion('type', [
  staticSelect,
  externalSelect,
  radioButtons,
  checkboxes,
  textInput,
  numberInput,
]);
export type Field = z.output<typeof field>;
export type FieldOf<T extends Field['type']> = Extract<Field, { type: T }>;

const style = z
  .object({ bold: z.boolean(), italic: z.boolean(), strike: z.boolean(), code: z.boolean() })
  .partial()
  .optional();
const richElement = z.union([
  z.object({ type: z.literal('text'), text: z.string(), style }),
  z.object({ type: z.literal('link'), url: z.string(), text: z.string().optional(), style }),
  z.object({ type: z.literal('user'), user_id: z.string() }),
  z.object({ type: z.literal('channel'), channel_id: z.string() }),
  z.object({ type: z.literal('emoji'), name: z.string(), unicode: z.string().optional() }),
  z.object({
    type: z.literal('date'),
    timestamp: z.number(),
    format: z.string(),
    fallback: z.string().optional(),
  }),
  z.object({ type: z.literal('broadcast'), range: z.string() }),
]);
export type RichElement = z.output<typeof richElement>;
const richSection = z.object({ type: z.literal('rich_text_section'), elements: z.array(richElement) });
const richPart = z.discriminatedUnion('type', [
  richSection,
  z.object({ type: z.literal('rich_text_quote'), elements: z.array(richElement) }),
  z.object({ type: z.literal('rich_text_preformatted'), elements: z.array(richElement) }),
  z.object({
    type: z.literal('rich_text_list'),
    style: z.enum(['bullet', 'ordered']),
    elements: z.array(richSection),
  }),
]);
export type RichPart = z.output<typeof richPart>;
const richText = z.object({ type: z.literal('rich_text'), elements: z.array(richPart) });

const cell = z.union([
  z.object({ type: z.literal('raw_text'), text: z.string() }),
  z.object({ type: z.literal('raw_number'), text: z.string(), value: z.number() }),
  richText,
]);
export type Cell = z.output<typeof cell>;

const block = z.discriminatedUnion('type', [
  z.object({ type: z.literal('header'), text }),
  z.object({
    type: z.literal('section'),
    text: text.optional(),
    fields: z.array(text).optional(),
    accessory: pressable.optional(),
  }),
  z.object({ type: z.literal('context'), elements: z.array(z.union([text, imageElement])) }),
  z.object({ type: z.literal('actions'), elements: z.array(pressable) }),
  z.object({ type: z.literal('image'), ...picture, title: text.optional() }),
  z.object({ type: z.literal('divider') }),
  z.object({ type: z.literal('alert'), text, level: z.string().optional() }),
  z.object({ type: z.literal('markdown'), text: z.string() }),
  z.object({
    type: z.literal('table'),
    rows: z.array(z.array(cell)),
    column_settings: z.array(z.object({ align: z.string().optional() }).nullable()).optional(),
  }),
  z.object({ type: z.literal('data_table'), caption: z.string(), rows: z.array(z.array(cell)) }),
  richText,
  z.object({
    type: z.literal('input'),
    label: text,
    hint: text.optional(),
    optional: z.boolean().optional(),
    dispatch_action: z.boolean().optional(),
    element: field,
  }),
]);
export type Block = (z.output<typeof block> | { type: 'unknown'; name: string }) & { id: string };
export type BlockOf<T extends Block['type']> = Extract<Block, { type: T }>;

const anyBlock = z.object({ type: z.string().catch('block'), block_id: z.string().optional() });

/** Blocks as they came, each read on its own; one without an id is named by its place. */
export function readBlocks(blocks: readonly unknown[]): Block[] {
  return blocks.map((raw, index) => {
    const named = anyBlock.safeParse(raw);
    const id = named.data?.block_id ?? `place-${index}`;
    const known = block.safeParse(raw);
    return known.success ? { ...known.data, id } : { type: 'unknown', name: named.data?.type ?? 'block', id };
  });
}
