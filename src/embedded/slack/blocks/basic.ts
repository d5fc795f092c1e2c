import { z } from 'zod';
import {
  accessoryElement,
  actionElement,
  contextActionElement,
  contextElement,
  imageSource,
  inputElement,
} from './elements.ts';
import { anyText, blockId, plainText, webUrl } from './text.ts';

export const section = z.strictObject({
  type: z.literal('section'),
  block_id: blockId,
  text: anyText(3000).exactOptional(),
  fields: z.array(anyText(2000)).min(1).max(10).exactOptional(),
  accessory: accessoryElement.exactOptional(),
  expand: z.boolean().exactOptional(),
});
export const header = z.strictObject({ type: z.literal('header'), block_id: blockId, text: plainText(150) });
export const divider = z.strictObject({ type: z.literal('divider'), block_id: blockId });
export const context = z.strictObject({
  type: z.literal('context'),
  block_id: blockId,
  elements: z.array(contextElement).min(1).max(10),
});
export const contextActions = z.strictObject({
  type: z.literal('context_actions'),
  block_id: blockId,
  elements: z.array(contextActionElement).min(1).max(5),
});
export const actions = z.strictObject({
  type: z.literal('actions'),
  block_id: blockId,
  elements: z.array(actionElement).min(1).max(25),
});
export const image = z.strictObject({
  type: z.literal('image'),
  block_id: blockId,
  alt_text: z.string().min(1).max(2000),
  title: plainText(2000).exactOptional(),
  ...imageSource,
});
export const input = z.strictObject({
  type: z.literal('input'),
  block_id: blockId,
  label: plainText(2000),
  hint: plainText(2000).exactOptional(),
  optional: z.boolean().exactOptional(),
  dispatch_action: z.boolean().exactOptional(),
  element: inputElement,
});
export const markdown = z.strictObject({
  type: z.literal('markdown'),
  block_id: blockId,
  text: z.string().min(1).max(12_000),
});
export const video = z.strictObject({
  type: z.literal('video'),
  block_id: blockId,
  video_url: webUrl,
  thumbnail_url: webUrl,
  alt_text: z.string().min(1),
  title: plainText(199),
  title_url: webUrl.exactOptional(),
  author_name: z.string().max(49).exactOptional(),
  provider_name: z.string().exactOptional(),
  provider_icon_url: webUrl.exactOptional(),
  description: plainText(200).exactOptional(),
});
