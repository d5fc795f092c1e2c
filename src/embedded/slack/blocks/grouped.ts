import { z } from 'zod';
import { actions, context, divider, header, image, input, section, video } from './basic.ts';
import { button, imageElement } from './elements.ts';
import { richTextBlock } from './rich-text.ts';
import { table } from './tables.ts';
import { anyText, blockId, mrkdwn, plainText, webUrl } from './text.ts';

export const alert = z.strictObject({
  type: z.literal('alert'),
  block_id: blockId,
  text: anyText(3000),
  level: z.enum(['default', 'info', 'warning', 'error', 'success']).exactOptional(),
});

export const card = z.strictObject({
  type: z.literal('card'),
  block_id: blockId,
  hero_image: imageElement.exactOptional(),
  icon: imageElement.exactOptional(),
  title: mrkdwn(150).exactOptional(),
  subtitle: mrkdwn(150).exactOptional(),
  body: mrkdwn(200).exactOptional(),
  actions: z.array(button).exactOptional(),
});

export const carousel = z.strictObject({
  type: z.literal('carousel'),
  block_id: blockId,
  elements: z.array(card).min(1).max(10),
});

export const container = z.strictObject({
  type: z.literal('container'),
  block_id: blockId,
  title: plainText(150).exactOptional(),
  rich_text_title: richTextBlock.exactOptional(),
  subtitle: anyText(150).exactOptional(),
  child_blocks: z
    .array(
      z.discriminatedUnion('type', [
        actions,
        context,
        divider,
        header,
        image,
        input,
        richTextBlock,
        section,
        table,
        video,
      ]),
    )
    .min(1)
    .max(10),
  width: z.enum(['narrow', 'standard', 'wide', 'full']).exactOptional(),
  icon: imageElement.exactOptional(),
  is_collapsible: z.boolean().exactOptional(),
  default_collapsed: z.boolean().exactOptional(),
  has_header_divider: z.boolean().exactOptional(),
});

export const taskCard = z.strictObject({
  type: z.literal('task_card'),
  block_id: blockId,
  task_id: z.string().min(1),
  title: z.string().min(1),
  details: richTextBlock.exactOptional(),
  output: richTextBlock.exactOptional(),
  sources: z
    .array(z.strictObject({ type: z.literal('url'), url: webUrl, text: z.string().min(1) }))
    .exactOptional(),
  status: z.enum(['pending', 'in_progress', 'complete', 'error']),
});

export const plan = z.strictObject({
  type: z.literal('plan'),
  block_id: blockId,
  title: z.string().min(1),
  tasks: z.array(taskCard).exactOptional(),
});
