import { onTestFinished } from 'vitest';
import { encodeAction } from '../../../src/bot/action.ts';
import { aCard } from '../../../src/bot/card.ts';
import { createDiscordChat } from '../../../src/bot/discord/create-discord-chat.ts';
import type { Door, Reply, SubmitReply, Where } from '../../../src/bot/door.ts';
import type { Form, FormAnswers } from '../../../src/bot/form.ts';
import type { ContentOf } from '../../../src/domain/card.ts';
import type { OutgoingCard } from '../../../src/domain/chat.ts';
import type { Failure } from '../../../src/domain/errors.ts';
import type { Person } from '../../../src/domain/person.ts';
import { aDecisionCard, anOption } from '../../support/card-facts.ts';
import type { DiscordServerOptions } from '../../support/discord/discord-server.ts';
import { startDiscordServer } from '../../support/discord/start-discord-server.ts';
import { recordingLog } from '../../support/silent-log.ts';
import { tinyPng } from '../../support/tiny-png.ts';

export const installation = 'abcd1234';

export function privately(title: string, more: Partial<ReturnType<typeof aCard>> = {}): Reply {
  const card = aCard({ title, summary: title, ...more });
  return { kind: 'card', audience: 'private', card, locale: 'en' };
}

export function publicly(title: string, more: Partial<ReturnType<typeof aCard>> = {}): Reply {
  const card = aCard({ title, summary: title, ...more });
  return { kind: 'card', audience: 'public', card, locale: 'en' };
}

export function action(name: Parameters<typeof encodeAction>[0]['name'], ...args: string[]): string {
  return encodeAction({ installation, name, args });
}

type Heard =
  | { kind: 'command'; text: string; person: Person; where: Where }
  | { kind: 'press'; action: string; person: Person; where: Where }
  | { kind: 'submit'; action: string; answers: FormAnswers; person: Person; where: Where };

/** A door that answers as the test says and remembers what it heard; the real one stands behind a database. */
export function scriptedDoor() {
  const heard: Heard[] = [];
  const says: {
    command: (text: string) => Reply | Promise<Reply>;
    press: (action: string) => Reply | Promise<Reply>;
    submit: (answers: FormAnswers) => SubmitReply;
    form: (asked: { text?: string; action?: string }) => Form | null;
    suggest: (typed: string) => { label: string; value: string }[];
  } = {
    command: (text) => privately(`did: ${text}`),
    press: (pressed) => privately(`pressed: ${pressed}`),
    submit: () => privately('submitted'),
    form: () => null,
    suggest: (typed) => [{ label: `${typed} · ends 12 Dec`, value: typed }],
  };
  const door: Door = {
    async command({ text, person, where }) {
      heard.push({ kind: 'command', text, person, where });
      return says.command(text);
    },
    async press({ action: pressed, person, where }) {
      heard.push({ kind: 'press', action: pressed, person, where });
      return says.press(pressed);
    },
    async submit({ action: form, answers, person, where }) {
      heard.push({ kind: 'submit', action: form, answers, person, where });
      return says.submit(answers);
    },
    formAtOnce: ({ text, action: pressed }) =>
      says.form({
        ...(text === undefined ? {} : { text }),
        ...(pressed === undefined ? {} : { action: pressed }),
      }),
    suggest: async ({ typed }) => says.suggest(typed),
    home: async () => [],
  };
  return { door, heard, says };
}

type ChatOptions = Parameters<typeof createDiscordChat>[0];

/** The real Discord client against a Discord of its own. */
export async function startDiscord(
  options: DiscordServerOptions & { chat?: Partial<ChatOptions>; isConnected?: boolean } = {},
) {
  const server = await startDiscordServer({ rateLimits: false, ...options });
  const channelId = server.addChannel('kaggle');
  const scripted = scriptedDoor();
  const { log, lines } = recordingLog();
  const downs: Failure[] = [];
  const open = (more: Partial<ChatOptions> = {}) => {
    const discord = createDiscordChat({
      token: { reveal: () => server.world.botToken },
      apiUrl: server.apiUrl,
      guildId: server.world.guild.id,
      channelId,
      alertChannelId: null,
      operatorRoles: [],
      adminRoles: [],
      escalationRoles: [],
      door: scripted.door,
      installation,
      language: () => 'en',
      drawChart: async () => tinyPng,
      onDown: (failure) => downs.push(failure),
      log,
      now: () => new Date(server.now()),
      ...options.chat,
      ...more,
    });
    onTestFinished(() => discord.stop());
    return discord;
  };
  const discord = open();
  if (options.isConnected !== false) await discord.start();
  const { door, heard, says } = scripted;
  return { server, channelId, discord, open, downs, lines, door, heard, says };
}

export type Started = Awaited<ReturnType<typeof startDiscord>>;

const signal = () => AbortSignal.timeout(20_000);

export function deliver(discord: Started['discord'], card: OutgoingCard) {
  return discord.chat.deliver(card, signal());
}

export function decisionContent(more: Partial<ContentOf<'decision'>> = {}): ContentOf<'decision'> {
  return aDecisionCard({
    decisionId: '018f3c2e-9f1b-7c3d-8e4f-000000000001',
    question: 'What should I do next?',
    context: 'The last 4 experiments did not improve the score.',
    facts: [{ label: 'Best', value: '0.79186' }],
    options: [
      anOption({
        id: 'retry_different_approach',
        label: 'Different approach',
        consequence: 'about 3 h',
        costUsd: 0.45,
      }),
      anOption({ id: 'skip_competition', label: 'Stop here', consequence: 'final', costUsd: 0 }),
    ],
    defaultOption: 'retry_different_approach',
    deadline: new Date('2026-11-22T18:00:00Z'),
    ...more,
  });
}
