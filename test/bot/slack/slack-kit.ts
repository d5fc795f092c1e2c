import { expect, onTestFinished, vi } from 'vitest';
import { type Action, encodeAction } from '../../../src/bot/action.ts';
import { aCard, type Card, type CardAction } from '../../../src/bot/card.ts';
import type { Door, Reply } from '../../../src/bot/door.ts';
import type { Form } from '../../../src/bot/form.ts';
import {
  createSlackChat,
  type SlackChat,
  type SlackChatOptions,
  type SlackSettings,
} from '../../../src/bot/slack/create-slack-chat.ts';
import type { ContentOf } from '../../../src/domain/card.ts';
import type { OutgoingCard } from '../../../src/domain/chat.ts';
import type { Failure } from '../../../src/domain/errors.ts';
import type {
  SlackMessage,
  SlackWorkspace,
  SlackWorkspaceOptions,
} from '../../../src/embedded/slack/contract.ts';
import { startSlackWorkspace } from '../../../src/embedded/slack/workspace.ts';
import { aDecisionCard, aFullStatus, anOption, anOutgoingCard } from '../../support/card-facts.ts';
import { somePreferences } from '../../support/preferences.ts';
import { recordingLog } from '../../support/silent-log.ts';
import { tinyPng } from '../../support/tiny-png.ts';

export const installation = 'abcd1234';

/** What was brought to the door, in order. */
export type Brought = { name: keyof Door; input: Record<string, unknown> };

/** A door that says what it was told to, for what Slack's side does with it. */
export function scriptedDoor(script: Partial<Door> = {}): { door: Door; brought: Brought[] } {
  const brought: Brought[] = [];
  const note = <I extends object>(name: keyof Door, input: I): I => {
    brought.push({ name, input: Object.fromEntries(Object.entries(input)) });
    return input;
  };
  const door: Door = {
    async command(input) {
      note('command', input);
      return script.command?.(input) ?? say(`you typed ${input.text}`);
    },
    async press(input) {
      note('press', input);
      return script.press?.(input) ?? say('you pressed');
    },
    async submit(input) {
      note('submit', input);
      return script.submit?.(input) ?? say('you submitted');
    },
    formAtOnce: (input) => script.formAtOnce?.(note('formAtOnce', input)) ?? null,
    async suggest(input) {
      note('suggest', input);
      return script.suggest?.(input) ?? [];
    },
    async home(input) {
      note('home', input);
      return script.home?.(input) ?? [aCard({ title: 'Home', summary: 'Home' })];
    },
  };
  return { door, brought };
}

export function say(
  title: string,
  more: Partial<Card> = {},
  audience: 'private' | 'public' = 'private',
): Reply {
  return { kind: 'card', audience, card: aCard({ title, summary: title, ...more }), locale: 'en' };
}

export function actionOf(name: Action['name'], ...args: string[]): string {
  return encodeAction({ name, args, installation });
}

export function aButton(name: Action['name'], ...args: string[]): CardAction {
  return {
    kind: 'button',
    action: actionOf(name, ...args),
    label: name,
    style: 'plain',
    confirm: null,
    hint: null,
  };
}

export const startForm: Form = {
  action: actionOf('start-form'),
  title: 'Start a competition',
  submit: 'Start',
  intro: ['Pick one.'],
  fields: [
    {
      kind: 'competition',
      id: 'slug',
      label: 'Competition',
      hint: 'Type a name',
      initial: null,
      isOptional: false,
    },
    {
      kind: 'number',
      id: 'budget',
      label: 'Budget',
      hint: null,
      initial: '5',
      isOptional: true,
      min: 0,
      max: 100,
      isWhole: false,
    },
    {
      kind: 'choice',
      id: 'priority',
      label: 'Priority',
      hint: null,
      initial: 'normal',
      isOptional: true,
      options: [
        { value: 'normal', label: 'Normal', description: null },
        { value: 'high', label: 'High', description: 'Before the others' },
      ],
    },
  ],
};

export type SlackKit = {
  workspace: SlackWorkspace;
  slack: SlackChat;
  /** Another app in the same workspace, as after a restart. */
  make: () => SlackChat;
  brought: Brought[];
  downs: Failure[];
  /** Of a user by display name. */
  idOf: (name: string) => string;
  home: string;
  alerts: string;
  /** What somebody sees in the home channel, oldest first. */
  seenBy: (name: string) => readonly SlackMessage[];
  warnings: () => string[];
};

