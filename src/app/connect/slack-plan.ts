import { plainTexts } from '../../bot/i18n.ts';
import { createSlackConnectCalls } from '../../bot/slack/connect-calls.ts';
import type { Config } from '../../config/load.ts';
import type { Log } from '../../domain/log.ts';
import { missingSlackScopes, scopeWarning } from '../slack-scopes.ts';
import type { ConnectPlan, ConnectStep, Given } from './contract.ts';

type Options = { config: Config; log: Log; manifestFile: string };
type Calls = ReturnType<typeof createSlackConnectCalls>;

const prefixes: Readonly<Record<string, string>> = { 'xoxb-': 'SLACK_BOT_TOKEN', 'xapp-': 'SLACK_APP_TOKEN' };

/** Slack: an app from our manifest, its two tokens, and a channel. */
export function slackPlan({ config, log, manifestFile }: Options): ConnectPlan {
  const { apiUrl, appToken, signingSecret } = config.slack;
  const calls = createSlackConnectCalls({ apiUrl, log });
  // With a signing secret Slack calls us, and there is no token for a socket.
  const isHttp = appToken === null && signingSecret !== null;
  return {
    title: 'Slack',
    guide: [
      '1. Open https://api.slack.com/apps: Create New App, From a manifest, your workspace.',
      `2. Paste all of ${manifestFile} into the tab JSON: Next, Create.`,
      '3. Basic Information, App-Level Tokens, Generate: scope connections:write. That is the xapp- token.',
      '4. Install App, Install to Workspace, Allow. That gives the xoxb- token.',
      '5. A private channel? Type /invite @kaggle there. More: docs/how-to/slack.md',
    ],
    steps: [botTokenStep(calls), ...(isHttp ? [] : [appTokenStep(calls)]), channelStep(calls)],
    async check(given, signal) {
      const missing = missingSlackScopes(
        (await calls.whose(textOf(given, 'SLACK_BOT_TOKEN'), signal)).scopes,
      );
      if (missing.length === 0) return null;
      const { message, next } = scopeWarning(missing);
      return `${message}: ${next}`;
    },
    hello: async (given, signal) => {
      const [token, channel] = [textOf(given, 'SLACK_BOT_TOKEN'), textOf(given, 'SLACK_CHANNEL')];
      await calls.say(token, channel, plainTexts(config.talking.language)('chats:connected'), signal);
      return 'said hello in the channel';
    },
    next: [
      'npm start (an agent that runs already has to be started anew), then type /kaggle help in the channel',
    ],
  };
}

function botTokenStep(calls: Calls): ConnectStep {
  return {
    env: 'SLACK_BOT_TOKEN',
    isSecret: true,
    question: 'Bot User OAuth Token, begins with xoxb-',
    read: ({ slack }) => slack.botToken?.reveal() ?? null,
    fault: (value) => prefixFault(value, 'xoxb-'),
    async test(given, signal) {
      const { team, user } = await calls.whose(textOf(given, 'SLACK_BOT_TOKEN'), signal);
      return `@${user} in the workspace "${team}"`;
    },
  };
}

function appTokenStep(calls: Calls): ConnectStep {
  return {
    env: 'SLACK_APP_TOKEN',
    isSecret: true,
    question: 'App-Level Token with connections:write, begins with xapp-',
    read: ({ slack }) => slack.appToken?.reveal() ?? null,
    fault: (value) => prefixFault(value, 'xapp-'),
    async test(given, signal) {
      await calls.tryAppToken(textOf(given, 'SLACK_APP_TOKEN'), signal);
      return 'Socket Mode is open to us';
    },
  };
}

function channelStep(calls: Calls): ConnectStep {
  return {
    env: 'SLACK_CHANNEL',
    isSecret: false,
    question: "Id of the agent's channel, C…: at the bottom of what its name opens",
    read: ({ slack }) => slack.channel,
    async offer(given, signal) {
      const places = await calls.channels(textOf(given, 'SLACK_BOT_TOKEN'), signal);
      return places.map(({ id, name }) => ({ value: id, label: `#${name}` }));
    },
    fault: (value) =>
      /^[CG][A-Z0-9]{2,}$/.test(value)
        ? null
        : 'SLACK_CHANNEL must be an id such as C0123456789, not a name.',
    async test(given, signal) {
      const id = textOf(given, 'SLACK_CHANNEL');
      const { name } = await calls.channel(textOf(given, 'SLACK_BOT_TOKEN'), id, signal);
      return `#${name}`;
    },
  };
}

function prefixFault(value: string, prefix: string): string | null {
  if (value.startsWith(prefix)) return null;
  const other = Object.entries(prefixes).find(([start]) => value.startsWith(start));
  const name = prefixes[prefix] ?? '';
  if (other === undefined) return `${name} must begin with ${prefix}.`;
  return `${name} must begin with ${prefix}; the one given begins with ${other[0]}, which is ${other[1]}'s.`;
}

function textOf(given: Given, name: string): string {
  return given[name] ?? '';
}
