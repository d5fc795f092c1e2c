import type { HomeView, KnownBlock } from '@slack/types';
import { z } from 'zod';

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** Blocks and views were checked when they came in (blocks/check.ts); what was kept of them is taken as it is. */
const blockSchema = z.custom<KnownBlock>(isRecord);
const homeSchema = z.custom<HomeView>(isRecord);

/** What the workspace is and what opens it; made once per installation. */
export const identitySchema = z.object({
  teamId: z.string(),
  appId: z.string(),
  botId: z.string(),
  botUserId: z.string(),
  botToken: z.string(),
  appToken: z.string(),
  signingSecret: z.string(),
});
export type Identity = z.output<typeof identitySchema>;

export const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  locale: z.string(),
  tz: z.string(),
  isAdmin: z.boolean(),
  isGuest: z.boolean(),
  email: z.string().exactOptional(),
  isDeleted: z.boolean().exactOptional(),
  teamId: z.string().exactOptional(),
});

export const groupSchema = z.object({ id: z.string(), handle: z.string(), userIds: z.array(z.string()) });
export type UserGroup = z.output<typeof groupSchema>;

export const channelSchema = z.object({
  id: z.string(),
  name: z.string(),
  isPrivate: z.boolean(),
  isIm: z.boolean(),
  isArchived: z.boolean(),
  isBotMember: z.boolean(),
  /** People in it; null: everybody. */
  userIds: z.array(z.string()).nullable(),
  createdAtSeconds: z.number(),
});
export type ChannelRecord = z.output<typeof channelSchema>;

export const metadataSchema = z.object({
  event_type: z.string(),
  event_payload: z.record(z.string(), z.unknown()),
});

export const messageSchema = z.object({
  channel: z.string(),
  ts: z.string(),
  user: z.string(),
  isBot: z.boolean(),
  text: z.string(),
  blocks: z.array(blockSchema),
  threadTs: z.string().nullable(),
  isBroadcast: z.boolean(),
  editedTs: z.string().nullable(),
  metadata: metadataSchema.nullable(),
  fileIds: z.array(z.string()),
  ephemeralFor: z.string().nullable(),
  /** A deleted parent of replies, of which Slack keeps a placeholder. */
  isTombstone: z.boolean(),
});
export type MessageRecord = z.output<typeof messageSchema>;

export const fileSchema = z.object({
  id: z.string(),
  name: z.string(),
  mimetype: z.string(),
  title: z.string(),
  altText: z.string(),
  sizeBytes: z.number(),
  state: z.enum(['promised', 'uploaded', 'complete']),
  /** How often Slack still refuses to show it, as it looks at it. */
  refusals: z.number(),
});
export type FileRecord = z.output<typeof fileSchema>;

export const bookmarkSchema = z.object({
  id: z.string(),
  channel: z.string(),
  title: z.string(),
  link: z.string(),
  emoji: z.string(),
});

export const scheduledSchema = z.object({
  id: z.string(),
  channel: z.string(),
  postAtSeconds: z.number(),
  createdAtSeconds: z.number(),
  text: z.string(),
  blocks: z.array(blockSchema),
  threadTs: z.string().nullable(),
});
export type ScheduledRecord = z.output<typeof scheduledSchema>;

export const keptHomeSchema = z.object({
  userId: z.string(),
  id: z.string(),
  hash: z.string(),
  view: homeSchema,
});
export type HomeRecord = z.output<typeof keptHomeSchema>;

export const pinSchema = z.object({ channel: z.string(), ts: z.string(), pinnedAtSeconds: z.number() });