/** A Slack workspace with the real app in it; both end with the test. */
export async function openSlack({
  door: script,
  settings = {},
  workspace: special = {},
  app = {},
  isStarted = true,
}: {
  door?: Partial<Door>;
  settings?: Partial<SlackSettings> | ((workspace: SlackWorkspace) => Partial<SlackSettings>);
  workspace?: Partial<SlackWorkspaceOptions>;
  app?: Partial<SlackChatOptions>;
  isStarted?: boolean;
} = {}): Promise<SlackKit> {
  const workspace = await startSlackWorkspace({
    port: 0,
    channels: ['kaggle', 'alerts'],
    users: [
      { name: 'mika', isAdmin: true },
      { name: 'ken', locale: 'ja-JP', tz: 'Asia/Tokyo' },
      { name: 'guest', isGuest: true },
    ],
    folder: null,
    now: () => new Date(),
    rateLimits: 0,
    eventRetryDelaysMs: [0, 200, 500],
    ...special,
  });
  onTestFinished(() => workspace.close());
  const channelId = (name: string) => workspace.channels().find((one) => one.name === name)?.id ?? '';
  const { door, brought } = scriptedDoor(script);
  const downs: Failure[] = [];
  const { log, lines } = recordingLog();
  const secret = (value: string) => ({ reveal: () => value });
  const make = () =>
    createSlackChat({
      settings: {
        botToken: secret(workspace.botToken),
        appToken: secret(workspace.appToken),
        signingSecret: null,
        httpPort: 0,
        channel: channelId('kaggle'),
        alertChannel: channelId('alerts'),
        operators: [],
        admins: [],
        escalation: [],
        apiUrl: workspace.apiUrl,
        ...(typeof settings === 'function' ? settings(workspace) : settings),
      },
      door,
      installation,
      preferences: somePreferences,
      drawChart: async () => tinyPng,
      log,
      now: () => new Date(),
      random: () => 0,
      fetch: globalThis.fetch,
      onDown: (failure) => downs.push(failure),
      ...app,
    });
  const slack = make();
  onTestFinished(() => slack.stop());
  if (isStarted) {
    await slack.start();
    const isInside = () =>
      workspace.calls().filter(({ method }) => method === 'conversations.join').length > 1;
    if (slack.port() === null) await vi.waitFor(() => expect(isInside()).toBe(true), 5_000);
  }
  const idOf = (name: string) => workspace.users().find((user) => user.name === name)?.id ?? '';
  return {
    workspace,
    slack,
    make,
    brought,
    downs,
    idOf,
    home: channelId('kaggle'),
    alerts: channelId('alerts'),
    seenBy: (name) => workspace.messages({ channel: channelId('kaggle'), asUser: idOf(name) }),
    warnings: () =>
      lines
        .filter(({ level }) => level === 'warn' || level === 'error')
        .map(({ message, fields }) => `${message} ${JSON.stringify(fields)}`),
  };
}

export const decisionId = '0198c0de-0000-7000-8000-000000000002';

export function decisionContent(more: Partial<ContentOf<'decision'>> = {}): ContentOf<'decision'> {
  return aDecisionCard({
    decisionId,
    slug: 'house-prices',
    title: 'House Prices',
    question: 'What should I do next?',
    context: 'The last 4 experiments did not improve the score.',
    facts: [{ label: 'Best', value: '0.12044' }],
    options: [
      anOption({
        id: 'retry_different_approach',
        label: 'Different approach',
        consequence: 'about 3 h',
        costUsd: 0.45,
      }),
      anOption({ id: 'adjust_parameters', label: 'Tune', consequence: '300 trials', costUsd: 0.75 }),
      anOption({ id: 'skip_competition', label: 'Stop', consequence: 'no further cost', costUsd: 0 }),
    ],
    defaultOption: 'retry_different_approach',
    deadline: new Date('2026-11-22T18:00:00Z'),
    ...more,
  });
}

export function outgoing(more: Partial<OutgoingCard> = {}): OutgoingCard {
  return anOutgoingCard(aFullStatus(), more);
}

/** All words of a message, for what a person reads. */
export function wordsOf(message: SlackMessage | undefined): string {
  return message === undefined ? '' : `${message.text}\n${JSON.stringify(message.blocks)}`;
}

/** The id of the message's element whose action has this name. */
export function elementOf(blocks: readonly unknown[], name: string): string {
  const found = new RegExp(`"action_id":"(k1\\.${name}\\.\\d+)"`).exec(JSON.stringify(blocks))?.[1];
  if (found === undefined) throw new Error(`nothing to press called ${name}`);
  return found;
}

/** The app once more, after the first one has stopped. */
export async function restarted(kit: SlackKit): Promise<SlackChat> {
  await kit.slack.stop();
  const slack = kit.make();
  onTestFinished(() => slack.stop());
  await slack.start();
  return slack;
}
