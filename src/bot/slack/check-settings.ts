import type { Log } from '../../domain/log.ts';
import type { CheckResult } from '../check-result.ts';
import { checkSlack } from './check.ts';
import { createBoltLogger, createSlackClients } from './clients.ts';
import type { SlackSettings } from './create-slack-chat.ts';
import { createIdentity } from './identity.ts';

/** As a running chat's own check, over the settings alone: nothing is started. Never throws. */
export async function checkSlackSettings(
  settings: SlackSettings,
  { log, signal }: { log: Log; signal: AbortSignal },
): Promise<CheckResult> {
  const { botToken: token, apiUrl, appToken } = settings;
  const clients = createSlackClients({ token, apiUrl, logger: createBoltLogger(log) });
  return await checkSlack({
    clients,
    identity: createIdentity(clients.lookups),
    link: { mode: appToken === null ? 'http' : 'socket', trouble: () => null },
    settings,
    signal,
  });
}
