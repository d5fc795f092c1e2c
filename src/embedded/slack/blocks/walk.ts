import { z } from 'zod';

const optionSchema = z.looseObject({ text: z.looseObject({ text: z.string() }), value: z.string() });
export type ElementOption = z.output<typeof optionSchema>;

/** The fields of interactive elements that their kinds share, as far as somebody reads them. */
const elementSchema = z.looseObject({
  type: z.string(),
  action_id: z.string().optional(),
  value: z.string().optional(),
  options: z.array(optionSchema).optional(),
  option_groups: z.array(z.looseObject({ options: z.array(optionSchema) })).optional(),
  initial_option: optionSchema.optional(),
  initial_options: z.array(optionSchema).optional(),
  focus_on_load: z.boolean().optional(),
  min_query_length: z.number().optional(),
  min_length: z.number().optional(),
  max_length: z.number().optional(),
});
export type BlockElement = z.output<typeof elementSchema>;

const holderSchema = z.looseObject({
  type: z.string(),
  block_id: z.string().optional(),
  optional: z.boolean().optional(),
  elements: z.array(z.unknown()).optional(),
  accessory: z.unknown().optional(),
  element: z.unknown().optional(),
  actions: z.array(z.unknown()).optional(),
  child_blocks: z.array(z.unknown()).optional(),
});

/** A block with what stands in it; `path` leads to it as a JSON pointer. */
export type WalkedBlock = {
  type: string;
  blockId: string | undefined;
  path: string;
  isOptional: boolean;
  raw: Record<string, unknown>;
  elements: readonly { element: BlockElement; path: string; raw: Record<string, unknown> }[];
};

const recordSchema = z.record(z.string(), z.unknown());

/** Every block of a list, those inside containers and carousels too, with its interactive elements. */
export function walkBlocks(blocks: readonly unknown[], root = '/blocks'): WalkedBlock[] {
  return blocks.flatMap((block, index) => {
    const path = `${root}/${index}`;
    const holder = holderSchema.parse(block);
    const raw = isRecord(block) ? block : {};
    const walked: WalkedBlock = {
      type: holder.type,
      blockId: holder.block_id,
      path,
      isOptional: holder.optional ?? false,
      raw,
      elements: elementsOf(holder, path),
    };
    const cards = holder.type === 'carousel' ? walkBlocks(holder.elements ?? [], `${path}/elements`) : [];
    return [walked, ...walkBlocks(holder.child_blocks ?? [], `${path}/child_blocks`), ...cards];
  });
}

function elementsOf(holder: z.output<typeof holderSchema>, path: string): WalkedBlock['elements'] {
  const listed =
    holder.type === 'actions' || holder.type === 'context_actions' ? (holder.elements ?? []) : [];
  const found = [
    ...listed.map((raw, index) => ({ raw, path: `${path}/elements/${index}` })),
    ...(holder.actions ?? []).map((raw, index) => ({ raw, path: `${path}/actions/${index}` })),
    { raw: holder.accessory, path: `${path}/accessory` },
    { raw: holder.element, path: `${path}/element` },
  ];
  return found.flatMap(({ raw, path: elementPath }) => {
    if (!isRecord(raw) || raw.type === 'image') return [];
    return [{ element: elementSchema.parse(raw), path: elementPath, raw }];
  });
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return recordSchema.safeParse(value).success;
}

/** All options of a menu, grouped or not. */
export function optionsOf(element: BlockElement): readonly ElementOption[] {
  return [...(element.options ?? []), ...(element.option_groups ?? []).flatMap(({ options }) => options)];
}
