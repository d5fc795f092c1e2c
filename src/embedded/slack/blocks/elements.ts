import { z } from 'zod';
import { confirmable, focusable, placeholder, selectable } from './fields.ts';
import { menus } from './menus.ts';
import { richTextBlock } from './rich-text.ts';
import { actionId, anyText, colorScheme, overflowOption, plainText, richOption, webUrl } from './text.ts';

const dispatchable = {
  dispatch_action_config: z
    .strictObject({
      trigger_actions_on: z
        .array(z.enum(['on_enter_pressed', 'on_character_entered']))
        .min(1)
        .max(2),
    })
    .exactOptional(),
};
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be YYYY-MM-DD');
const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:mm');
const accessibilityLabel = z.string().min(1).max(75).exactOptional();

export const button = z.strictObject({
  type: z.literal('button'),
  text: plainText(75),
  ...confirmable,
  url: webUrl.exactOptional(),
  value: z.string().max(2000).exactOptional(),
  style: colorScheme.exactOptional(),
  accessibility_label: accessibilityLabel,
});

const workflowButton = z.strictObject({
  type: z.literal('workflow_button'),
  text: plainText(75),
  ...confirmable,
  workflow: z.strictObject({
    trigger: z.strictObject({
      url: webUrl,
      customizable_input_parameters: z
        .array(z.strictObject({ name: z.string(), value: z.string() }))
        .exactOptional(),
    }),
  }),
  style: colorScheme.exactOptional(),
  accessibility_label: accessibilityLabel,
});

const overflow = z.strictObject({
  type: z.literal('overflow'),
  ...confirmable,
  options: z.array(overflowOption).min(1).max(5),
});

const checkboxes = z.strictObject({
  type: z.literal('checkboxes'),
  ...confirmable,
  ...focusable,
  options: z.array(richOption).min(1).max(10),
  initial_options: z.array(richOption).min(1).max(10).exactOptional(),
});

const radioButtons = z.strictObject({
  type: z.literal('radio_buttons'),
  ...confirmable,
  ...focusable,
  options: z.array(richOption).min(1).max(10),
  initial_option: richOption.exactOptional(),
});

const datepicker = z.strictObject({
  type: z.literal('datepicker'),
  ...selectable,
  initial_date: day.exactOptional(),
});

const timepicker = z.strictObject({
  type: z.literal('timepicker'),
  ...selectable,
  initial_time: clockTime.exactOptional(),
  timezone: z.string().exactOptional(),
});

const datetimepicker = z.strictObject({
  type: z.literal('datetimepicker'),
  ...confirmable,
  ...focusable,
  initial_date_time: z.int().min(1_000_000_000).max(9_999_999_999).exactOptional(),
});

const maxInputLength = 3000;
const textInput = { action_id: actionId, ...focusable, ...placeholder, ...dispatchable };
const plainTextInput = z.strictObject({
  type: z.literal('plain_text_input'),
  ...textInput,
  initial_value: z.string().max(maxInputLength).exactOptional(),
  multiline: z.boolean().exactOptional(),
  min_length: z.int().min(0).max(maxInputLength).exactOptional(),
  max_length: z.int().min(1).max(maxInputLength).exactOptional(),
});
const emailInput = z.strictObject({
  type: z.literal('email_text_input'),
  ...textInput,
  initial_value: z.string().exactOptional(),
});
const urlInput = z.strictObject({
  type: z.literal('url_text_input'),
  ...textInput,
  initial_value: z.string().exactOptional(),
});
/** Numbers travel as text. */
const decimal = z.string().regex(/^-?\d+(\.\d+)?$/, 'must be a number');
const numberInput = z.strictObject({
  type: z.literal('number_input'),
  ...textInput,
  is_decimal_allowed: z.boolean(),
  initial_value: decimal.exactOptional(),
  min_value: decimal.exactOptional(),
  max_value: decimal.exactOptional(),
});
const richTextInput = z.strictObject({
  type: z.literal('rich_text_input'),
  ...textInput,
  initial_value: richTextBlock.exactOptional(),
  min_lines: z.int().min(1).exactOptional(),
  max_lines: z.int().min(1).exactOptional(),
});
const fileInput = z.strictObject({
  type: z.literal('file_input'),
  action_id: actionId,
  filetypes: z.array(z.string()).exactOptional(),
  max_files: z.int().min(1).max(10).exactOptional(),
});

const feedbackButton = z.strictObject({
  text: plainText(75),
  accessibility_label: accessibilityLabel,
  value: z.string().max(2000),
});
const feedbackButtons = z.strictObject({
  type: z.literal('feedback_buttons'),
  action_id: actionId,
  positive_button: feedbackButton,
  negative_button: feedbackButton,
});
const iconButton = z.strictObject({
  type: z.literal('icon_button'),
  ...confirmable,
  icon: z.string(),
  text: plainText(75),
  accessibility_label: accessibilityLabel,
  value: z.string().max(2000).exactOptional(),
  visible_to_user_ids: z.array(z.string()).exactOptional(),
});

/** A file by its id or its address, not both. Source: Slack file object. */
const slackFile = z.union([z.strictObject({ id: z.string().min(1) }), z.strictObject({ url: webUrl })]);
/** One of `image_url` and `slack_file`; which one is checked with the rules of blocks. */
export const imageSource = {
  image_url: webUrl.exactOptional(),
  slack_file: slackFile.exactOptional(),
};
export const imageElement = z.strictObject({
  type: z.literal('image'),
  alt_text: z.string().min(1).max(2000),
  ...imageSource,
});

const choices = [checkboxes, radioButtons, datepicker, timepicker] as const;

export const accessoryElement = z.discriminatedUnion('type', [
  button,
  workflowButton,
  overflow,
  imageElement,
  ...choices,
  ...menus,
]);
export const actionElement = z.discriminatedUnion('type', [
  button,
  workflowButton,
  overflow,
  datetimepicker,
  richTextInput,
  ...choices,
  ...menus,
]);
export const inputElement = z.discriminatedUnion('type', [
  plainTextInput,
  emailInput,
  urlInput,
  numberInput,
  fileInput,
  richTextInput,
  datetimepicker,
  ...choices,
  ...menus,
]);
export const contextElement = z.discriminatedUnion('type', [imageElement, ...anyText(3000).options]);
export const contextActionElement = z.discriminatedUnion('type', [feedbackButtons, iconButton]);
