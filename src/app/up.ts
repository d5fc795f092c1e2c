import { createConsole } from '../bot/console/console.ts';
import { createDoor } from '../bot/create-door.ts';
import type { Commands } from '../cli/commands.ts';
import type { Chat } from '../domain/chat.ts';
import { asFailure, type SystemFailure } from '../domain/errors.ts';
import type { Person } from '../domain/person.ts';
import { alertConfiguration, clearConfigurationAlert } from '../flows/human-loop/alert.ts';
import { aborted } from './aborted.ts';
import { startAgent } from './agent.ts';
import type { AgentParts } from './agent-options.ts';
import { isLocalPage, type OpenChats, openChats } from './chats.ts';
import type { ServiceCheck } from './health.ts';
import { type ReportedService, reportedService } from './health-services.ts';
import { readyFacts } from './ready-facts.ts';
import type { Session } from './session.ts';

/** Many changes at once are one reading. */
const refreshAfterMs = 500;

type Console = ReturnType<typeof createConsole>;
type Input = Parameters<Commands['up']>[0];

/** Everything in one process with its chats, until the signal aborts or the person quits. */
export async function up(session: Session, input: Input): Promise<void> {
  const { settings, logging, actor, request } = session;
  const { config } = settings;
  const quitting = new AbortController();
  const owner = actor.type === 'command' ? actor.user : 'you';
  let emergency: SystemFailure | null = null;
  const talk: { prompt: Console | null; open: OpenChats | null } = { prompt: null, open: null };

  const agent = await startAgent({
    config,
    vault: session.vault,
    logging,
    actor: { type: 'console', user: owner },
    anyPort: false,
    afterEmergency: input.afterEmergency,
    async openChats(parts) {
      const { prompt, open, services } = await openTalk(session, input, { parts, owner, quitting });
      talk.prompt = prompt;
      talk.open = open;
      return { chats: [...open.chats, prompt.chat], services };
    },
    onProgress: input.onProgress,
    onEmergency: (failure) => {
      emergency = failure;
      quitting.abort(failure);
    },
    signal: input.signal,
  });
  try {
    for (const { message } of agent.competitions.skipped) input.onProgress(`left out: ${message}`);
    input.onReady(await readyFacts(agent, config, { hasPrompt: request.canAsk, chats: talk.open }));
    talk.prompt?.start();
    await aborted(AbortSignal.any([input.signal, quitting.signal]));
  } finally {
    await talk.prompt?.close();
    input.onProgress('stopping; Ctrl-C again stops at once, and either way nothing is lost');
    await agent.close();
  }
  if (emergency !== null) throw emergency;
}

const toldByDelivery: ReadonlySet<string> = new Set(['slack.uninstalled', 'slack.is_archived']);

type TalkOptions = { parts: AgentParts; owner: string; quitting: AbortController };

/** One door, and everything that leads to it: the prompt here, and the chats that are configured. */
async function openTalk(
  { settings, logging, request }: Session,
  input: Input,
  { parts, owner, quitting }: TalkOptions,
): Promise<{ prompt: Console; open: OpenChats; services: readonly ServiceCheck[] }> {
  const { installation, policy, closers, stopping, flowsFor, contextOf, feed } = parts;
  const { log } = logging;
  const now = () => new Date();
  const door = createDoor({ flowsFor, installation, preferences: policy.preferences, log, now });
  await door.refresh();
  door.start(stopping);
  closers.add(
    'door',
    followChanges(feed, () => door.refresh()),
  );
  const person: Person = {
    actor: { type: 'console', user: owner },
    name: owner,
    role: 'admin',
    locale: null,
    timeZone: null,
  };
  const prompt = createConsole({
    door,
    person,
    installation,
    input: process.stdin,
    output: process.stdout,
    isInteractive: request.canAsk,
    now,
    onQuit: () => quitting.abort(new Error('the person quits')),
    // As if the prompt had not kept it: the same end, and a second one ends at once.
    onInterrupt: () => process.kill(process.pid, 'SIGINT'),
  });
  const ctx = contextOf({ type: 'job', name: 'chat-connection', runId: installation });
  const quietly = (platform: Chat['platform'], told: Promise<unknown>) => {
    told.catch((error: unknown) =>
      log.warn({ err: asFailure(error), platform }, 'an alert could not be written'),
    );
  };
  const connectionOf = createConnections(isLocalPage(settings.config));
  const open = await openChats({
    config: settings.config,
    door,
    installation,
    preferences: policy.preferences,
    owner,
    folder: parts.places.chat,
    pageKey: parts.pageKey,
    logging,
    closers,
    anyPort: false,
    onProgress: input.onProgress,
    onDown: (platform, { kind, code, message }) => {
      log.warn({ platform, code }, 'a chat cannot be heard');
      connectionOf(platform).down({ code, message });
      // What also stops messages from going out is told when one does not.
      if (kind !== 'configuration' || toldByDelivery.has(code)) return;
      input.onProgress(`${message} The other chats go on meanwhile.`);
      quietly(platform, alertConfiguration(ctx, { module: `${platform}-connection`, code, message }));
    },
    onUp: (platform) => {
      connectionOf(platform).up();
      quietly(platform, clearConfigurationAlert(ctx, `${platform}-connection`));
    },
    signal: stopping,
  });
  return { prompt, open, services: open.chats.map(({ platform }) => connectionOf(platform).check) };
}

/** What the door keeps in memory is read again soon after something has changed. @returns the end of that */
function followChanges(feed: AgentParts['feed'], refresh: () => Promise<void>): () => Promise<void> {
  let timer: NodeJS.Timeout | null = null;
  const unsubscribe = feed.subscribe(() => {
    timer ??= setTimeout(() => {
      timer = null;
      void refresh();
    }, refreshAfterMs);
  });
  return async () => {
    unsubscribe();
    if (timer !== null) clearTimeout(timer);
  };
}

/** How each chat's own connection is, for the health checks; people hear of it by an alert of its own. */
function createConnections(isPage: boolean): (platform: Chat['platform']) => ReportedService {
  const known = new Map<string, ReportedService>();
  return (platform) => {
    const name = isPage ? 'chat-page' : `chat-${platform}`;
    const connection =
      known.get(platform) ?? reportedService(name, { priority: 'high', isToldElsewhere: true });
    known.set(platform, connection);
    return connection;
  };
}
