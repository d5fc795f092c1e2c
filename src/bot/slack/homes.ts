import { createHash } from 'node:crypto';
import { keepNewest } from '../keep-newest.ts';
import { homeView } from './card-view.ts';
import type { SlackClients } from './clients.ts';
import { type DeskOptions, whereOf } from './desk-options.ts';
import { createSeen } from './seen.ts';
import { slackErrorOf, slackFailure } from './slack-failure.ts';

/** Who opened the tab within this time sees it change by itself. */
const freshForMs = 24 * 3_600_000;
/** Slack's views.publish is not for more. */
const betweenMs = 60_000;
const mostHomes = 500;

type Opened = {
  teamId: string;
  openedAtMs: number;
  publishedAtMs: number;
  /** Of what was published last. */
  contentHash: string;
  /** Slack's guard against two that publish at once. */
  viewHash: string | null;
};

/** The Home tabs of those who look at them. None of it throws. */
export type Homes = {
  opened(input: { userId: string; teamId: string; viewHash: string | null }): Promise<void>;
  /** After its owner pressed something in it. */
  changed(userId: string): Promise<void>;
  /** Publishes anew what changed, for those who looked within a day. */
  refresh(): Promise<void>;
};

export function createHomes(options: DeskOptions & { clients: SlackClients }): Homes {
  const { door, people, identity, clients, log, now } = options;
  const homes = new Map<string, Opened>();
  const isNewTrouble = createSeen(100);

  const publish = async (userId: string, home: Opened): Promise<void> => {
    // From the beginning, so that the round that looks for changes does not publish beside us.
    home.publishedAtMs = now().getTime();
    try {
      const { teamId: homeTeamId } = await identity.read();
      const person = await people.find({ userId, teamId: home.teamId, homeTeamId });
      const where = whereOf(options, { channel: null, threadTs: null });
      const view = homeView(await door.home({ person, where }), { bars: options.preferences().bars });
      const contentHash = createHash('sha256').update(JSON.stringify(view)).digest('base64url');
      if (contentHash === home.contentHash) return;
      const send = (hash: string | null) =>
        clients.views.views.publish({ user_id: userId, view, ...(hash === null ? {} : { hash }) });
      const answer = await send(home.viewHash).catch((error: unknown) => {
        // Somebody else published meanwhile; ours is the newest.
        if (slackErrorOf(error) === 'hash_conflict') return send(null);
        throw error;
      });
      home.contentHash = contentHash;
      home.viewHash = answer.view?.hash ?? null;
    } catch (error) {
      const failure = slackFailure(error);
      // The same trouble comes for everybody and each minute.
      if (isNewTrouble(failure.code)) log.warn({ err: failure }, 'a home tab could not be published');
    }
  };

  return {
    async opened({ userId, teamId, viewHash }) {
      const openedAtMs = now().getTime();
      const known = homes.get(userId);
      const home = known ?? { teamId, openedAtMs, publishedAtMs: 0, contentHash: '', viewHash };
      home.openedAtMs = openedAtMs;
      // Slack shows nothing (any more) where it sends no view.
      if (viewHash === null) home.contentHash = '';
      home.viewHash = viewHash;
      keepNewest(homes, userId, home, mostHomes);
      await publish(userId, home);
    },
    async changed(userId) {
      const home = homes.get(userId);
      if (home !== undefined) await publish(userId, home);
    },
    async refresh() {
      const nowMs = now().getTime();
      for (const [userId, home] of homes) {
        if (nowMs - home.openedAtMs > freshForMs) homes.delete(userId);
        else if (nowMs - home.publishedAtMs >= betweenMs) await publish(userId, home);
      }
    },
  };
}
