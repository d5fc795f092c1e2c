import { type Agent, startAgent } from '../../src/app/agent.ts';
import { openSettings } from '../../src/app/open-settings.ts';
import type { Chat } from '../../src/domain/chat.ts';

const inherited = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'KAGGLE_AGENT_PYTHON'];

/** Nobody reads it, and nobody answers in it: decisions take their default. */
const silentChat: Chat = {
  platform: 'none',
  channel: 'none',
  canAnswer: false,
  deliver: async ({ id }) => ({ messageId: id, threadId: null, memory: {} }),
  sayDirectly: async () => undefined,
};

/** The whole agent in this process, on a data folder of the benchmark's own, with these settings and no others. */
export async function openBenchAgent(
  folder: string,
  settingsOf: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Agent> {
  const environment = Object.fromEntries(inherited.map((name) => [name, process.env[name]]));
  const { settings, vault, logging } = await openSettings(
    {
      environment: { ...environment, KAGGLE_AGENT_DATA: folder, ...settingsOf },
      workingFolder: folder,
      stderr: process.stderr,
      onOpened: () => undefined,
    },
    {
      isDemo: false,
      isVerbose: false,
      flags: {},
      mayBeIncomplete: false,
      toleratesFaults: false,
      canAsk: false,
      secrets: 'unused',
    },
    signal,
  );
  return await startAgent({
    config: settings.config,
    vault,
    logging,
    actor: { type: 'console', user: 'bench' },
    anyPort: true,
    afterEmergency: false,
    openChats: async () => ({ chats: [silentChat], services: [] }),
    onProgress: () => undefined,
    onEmergency: (failure) => process.stderr.write(`emergency: ${failure.message}\n`),
    signal,
  });
}
