import type { DoctorCheck } from '../cli/commands.ts';
import type { Session } from './session.ts';
import { missingSlackScopes, scopeWarning } from './slack-scopes.ts';

export type Finding = Omit<DoctorCheck, 'port' | 'elapsedMs'>;

/** One port, and how it is looked at. */
export type Check = { port: string; look: (signal: AbortSignal) => Promise<Finding> };

export const ok = (message: string): Finding => ({ status: 'ok', message, next: null });
export const off = (message: string, next: string): Finding => ({ status: 'off', message, next });

/** The prompt and the local page, Slack and Discord; none of them has to run for it. */
export function chatChecks(session: Session): Check[] {
  return [
    { port: 'chat', look: async () => lookAtLocal(session) },
    { port: 'slack', look: (signal) => lookAtSlack(session, signal) },
    { port: 'discord', look: (signal) => lookAtDiscord(session, signal) },
  ];
}

function lookAtLocal({ settings }: Session): Finding {
  const { slack, discord, talking } = settings.config;
  const connected = [
    ...(slack.botToken === null ? [] : ['Slack']),
    ...(discord.token === null ? [] : ['Discord']),
  ];
  if (connected.length > 0) {
    return ok(`the prompt of npm start; no local page, because ${connected.join(' and ')} is set`);
  }
  const port = talking.pagePort === 0 ? 'any free port' : `port ${talking.pagePort}`;
  return ok(
    `the prompt of npm start, and the local page (127.0.0.1, ${port}), because neither Slack nor Discord is set`,
  );
}

async function lookAtSlack({ settings, logging }: Session, signal: AbortSignal): Promise<Finding> {
  const { slack } = settings.config;
  const { botToken, channel } = slack;
  if (botToken === null || channel === null) return off('not set', 'kaggle-agent connect slack');
  const { log } = logging;
  const [{ checkSlackSettings }, { createSlackConnectCalls }] = await Promise.all([
    import('../bot/slack/check-settings.ts'),
    import('../bot/slack/connect-calls.ts'),
  ]);
  const found = await checkSlackSettings({ ...slack, botToken, channel }, { log, signal });
  if (found.status !== 'ok') return found;
  const calls = createSlackConnectCalls({ apiUrl: slack.apiUrl, log });
  const missing = missingSlackScopes((await calls.whose(botToken.reveal(), signal)).scopes);
  if (missing.length === 0) return { ...found, message: `${found.message}, scopes complete` };
  return { status: 'warn', ...scopeWarning(missing) };
}

async function lookAtDiscord({ settings }: Session, signal: AbortSignal): Promise<Finding> {
  const { discord } = settings.config;
  const { token, guildId, channelId, apiUrl } = discord;
  if (token === null || guildId === null || channelId === null) {
    return off('not set', 'kaggle-agent connect discord');
  }
  const [{ createApi }, { checkDiscord }] = await Promise.all([
    import('../bot/discord/api.ts'),
    import('../bot/discord/check-discord.ts'),
  ]);
  const { patient } = createApi({ token: token.reveal(), apiUrl });
  return await checkDiscord(patient, { ...discord, guildId, channelId }, signal);
}
