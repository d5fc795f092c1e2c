import { asFailure } from '../../domain/errors.ts';
import type { CheckResult } from '../check-result.ts';
import type { Revealable, SlackClients } from './clients.ts';
import { orAbort } from './clients.ts';
import type { IdentityReader } from './identity.ts';
import type { SlackLink } from './link.ts';
import { isGroup } from './people.ts';
import { slackErrorOf, slackFailure } from './slack-failure.ts';

type CheckOptions = {
  clients: SlackClients;
  identity: IdentityReader;
  link: Pick<SlackLink, 'mode' | 'trouble'>;
  settings: {
    channel: string;
    appToken: Revealable | null;
    operators: readonly string[];
    admins: readonly string[];
    escalation: readonly string[];
  };
  signal: AbortSignal;
};

const compareScopes =
  'Compare the scopes of the app with deploy/slack-manifest.json, then "Reinstall to Workspace".';

/** Asks Slack who we are, whether the home channel is there and whether the groups can be read. */
export async function checkSlack(options: CheckOptions): Promise<CheckResult> {
  const { clients, identity, link, settings, signal } = options;
  try {
    const { teamName } = await orAbort(identity.read(), signal);
    if (link.trouble() !== null) throw link.trouble();
    if (settings.appToken !== null) await orAbort(tryAppToken(clients, settings.appToken), signal);
    const { channel } = await orAbort(
      clients.lookups.conversations.info({ channel: settings.channel }),
      signal,
    );
    const groups = await unreadableGroups(options);
    if (groups.length > 0) {
      return {
        status: 'warn',
        message: `${teamName}: the user groups ${groups.join(', ')} cannot be read, so nobody of them has a role`,
        next: `User groups need a paid plan and the scope usergroups:read. ${compareScopes}`,
      };
    }
    const isThere = channel?.is_member === true || channel?.is_private !== true;
    const name = `#${channel?.name ?? settings.channel}`;
    return isThere
      ? { status: 'ok', message: `${teamName}, ${name}, by ${words[link.mode]}`, next: null }
      : { status: 'error', message: `the app is not in ${name}`, next: `Type /invite @kaggle in ${name}.` };
  } catch (error) {
    const failure = signal.aborted ? asFailure(error) : slackFailure(error);
    const next = slackErrorOf(error) === 'missing_scope' ? compareScopes : null;
    return { status: 'error', message: failure.message, next };
  }
}

const words = { socket: 'Socket Mode', http: 'HTTP' } as const;

/** An address that nobody connects to costs nothing. */
async function tryAppToken(clients: SlackClients, appToken: Revealable): Promise<void> {
  await clients.lookups.apps.connections.open({ token: appToken.reveal() });
}

async function unreadableGroups({ clients, settings, signal }: CheckOptions): Promise<string[]> {
  const groups = new Set([...settings.operators, ...settings.admins, ...settings.escalation].filter(isGroup));
  const unreadable: string[] = [];
  for (const group of groups) {
    try {
      await orAbort(clients.lookups.usergroups.users.list({ usergroup: group }), signal);
    } catch {
      signal.throwIfAborted();
      unreadable.push(group);
    }
  }
  return unreadable;
}
