import { z } from 'zod';

/** Slack counts characters as JavaScript does; its limits are on the text, not on the object. Source: block reference. */
export function plainText(maxLength: number) {
  return z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(maxLength),
    emoji: z.boolean().exactOptional(),
  });
}

export function mrkdwn(maxLength: number) {
  return z.strictObject({
    type: z.literal('mrkdwn'),
    text: z.string().min(1).max(maxLength),
    verbatim: z.boolean().exactOptional(),
  });
}

export function anyText(maxLength: number) {
  return z.discriminatedUnion('type', [plainText(maxLength), mrkdwn(maxLength)]);
}

export const maxIdLength = 255;
export const blockId = z.string().min(1).max(maxIdLength).exactOptional();
export const actionId = z.string().min(1).max(maxIdLength).exactOptional();
/** Up to 3000 characters; Slack wants a scheme. */
export const webUrl = z
  .string()
  .max(3000)
  .regex(/^[a-z][a-z0-9+.-]*:\S+$/i, 'invalid url');
export const colorScheme = z.enum(['primary', 'danger']);

/** Source: confirmation dialog object. */
export const confirmDialog = z.strictObject({
  title: plainText(100).exactOptional(),
  text: anyText(300),
  confirm: plainText(30).exactOptional(),
  deny: plainText(30).exactOptional(),
  style: colorScheme.exactOptional(),
});

const maxOptionLength = 75;

/** Option of a select menu: plain text only. Source: option object. */
export const plainOption = z.strictObject({
  text: plainText(maxOptionLength),
  value: z.string().min(1).max(maxOptionLength),
  description: plainText(maxOptionLength).exactOptional(),
});

/** Option of an overflow menu, which may open an address. */
export const overflowOption = plainOption.extend({ url: webUrl.exactOptional() });

/** Option of checkboxes and radio buttons, which may use markup. */
export const richOption = z.strictObject({
  text: anyText(maxOptionLength),
  value: z.string().min(1).max(maxOptionLength),
  description: anyText(maxOptionLength).exactOptional(),
});

export const maxSelectOptions = 100;

export const optionGroup = z.strictObject({
  label: plainText(75),
  options: z.array(plainOption).min(1).max(maxSelectOptions),
});
