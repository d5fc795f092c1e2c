import { join } from 'node:path';
import { createConsole } from '../bot/console/console.ts';
import type { Commands } from '../cli/commands.ts';
import type { CommandFlows } from '../domain/command-results.ts';
import type { SystemFailure } from '../domain/errors.ts';
import { aborted } from './aborted.ts';
import { startAgent } from './agent.ts';
import { placesIn } from './data-folder.ts';
import { readyFacts } from './ready-facts.ts';
import type { Session } from './session.ts';

/** Everything in one process with a console chat, until the signal aborts or the person quits. */
export async function up(session: Session, input: Parameters<Commands['up']>[0]): Promise<void> {
  const { settings, logging, actor, request } = session;
  const { config } = settings;
  const quitting = new AbortController();
  let emergency: SystemFailure | null = null;
  let chat: ReturnType<typeof createConsole> | null = null;
  const openConsole = (flows: CommandFlows) => {
    chat = createConsole({
      flows,
      input: process.stdin,
      output: process.stdout,
      isInteractive: request.canAsk,
      logFile: join(placesIn(config.general.dataFolder).logs, 'agent.log'),
      now: () => new Date(),
      onQuit: () => quitting.abort(new Error('the person quits')),
      // As if the prompt had not kept it: the same end, and a second one ends at once.
      onInterrupt: () => process.kill(process.pid, 'SIGINT'),
    });
    return chat;
  };
  const agent = await startAgent({
    config,
    logging,
    actor: { type: 'console', user: actor.type === 'command' ? actor.user : 'you' },
    anyPort: false,
    afterEmergency: input.afterEmergency,
    chats: (flows) => [openConsole(flows).chat],
    canBeMended: request.canAsk,
    onProgress: input.onProgress,
    onEmergency: (failure) => {
      emergency = failure;
      quitting.abort(failure);
    },
    signal: input.signal,
  });
  // Assigned inside a callback, which the compiler does not follow.
  const opened = chat as ReturnType<typeof createConsole> | null;
  try {
    for (const { message } of agent.competitions.skipped) input.onProgress(`left out: ${message}`);
    input.onReady(await readyFacts(agent, config, request.canAsk));
    opened?.start();
    await aborted(AbortSignal.any([input.signal, quitting.signal]));
  } finally {
    await opened?.close();
    input.onProgress('stopping; Ctrl-C again stops at once, and either way nothing is lost');
    await agent.close();
  }
  if (emergency !== null) throw emergency;
}
