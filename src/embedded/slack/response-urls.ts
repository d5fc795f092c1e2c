import { makeSecret } from './ids.ts';

/** Source: handling user interaction. */
const maxUses = 5;
const lifeMs = 30 * 60_000;

/** What a response address answers to. */
export type ResponseTarget = {
  userId: string;
  channel: string;
  /** The message whose button was pressed, or the last answer to a slash command. */
  original: { channel: string; ts: string } | null;
  /** For a slash command, whose answers become the original themselves. */
  isCommand: boolean;
};

export type ResponseUrls = {
  /** @returns the last part of the address */
  issue(target: ResponseTarget): string;
  /** Counts one use. */
  use(id: string): ResponseTarget | 'used_url' | 'expired_url' | 'not_found';
};

export function createResponseUrls(now: () => Date): ResponseUrls {
  const issued = new Map<string, { target: ResponseTarget; uses: number; expiresAtMs: number }>();
  return {
    issue(target) {
      const nowMs = now().getTime();
      for (const [id, { expiresAtMs }] of issued) {
        if (expiresAtMs < nowMs - lifeMs) issued.delete(id);
      }
      const id = makeSecret(16);
      issued.set(id, { target, uses: 0, expiresAtMs: nowMs + lifeMs });
      return id;
    },
    use(id) {
      const url = issued.get(id);
      if (url === undefined) return 'not_found';
      if (now().getTime() > url.expiresAtMs) return 'expired_url';
      if (url.uses >= maxUses) return 'used_url';
      url.uses += 1;
      return url.target;
    },
  };
}
