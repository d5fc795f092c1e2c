import { z } from 'zod';

/** What travels between the chat page and its server; the page parses with the same schemas. */

const personSchema = z.object({
  id: z.string(),
  name: z.string(),
  locale: z.string(),
  /** IANA name. */
  tz: z.string(),
});

const channelSchema = z.object({
  id: z.string(),
  name: z.string(),
  isPrivate: z.boolean(),
  /** The conversation of one person with the app. */
  isIm: z.boolean(),
});

const fileSchema = z.object({
  id: z.string(),
  name: z.string(),
  mimetype: z.string(),
  title: z.string(),
  altText: z.string(),
  sizeBytes: z.number(),
});

const messageSchema = z.object({
  channel: z.string(),
  ts: z.string(),
  user: z.string(),
  isBot: z.boolean(),
  text: z.string(),
  /** Block Kit; what the page does not know of it, it shows as text. */
  blocks: z.array(z.unknown()),
  threadTs: z.string().nullable(),
  isBroadcast: z.boolean(),
  editedTs: z.string().nullable(),
  files: z.array(fileSchema),
  isPinned: z.boolean(),
  /** Only this person sees it. */
  isEphemeral: z.boolean(),
  replyCount: z.number().int(),
  lastReplyTs: z.string().nullable(),
});

const plainText = z.object({ text: z.string() });

const viewSchema = z.object({
  viewId: z.string(),
  hash: z.string(),
  title: z.string(),
  submit: plainText.nullable(),
  close: plainText.nullable(),
  blocks: z.array(z.unknown()),
  /** Of the last submission, by block id. */
  errors: z.record(z.string(), z.string()),
});

const homeSchema = z.object({ blocks: z.array(z.unknown()) });

const hintSchema = z.object({
  /** `/kaggle start`, as it is typed. */
  typed: z.string(),
  /** What may follow. */
  usage: z.string(),
  summary: z.string(),
});

export const messagesAnswerSchema = z.object({
  /** Oldest first. */
  messages: z.array(messageSchema),
  hasMore: z.boolean(),
});

/** One message from the server over the WebSocket; the first one is always the snapshot. */
export const frameSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('snapshot'),
    me: z.string(),
    bot: z.string(),
    people: z.array(personSchema),
    channels: z.array(channelSchema),
    /** The newest of each channel, without the replies of threads. */
    messages: z.array(messageSchema),
    /** Channels that have older messages than these. */
    hasMore: z.array(z.string()),
    views: z.array(viewSchema),
    home: homeSchema.nullable(),
    hints: z.array(hintSchema),
  }),
  z.object({ type: z.literal('message'), message: messageSchema }),
  z.object({ type: z.literal('gone'), channel: z.string(), ts: z.string() }),
  z.object({ type: z.literal('channels'), channels: z.array(channelSchema) }),
  z.object({ type: z.literal('views'), views: z.array(viewSchema) }),
  z.object({ type: z.literal('home'), home: homeSchema.nullable() }),
  z.object({ type: z.literal('trouble'), what: z.string() }),
]);

export type Frame = z.output<typeof frameSchema>;
export type PagePerson = z.output<typeof personSchema>;
export type PageChannel = z.output<typeof channelSchema>;
export type PageFile = z.output<typeof fileSchema>;
export type PageMessage = z.output<typeof messageSchema>;
export type PageView = z.output<typeof viewSchema>;
export type PageHome = z.output<typeof homeSchema>;
export type CommandHint = z.output<typeof hintSchema>;

const id = z.string().min(1).max(64);
/** Slack's own limit of a message. */
const typed = z.string().min(1).max(40_000);
/** Slack's limit of an action id, a block id and a view's id. */
const name = z.string().min(1).max(255);

const targetSchema = z.union([
  z.strictObject({ channel: id, ts: id }),
  z.strictObject({ viewId: id }),
  z.strictObject({ home: z.literal(true) }),
]);

/** The calls of the page, by the last part of their path: what each takes, always in one person's name. */
export const callSchemas = {
  say: z.strictObject({ user: id, channel: id, text: typed, threadTs: id.optional() }),
  slash: z.strictObject({
    user: id,
    channel: id,
    command: z.string().regex(/^\/[\w-]{1,31}$/),
    text: z.string().max(40_000),
  }),
  press: z.strictObject({
    user: id,
    target: targetSchema,
    actionId: name,
    chosen: z.strictObject({ value: z.string().max(3_000) }).optional(),
  }),
  suggest: z.strictObject({ user: id, viewId: id, actionId: name, typed: z.string().max(200) }),
  submit: z.strictObject({
    user: id,
    viewId: id,
    values: z.record(name, z.record(name, z.record(z.string(), z.unknown()))),
  }),
  'close-view': z.strictObject({ user: id, viewId: id }),
  'open-home': z.strictObject({ user: id }),
} as const;

export type CallName = keyof typeof callSchemas;
export type CallInput<N extends CallName> = z.input<(typeof callSchemas)[N]>;
export type PressTarget = z.output<typeof targetSchema>;

/** What the page is told of a call: whether the app took it in time, and its suggestions. */
export const callAnswerSchema = z.object({
  isAcknowledged: z.boolean(),
  options: z.array(z.object({ text: z.string(), value: z.string() })).optional(),
});

export type CallAnswer = z.output<typeof callAnswerSchema>;

export const callErrorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
