import type { App } from '@slack/bolt';
import type { Failure } from '../../domain/errors.ts';
import { ConfigurationFailure } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import { decodeAction } from '../action.ts';
import type { Door } from '../door.ts';
import type { Desk } from './desk.ts';
import { competitionActionId } from './form-view.ts';
import type { Homes } from './homes.ts';
import type { IdentityReader } from './identity.ts';
import { limits } from './limits.ts';
import {
  type ActionsPayload,
  actionsSchema,
  commandSchema,
  eventIdSchema,
  homeOpenedSchema,
  type Said,
  saidSchema,
  shortcutSchema,
  submissionSchema,
  suggestionSchema,
} from './payloads.ts';
import type { People } from './people.ts';
import { plainCommand } from './plain-command.ts';
import { option } from './render-actions.ts';
import { createResponseUrl, type ResponseUrl } from './response-url.ts';
import { createSeen } from './seen.ts';
import type { Spot } from './spot.ts';
import type { Submission, SubmissionAnswer } from './submissions.ts';
import { within } from './waiting.ts';

/** Slack waits three seconds for suggestions. */
const suggestPatienceMs = 2_000;
/** Buttons whose answer takes the place of the private message that they stand in. */
const replacing: ReadonlySet<string> = new Set(['list', 'help', 'language', 'stop-now', 'decide']);

export type ListenerOptions = {
  desk: Desk;
  homes: Homes;
  people: People;
  door: Door;
  submit: (submission: Submission) => Promise<SubmissionAnswer>;
  identity: IdentityReader;
  homeChannel: string;
  apiUrl: string;
  fetch: typeof globalThis.fetch;
  log: Log;
  onDown: (failure: Failure) => void;
};

/**
 * Every listener acknowledges before anything else, and everything that comes is data from outside. What Slack delivers
 * twice is handled once.
 */
export function addListeners(app: App, options: ListenerOptions): void {
  const isNew = createSeen();
  addCommand(app, options);
  addButtons(app, options, isNew);
  addForms(app, options, isNew);
  addTalk(app, options, isNew);
  addEvents(app, options, isNew);
  app.error(async (error) => {
    options.log.warn({ err: error }, 'a delivery of slack was not handled');
  });
}

function addCommand(app: App, options: ListenerOptions): void {
  // Whatever the command is called in this workspace, it is ours.
  app.command(/^\//, async ({ ack, body }) => {
    await ack();
    const command = commandSchema.parse(body);
    const receivedMs = performance.now();
    const spot: Spot = {
      userId: command.user_id,
      teamId: command.team_id,
      channel: command.channel_id,
      threadTs: null,
      publicThreadTs: null,
      // Its own address works everywhere, also between two people where the app is not.
      isDm: false,
      responseUrl: answerAddress(options, command.response_url),
      trigger: triggerOf(command.trigger_id, receivedMs),
      viewId: null,
      isReplaceable: false,
    };
    await options.desk.typed(spot, plainCommand(command.text, null));
  });
}

function addButtons(app: App, options: ListenerOptions, isNew: (key: string) => boolean): void {
  app.action(/^/, async ({ ack, body }) => {
    await ack();
    const payload = actionsSchema.parse(body);
    const receivedMs = performance.now();
    const [element] = payload.actions;
    const action = element?.selected_option?.value ?? element?.value;
    // A link needs no answer; a field of a form is read when the form is sent.
    if (element === undefined || action === undefined || action === null) return;
    if (element.action_id === competitionActionId) return;
    const press = `${element.action_ts}:${element.action_id}:${payload.user.id}`;
    if (!isNew(`action:${payload.trigger_id ?? press}`)) return;
    await options.desk.pressed(spotOfPress(options, payload, action, receivedMs), action);
    if (payload.view?.type === 'home') await options.homes.changed(payload.user.id);
  });
}

function spotOfPress(
  options: ListenerOptions,
  payload: ActionsPayload,
  action: string,
  receivedMs: number,
): Spot {
  const { container, view, message } = payload;
  const channel = payload.channel?.id ?? container?.channel_id ?? null;
  const threadTs = container?.thread_ts ?? message?.thread_ts ?? null;
  const isEphemeral = container?.is_ephemeral === true;
  return {
    userId: payload.user.id,
    teamId: payload.user.team_id ?? payload.team?.id ?? '',
    channel,
    threadTs,
    // Under the card that it is about, not beside it.
    publicThreadTs: threadTs ?? (isEphemeral ? null : (container?.message_ts ?? null)),
    isDm: channel?.startsWith('D') === true,
    responseUrl: answerAddress(options, payload.response_url),
    trigger: triggerOf(payload.trigger_id, receivedMs),
    viewId: view?.type === 'modal' ? view.id : null,
    isReplaceable: isEphemeral && replacing.has(decodeAction(action)?.name ?? ''),
  };
}

