/** How long Slack waits for the acknowledgement of a command when 200 come in a second and every answer is slow. */
import { setTimeout as sleep } from 'node:timers/promises';
import { aCard } from '../../src/bot/card.ts';
import type { Door } from '../../src/bot/door.ts';
import { createSlackChat } from '../../src/bot/slack/create-slack-chat.ts';
import type { SlackWorkspace } from '../../src/embedded/slack/contract.ts';
import { startSlackWorkspace } from '../../src/embedded/slack/workspace.ts';
import type { Figure, Measured } from '../figure.ts';
import { quantile } from '../figure.ts';
import { quietLog } from '../support/context.ts';

const warmUps = 20;
const commands = 200;
const everyMs = 5;
/** As where the database is busy: far beyond what Slack would wait for. */
const answerAfterMs = 5_000;

export async function measureAcknowledgement(signal: AbortSignal): Promise<Measured> {
  const workspace = await startSlackWorkspace({
    port: 0,
    channels: ['kaggle'],
    users: [{ name: 'mika', isAdmin: true }],
    folder: null,
    now: () => new Date(),
    rateLimits: 0,
  });
  const slack = openApp(workspace, signal);
  try {
    await slack.start();
    await burst(workspace, warmUps, signal);
    const acks = await burst(workspace, commands, signal);
    const late = acks.filter(({ isAcknowledged }) => !isAcknowledged).length;
    const notes = late === 0 ? [] : [`${late} of ${commands} commands were not acknowledged within 3 s`];
    return { figures: figuresOf(acks.map(({ elapsedMs }) => elapsedMs)), notes };
  } finally {
    await slack.stop();
    await workspace.close();
  }
}

function figuresOf(elapsedMs: readonly number[]): Figure[] {
  const base = {
    name: 'chat.acknowledgement',
    variant: 'slack socket',
    unit: 'ms',
    samples: elapsedMs.length,
  } as const;
  return [
    { ...base, value: quantile(elapsedMs, 0.5), statistic: 'median' },
    { ...base, value: quantile(elapsedMs, 0.99), statistic: 'p99' },
    { ...base, value: quantile(elapsedMs, 1), statistic: 'max' },
  ];
}

/** Commands that come whether or not the ones before were acknowledged. */
async function burst(workspace: SlackWorkspace, count: number, signal: AbortSignal) {
  const [user] = workspace.users();
  const [channel] = workspace.channels();
  const pending = [];
  for (let index = 0; index < count; index += 1) {
    pending.push(
      workspace.actions.slash(user?.id ?? '', channel?.id ?? '', '/kaggle', `status competition-${index}`),
    );
    await sleep(everyMs, undefined, { signal });
  }
  return await Promise.all(pending);
}

function openApp(workspace: SlackWorkspace, signal: AbortSignal) {
  const secret = (value: string) => ({ reveal: () => value });
  return createSlackChat({
    settings: {
      botToken: secret(workspace.botToken),
      appToken: secret(workspace.appToken),
      signingSecret: null,
      httpPort: 0,
      channel: workspace.channels()[0]?.id ?? '',
      alertChannel: null,
      operators: [],
      admins: [],
      escalation: [],
      apiUrl: workspace.apiUrl,
    },
    door: slowDoor(signal),
    installation: 'abcd1234',
    preferences: {
      language: 'en',
      timeZone: 'UTC',
      quietHours: null,
      digestAt: null,
      bars: true,
      broadcast: [],
    },
    log: quietLog,
    now: () => new Date(),
    random: Math.random,
    fetch: globalThis.fetch,
    onDown: (failure) => {
      throw failure;
    },
  });
}

function slowDoor(signal: AbortSignal): Door {
  const answer = async () => {
    await sleep(answerAfterMs, undefined, { signal });
    const card = aCard({ title: 'Done', summary: 'Done' });
    return { kind: 'card' as const, audience: 'private' as const, card, locale: 'en' as const };
  };
  return {
    command: answer,
    press: answer,
    submit: answer,
    formAtOnce: () => null,
    suggest: async () => [],
    home: async () => [],
  };
}
