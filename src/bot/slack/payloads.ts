import { z } from 'zod';

/** What Slack sends, as far as we read it. Source: docs.slack.dev, "Slash commands", "Interaction payloads", "Events API". */
const id = z.string().max(64);

export const commandSchema = z.looseObject({
  user_id: id,
  team_id: id,
  channel_id: id,
  channel_name: z.string().nullish(),
  text: z.string().max(10_000).default(''),
  trigger_id: z.string().nullish(),
  response_url: z.string().nullish(),
});

const userSchema = z.looseObject({ id, team_id: id.nullish() });
const teamSchema = z.looseObject({ id }).nullish();

const elementSchema = z.looseObject({
  type: z.string(),
  action_id: z.string(),
  action_ts: z.string().nullish(),
  value: z.string().nullish(),
  selected_option: z.looseObject({ value: z.string().nullish() }).nullish(),
});

export const actionsSchema = z.looseObject({
  user: userSchema,
  team: teamSchema,
  trigger_id: z.string().nullish(),
  response_url: z.string().nullish(),
  container: z
    .looseObject({
      message_ts: z.string().nullish(),
      thread_ts: z.string().nullish(),
      channel_id: z.string().nullish(),
      is_ephemeral: z.boolean().nullish(),
    })
    .nullish(),
  channel: z.looseObject({ id }).nullish(),
  message: z.looseObject({ thread_ts: z.string().nullish(), ts: z.string().nullish() }).nullish(),
  view: z.looseObject({ id, type: z.string(), callback_id: z.string().nullish() }).nullish(),
  actions: z.array(elementSchema).min(1),
});
export type ActionsPayload = z.output<typeof actionsSchema>;

export const submissionSchema = z.looseObject({
  user: userSchema,
  team: teamSchema,
  view: z.looseObject({
    id,
    callback_id: z.string().nullish(),
    private_metadata: z.string().max(3_000).default(''),
    state: z.looseObject({ values: z.unknown() }).nullish(),
    blocks: z.array(z.looseObject({ type: z.string(), block_id: z.string().nullish() })).default([]),
  }),
  trigger_id: z.string().nullish(),
});

export const suggestionSchema = z.looseObject({
  user: userSchema,
  team: teamSchema,
  value: z.string().max(500).nullish(),
});

export const shortcutSchema = z.looseObject({
  user: userSchema,
  team: teamSchema,
  trigger_id: z.string(),
  callback_id: z.string(),
});

/** The same for each delivery of the same event. */
export const eventIdSchema = z.looseObject({ event_id: id });

export const homeOpenedSchema = z.looseObject({
  team_id: id,
  event: z.looseObject({
    user: id,
    tab: z.string().nullish(),
    view: z.looseObject({ hash: z.string().nullish() }).nullish(),
  }),
});

/** A mention in a channel or a direct message. */
export const saidSchema = z.looseObject({
  team_id: id,
  event: z.looseObject({
    user: id.nullish(),
    user_team: id.nullish(),
    bot_id: z.string().nullish(),
    subtype: z.string().nullish(),
    hidden: z.boolean().nullish(),
    text: z.string().nullish(),
    ts: id,
    thread_ts: id.nullish(),
    channel: id,
    channel_type: z.string().nullish(),
  }),
});
export type Said = z.output<typeof saidSchema>;
