import type pg from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { ChangeFeed, ChangeNotice } from '../../src/state/change-feed.ts';
import { replayEvents } from '../../src/state/outbox.ts';
import type { StatePort } from '../../src/state/port.ts';
import { anEvent, someActor } from '../support/builders.ts';

export type ChangeFeedUnderTest = {
  state: StatePort;
  pool: pg.Pool;
  open(): ChangeFeed;
  /** Ends the connections that the feeds have. */
  cut(): Promise<void>;
};

export const patience = { timeout: 20_000 };
export const connected: ChangeNotice = { kind: 'connected' };
export const notified = (payload: string): ChangeNotice => ({ kind: 'notified', payload });

/** Listens until the test ends. */
export function listening(feed: ChangeFeed) {
  const notices: ChangeNotice[] = [];
  onTestFinished(() => feed.close());
  const unsubscribe = feed.subscribe((notice) => notices.push(notice));
  return { feed, notices, unsubscribe };
}

/** What every change feed must do alike. */
export function changeFeedContract(name: string, prepare: () => Promise<ChangeFeedUnderTest>): void {
  const contract = (what: string, run: (prepared: ChangeFeedUnderTest) => Promise<void>) =>
    test(`${name}: ${what}`, async () => run(await prepare()));

  contract(
    'whoever listens is told when it is connected, and of every event that is written',
    async (prepared) => {
      const { notices } = listening(prepared.open());
      await vi.waitFor(() => expect(notices).toEqual([connected]), patience);

      const id = await anEvent(prepared.pool, { type: 'code_ready' });
      await prepared.pool.query('update events set dispatched_at = clock_timestamp() where id = $1', [id]);
      await replayEvents(prepared.state, id, id, someActor);

      await vi.waitFor(
        () => expect(notices).toEqual([connected, notified('code_ready'), notified('replay')]),
        patience,
      );
    },
  );

  contract('an event that is rolled back is told to nobody', async ({ pool, open }) => {
    const { notices } = listening(open());
    await vi.waitFor(() => expect(notices).toEqual([connected]), patience);
    await pool.query(`begin; insert into events (type, actor) values ('paused', '{}'); rollback`);
    await anEvent(pool, { type: 'resumed' });

    await vi.waitFor(() => expect(notices).toEqual([connected, notified('resumed')]), patience);
  });

  contract(
    'a connection that is cut is made again, and listeners look for what they missed',
    async (prepared) => {
      const { notices } = listening(prepared.open());
      await vi.waitFor(() => expect(notices).toEqual([connected]), patience);

      await prepared.cut();

      await vi.waitFor(() => expect(notices).toEqual([connected, connected]), patience);
      await anEvent(prepared.pool, { type: 'resumed' });
      await vi.waitFor(() => expect(notices.at(-1)).toEqual(notified('resumed')), patience);
    },
  );

  contract(
    'a listener that comes late is told at once; one that left is told nothing',
    async ({ pool, open }) => {
      const { feed, notices, unsubscribe } = listening(open());
      await vi.waitFor(() => expect(notices).toEqual([connected]), patience);
      const late: ChangeNotice[] = [];
      feed.subscribe((notice) => late.push(notice));
      unsubscribe();
      await vi.waitFor(() => expect(late).toEqual([connected]), patience);
      await anEvent(pool, { type: 'paused' });

      await vi.waitFor(() => expect(late).toEqual([connected, notified('paused')]), patience);
      expect(notices).toEqual([connected]);
    },
  );

  contract('a listener that throws does not keep the others from hearing', async ({ open }) => {
    const { feed, notices } = listening(open());
    feed.subscribe(() => {
      throw new Error('broken listener');
    });
    const last: ChangeNotice[] = [];
    feed.subscribe((notice) => last.push(notice));

    await vi.waitFor(() => expect([notices, last]).toEqual([[connected], [connected]]), patience);
  });

  contract('a feed can be closed at whatever moment, and twice', async ({ pool, open }) => {
    await open().close();
    const { feed, notices } = listening(open());
    await vi.waitFor(() => expect(notices).toEqual([connected]), patience);
    await feed.close();
    await feed.close();

    await anEvent(pool, { type: 'paused' });
    expect(notices).toEqual([connected]);
  });
}
