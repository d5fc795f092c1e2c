import { locales } from '../domain/preferences.ts';
import { optionalSetting, setting } from './setting.ts';
import {
  choice,
  clockTime,
  httpUrl,
  nameList,
  port,
  secret,
  text,
  timeSpan,
  timeZone,
} from './value-schemas.ts';

const slackIds = 'user ids (U…) and user group ids (S…), separated by commas';
const discordIds = 'role ids, separated by commas';

export const slack = {
  botToken: optionalSetting({
    env: 'SLACK_BOT_TOKEN',
    schema: secret(),
    isSecret: true,
    example: 'xoxb-…',
    description: 'Bot token of your Slack app, from "OAuth & Permissions".',
    switchesOn:
      'The agent talks in Slack; it needs SLACK_APP_TOKEN or SLACK_SIGNING_SECRET, and SLACK_CHANNEL.',
  }),
  appToken: optionalSetting({
    env: 'SLACK_APP_TOKEN',
    schema: secret(),
    isSecret: true,
    example: 'xapp-…',
    description:
      'App-level token with connections:write: Slack is reached by Socket Mode, without any open port.',
  }),
  signingSecret: optionalSetting({
    env: 'SLACK_SIGNING_SECRET',
    schema: secret(),
    isSecret: true,
    example: '0123456789abcdef0123456789abcdef',
    description:
      'Signing secret of your Slack app: without SLACK_APP_TOKEN, Slack calls SLACK_HTTP_PORT by HTTP.',
  }),
  httpPort: setting({
    env: 'SLACK_HTTP_PORT',
    schema: port(),
    default: '4780',
    example: '4790',
    description: 'Port of /slack/events in HTTP mode, on all addresses; put TLS in front of it.',
  }),
  channel: optionalSetting({
    env: 'SLACK_CHANNEL',
    schema: text(),
    example: 'C0123456789',
    description: 'Id of the home channel: status messages, decisions and results.',
  }),
  alertChannel: optionalSetting({
    env: 'SLACK_ALERT_CHANNEL',
    schema: text(),
    example: 'C0123456780',
    description: 'Id of the channel for warnings; unset: the home channel.',
  }),
  operators: setting({
    env: 'SLACK_OPERATORS',
    schema: nameList(/^[US][A-Z0-9]{2,}$/, 'be Slack ids such as U0123456789 or S0123456789'),
    default: '',
    example: 'U0123456789,S0123456789',
    description: `Who may start, steer and decide: ${slackIds}. Empty: every full member of the workspace.`,
  }),
  admins: setting({
    env: 'SLACK_ADMINS',
    schema: nameList(/^[US][A-Z0-9]{2,}$/, 'be Slack ids such as U0123456789 or S0123456789'),
    default: '',
    example: 'U0123456789',
    description: `Who may also change budgets and settings: ${slackIds}. Empty: the workspace's own admins.`,
  }),
  escalation: setting({
    env: 'SLACK_ESCALATION',
    schema: nameList(/^[US][A-Z0-9]{2,}$/, 'be Slack ids such as U0123456789 or S0123456789'),
    default: '',
    example: 'S0123456780',
    description: `Who is mentioned when a decision is about to pass unanswered: ${slackIds}. Empty: the operators.`,
  }),
  apiUrl: setting({
    env: 'SLACK_API_URL',
    schema: httpUrl(),
    default: 'https://slack.com/api',
    example: 'https://slack.com/api',
    description: "Where Slack's Web API is called.",
  }),
};

export const discord = {
  token: optionalSetting({
    env: 'DISCORD_TOKEN',
    schema: secret(),
    isSecret: true,
    example: 'MTA…',
    description: 'Bot token of your Discord application.',
    switchesOn: 'The agent talks in Discord; it needs DISCORD_GUILD_ID and DISCORD_CHANNEL_ID.',
  }),
  guildId: optionalSetting({
    env: 'DISCORD_GUILD_ID',
    schema: text(),
    example: '112233445566778899',
    description: 'Id of your Discord server.',
  }),
  channelId: optionalSetting({
    env: 'DISCORD_CHANNEL_ID',
    schema: text(),
    example: '112233445566778800',
    description: 'Id of the home channel: status messages, decisions and results.',
  }),
  alertChannelId: optionalSetting({
    env: 'DISCORD_ALERT_CHANNEL_ID',
    schema: text(),
    example: '112233445566778811',
    description: 'Id of the channel for warnings; unset: the home channel.',
  }),
  operatorRoles: setting({
    env: 'DISCORD_OPERATOR_ROLES',
    schema: nameList(/^\d{5,20}$/, 'be Discord role ids'),
    default: '',
    example: '112233445566778822',
    description: `Who may start, steer and decide: ${discordIds}. Empty: every member of the server.`,
  }),
  adminRoles: setting({
    env: 'DISCORD_ADMIN_ROLES',
    schema: nameList(/^\d{5,20}$/, 'be Discord role ids'),
    default: '',
    example: '112233445566778833',
    description: `Who may also change budgets and settings: ${discordIds}. Empty: who may manage the server.`,
  }),
  escalationRoles: setting({
    env: 'DISCORD_ESCALATION_ROLES',
    schema: nameList(/^\d{5,20}$/, 'be Discord role ids'),
    default: '',
    example: '112233445566778844',
    description: `Who is mentioned when a decision is about to pass unanswered: ${discordIds}. Empty: the operators.`,
  }),
  apiUrl: setting({
    env: 'DISCORD_API_URL',
    schema: httpUrl(),
    default: 'https://discord.com/api',
    example: 'https://discord.com/api',
    description: "Where Discord's API is called, without the version.",
  }),
};

export const talking = {
  language: setting({
    env: 'KAGGLE_AGENT_LANGUAGE',
    schema: choice(locales),
    default: 'en',
    example: 'ja',
    description:
      "Language of shared messages; answers to one person are in that person's language where the chat tells it.",
  }),
  timeZone: setting({
    env: 'KAGGLE_AGENT_TIME_ZONE',
    schema: timeZone(),
    default: 'UTC',
    example: 'Asia/Tokyo',
    description: 'Time zone of shared messages, of the digest and of the quiet hours.',
  }),
  quietHours: optionalSetting({
    env: 'KAGGLE_AGENT_QUIET_HOURS',
    schema: timeSpan(),
    example: '22:00-08:00',
    description: 'No reminders and mentions then, but for what is critical.',
  }),
  digestAt: setting({
    env: 'KAGGLE_AGENT_DIGEST_AT',
    schema: clockTime(),
    default: '09:00',
    example: '09:00',
    description: 'When the daily digest is posted; nothing is posted where nothing changed.',
  }),
  heartbeatUrl: optionalSetting({
    env: 'HEARTBEAT_URL',
    schema: secret(),
    isSecret: true,
    example: 'https://hc-ping.example.org/your-check',
    description:
      'Called each minute while the agent is well, so that a service outside notices when it is not.',
    switchesOn: 'The address is called each minute.',
  }),
  pagePort: setting({
    env: 'KAGGLE_AGENT_PAGE_PORT',
    schema: port(),
    default: '4776',
    example: '4786',
    description: 'Port of the local chat page, on 127.0.0.1. 0 takes any free port.',
  }),
};
