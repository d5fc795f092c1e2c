import { z } from 'zod';
import { selectable } from './fields.ts';
import { maxSelectOptions, optionGroup, plainOption } from './text.ts';

const multiple = { ...selectable, max_selected_items: z.int().min(1).exactOptional() };

const staticOptions = {
  options: z.array(plainOption).min(1).max(maxSelectOptions).exactOptional(),
  option_groups: z.array(optionGroup).min(1).max(maxSelectOptions).exactOptional(),
};

const staticSelect = z.strictObject({
  type: z.literal('static_select'),
  ...selectable,
  ...staticOptions,
  initial_option: plainOption.exactOptional(),
});
const multiStaticSelect = z.strictObject({
  type: z.literal('multi_static_select'),
  ...multiple,
  ...staticOptions,
  initial_options: z.array(plainOption).min(1).max(maxSelectOptions).exactOptional(),
});

const externalSelect = z.strictObject({
  type: z.literal('external_select'),
  ...selectable,
  initial_option: plainOption.exactOptional(),
  min_query_length: z.int().min(0).exactOptional(),
});
const multiExternalSelect = z.strictObject({
  type: z.literal('multi_external_select'),
  ...multiple,
  initial_options: z.array(plainOption).min(1).max(maxSelectOptions).exactOptional(),
  min_query_length: z.int().min(0).exactOptional(),
});

const usersSelect = z.strictObject({
  type: z.literal('users_select'),
  ...selectable,
  initial_user: z.string().exactOptional(),
});
const multiUsersSelect = z.strictObject({
  type: z.literal('multi_users_select'),
  ...multiple,
  initial_users: z.array(z.string()).exactOptional(),
});

const channelsSelect = z.strictObject({
  type: z.literal('channels_select'),
  ...selectable,
  initial_channel: z.string().exactOptional(),
  response_url_enabled: z.boolean().exactOptional(),
});
const multiChannelsSelect = z.strictObject({
  type: z.literal('multi_channels_select'),
  ...multiple,
  initial_channels: z.array(z.string()).exactOptional(),
});

const conversationFilter = z
  .strictObject({
    include: z
      .array(z.enum(['im', 'mpim', 'private', 'public']))
      .min(1)
      .exactOptional(),
    exclude_external_shared_channels: z.boolean().exactOptional(),
    exclude_bot_users: z.boolean().exactOptional(),
  })
  .exactOptional();
const conversationsSelect = z.strictObject({
  type: z.literal('conversations_select'),
  ...selectable,
  initial_conversation: z.string().exactOptional(),
  default_to_current_conversation: z.boolean().exactOptional(),
  filter: conversationFilter,
  response_url_enabled: z.boolean().exactOptional(),
});
const multiConversationsSelect = z.strictObject({
  type: z.literal('multi_conversations_select'),
  ...multiple,
  initial_conversations: z.array(z.string()).exactOptional(),
  default_to_current_conversation: z.boolean().exactOptional(),
  filter: conversationFilter,
});

/** Every kind of menu. Source: select menu and multi-select menu elements. */
export const menus = [
  staticSelect,
  externalSelect,
  usersSelect,
  channelsSelect,
  conversationsSelect,
  multiStaticSelect,
  multiExternalSelect,
  multiUsersSelect,
  multiChannelsSelect,
  multiConversationsSelect,
] as const;