function addForms(app: App, options: ListenerOptions, isNew: (key: string) => boolean): void {
  app.view(/^/, async ({ ack, body }) => {
    if (body.type !== 'view_submission') return await ack();
    const { user, team, view, trigger_id: trigger } = submissionSchema.parse(body);
    if (!isNew(`view:${view.id}:${trigger ?? ''}`)) return await ack();
    const answer = await options.submit({
      viewId: view.id,
      userId: user.id,
      teamId: user.team_id ?? team?.id ?? '',
      privateMetadata: view.private_metadata,
      values: view.state?.values ?? {},
      blockIds: view.blocks.flatMap(({ type, block_id }) =>
        type === 'input' && typeof block_id === 'string' ? [block_id] : [],
      ),
    });
    await (answer.ack === null ? ack() : ack(answer.ack));
    await answer.after();
    await options.homes.changed(user.id);
  });
  app.options(/^/, async ({ ack, body }) => {
    const found = await within(suggestionsFor(options, body), suggestPatienceMs);
    await ack({ options: found?.value ?? [] });
  });
  app.shortcut(/^/, async ({ ack, body }) => {
    await ack();
    const receivedMs = performance.now();
    const shortcut = shortcutSchema.parse(body);
    if (!isNew(`shortcut:${shortcut.trigger_id}`)) return;
    const spot: Spot = {
      userId: shortcut.user.id,
      teamId: shortcut.user.team_id ?? shortcut.team?.id ?? '',
      channel: null,
      threadTs: null,
      publicThreadTs: null,
      isDm: false,
      responseUrl: null,
      trigger: triggerOf(shortcut.trigger_id, receivedMs),
      viewId: null,
      isReplaceable: false,
    };
    await options.desk.typed(spot, 'start');
  });
}

async function suggestionsFor({ door, people, identity, log }: ListenerOptions, body: unknown) {
  try {
    const { user, team, value } = suggestionSchema.parse(body);
    const { teamId: homeTeamId } = await identity.read();
    const teamId = user.team_id ?? team?.id ?? '';
    const person = await people.find({ userId: user.id, teamId, homeTeamId });
    const found = await door.suggest({ typed: value ?? '', person });
    return found
      .filter((suggestion) => suggestion.value !== '' && suggestion.value.length <= limits.optionValue)
      .slice(0, limits.options)
      .map((suggestion) => option(suggestion.label, suggestion.value));
  } catch (err) {
    log.warn({ err }, 'there are no suggestions');
    return [];
  }
}

/** Words to the app: a mention in a channel or a thread, anything in its direct messages. */
function addTalk(app: App, options: ListenerOptions, isNew: (key: string) => boolean): void {
  const hear = async (body: unknown, isDm: boolean): Promise<void> => {
    const { event, team_id: teamId } = saidSchema.parse(body);
    if (!isFromPerson(event) || !isNew(eventKey(body))) return;
    // The same words come twice where somebody mentions the app in its own direct messages.
    if (!isNew(`said:${event.channel}:${event.ts}`)) return;
    const { botUserId } = await options.identity.read();
    const threadTs = event.thread_ts ?? null;
    const spot: Spot = {
      userId: event.user ?? '',
      teamId: event.user_team ?? teamId,
      channel: event.channel,
      threadTs,
      publicThreadTs: threadTs ?? event.ts,
      isDm,
      responseUrl: null,
      trigger: null,
      viewId: null,
      isReplaceable: false,
    };
    await options.desk.typed(spot, plainCommand(event.text ?? '', botUserId));
  };
  app.event('app_mention', ({ body }) => hear(body, isDirect(body)));
  app.event('message', async ({ body }) => {
    if (isDirect(body)) await hear(body, true);
  });
}

function isDirect(body: unknown): boolean {
  const said = saidSchema.safeParse(body);
  if (!said.success) return false;
  return said.data.event.channel_type === 'im' || said.data.event.channel.startsWith('D');
}

/** Bots that answer each other never end. */
function isFromPerson(event: Said['event']): boolean {
  const isPlain = event.subtype === undefined || event.subtype === null || event.subtype === 'file_share';
  const isBot = typeof event.bot_id === 'string' && event.bot_id !== '';
  return isPlain && !isBot && event.hidden !== true && typeof event.user === 'string';
}

function addEvents(app: App, options: ListenerOptions, isNew: (key: string) => boolean): void {
  app.event('app_home_opened', async ({ body }) => {
    const { event, team_id: teamId } = homeOpenedSchema.parse(body);
    if (event.tab !== 'home' || !isNew(eventKey(body))) return;
    await options.homes.opened({ userId: event.user, teamId, viewHash: event.view?.hash ?? null });
  });
  const gone = async () =>
    options.onDown(
      new ConfigurationFailure('The Slack app was removed from its workspace; install it again.', {
        code: 'slack.uninstalled',
      }),
    );
  app.event('app_uninstalled', gone);
  app.event('tokens_revoked', gone);
  app.event('channel_archive', async ({ event }) => {
    if (event.channel !== options.homeChannel) return;
    options.onDown(
      new ConfigurationFailure(
        'The Slack channel of the agent was archived; unarchive it or set SLACK_CHANNEL to another one.',
        { code: 'slack.is_archived' },
      ),
    );
  });
}

function eventKey(body: unknown): string {
  const parsed = eventIdSchema.safeParse(body);
  return `event:${parsed.success ? parsed.data.event_id : JSON.stringify(body)}`;
}

function triggerOf(id: string | null | undefined, receivedMs: number): Spot['trigger'] {
  return id === null || id === undefined || id === '' ? null : { id, receivedMs };
}

function answerAddress(
  { apiUrl, fetch }: ListenerOptions,
  url: string | null | undefined,
): ResponseUrl | null {
  return createResponseUrl(url ?? null, { apiUrl, fetch });
}
