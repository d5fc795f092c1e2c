import type { Chat } from '../../domain/chat.ts';
import { asFailure } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';

/** A chat that does not answer by then is not waited for: the process may be about to end. */
const defaultTimeoutMs = 5_000;

export type EmergencyAlert = {
  /**
   * Says it in every chat at once and on standard error, without the database and its outbox. The same words are
   * said once. Never throws; resolves when every chat has answered, or was given up.
   */
  tell(message: { severity: 'critical' | 'warning'; text: string }): Promise<void>;
};

/** What still reaches people where the ground gives way. */
export function createEmergencyAlert(options: {
  /** Those that are open at that moment. */
  chats: () => readonly Chat[];
  /** One line on standard error. */
  writeError: (line: string) => void;
  log: Log;
  timeoutMs?: number;
}): EmergencyAlert {
  const said = new Set<string>();
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;

  async function tellChat(chat: Chat, message: Parameters<Chat['sayDirectly']>[0]): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLate = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, 'late');
    });
    try {
      const told = await Promise.race([chat.sayDirectly(message), tooLate]);
      if (told === 'late') options.log.error({ platform: chat.platform }, 'an alert was not heard in time');
    } catch (error) {
      options.log.error(
        { err: asFailure(error), platform: chat.platform },
        'an alert could not be said directly',
      );
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    async tell(message) {
      if (said.has(message.text)) return;
      said.add(message.text);
      options.writeError(`${message.severity}: ${message.text}`);
      await Promise.all(options.chats().map((chat) => tellChat(chat, message)));
    },
  };
}
