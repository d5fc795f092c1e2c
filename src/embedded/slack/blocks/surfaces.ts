import { z } from 'zod';
import {
  actions,
  context,
  contextActions,
  divider,
  header,
  image,
  input,
  markdown,
  section,
  video,
} from './basic.ts';
import { alert, card, carousel, container, plan, taskCard } from './grouped.ts';
import { richTextBlock } from './rich-text.ts';
import { dataTable, dataVisualization, table } from './tables.ts';
import { maxIdLength, plainText } from './text.ts';

const everywhere = [
  section,
  header,
  divider,
  context,
  actions,
  image,
  input,
  richTextBlock,
  video,
  alert,
  card,
  carousel,
  container,
] as const;

/** Most blocks of a message. Source: blocks reference. */
const maxMessageBlocks = 50;
const maxViewBlocks = 100;

export const messageBlocks = z
  .array(
    z.discriminatedUnion('type', [
      ...everywhere,
      markdown,
      contextActions,
      table,
      dataTable,
      dataVisualization,
      taskCard,
      plan,
    ]),
  )
  .max(maxMessageBlocks);

const viewBlocks = z
  .array(z.discriminatedUnion('type', [...everywhere, table, dataTable]))
  .max(maxViewBlocks);

const maxPrivateMetadataLength = 3000;
const common = {
  blocks: viewBlocks,
  private_metadata: z.string().max(maxPrivateMetadataLength).exactOptional(),
  callback_id: z.string().max(maxIdLength).exactOptional(),
  external_id: z.string().max(maxIdLength).exactOptional(),
};

const maxTitleLength = 24;

/** Source: modal views. */
export const modalView = z.strictObject({
  type: z.literal('modal'),
  ...common,
  title: plainText(maxTitleLength),
  submit: plainText(maxTitleLength).exactOptional(),
  close: plainText(maxTitleLength).exactOptional(),
  clear_on_close: z.boolean().exactOptional(),
  notify_on_close: z.boolean().exactOptional(),
  submit_disabled: z.boolean().exactOptional(),
});

/** Source: home tab views. */
export const homeView = z.strictObject({ type: z.literal('home'), ...common });
