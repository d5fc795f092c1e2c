import { expect, test } from 'vitest';
import type { Frame, PageMessage, PageView } from '../../src/embedded/page/wire.ts';
import {
  channelMessages,
  emptyState,
  nextState,
  type PageEvent,
  type PageState,
  threadMessages,
} from '../../web/src/state/page-state.ts';

function aMessage(message: Partial<PageMessage> & { ts: string }): PageMessage {
  return {
    channel: 'C1',
    user: 'UBOT',
    isBot: true,
    text: `text ${message.ts}`,
    blocks: [],
    threadTs: null,
    isBroadcast: false,
    editedTs: null,
    files: [],
    isPinned: false,
    isEphemeral: false,
    replyCount: 0,
    lastReplyTs: null,
    ...message,
  };
}

function after(...events: PageEvent[]): PageState {
  return events.reduce(nextState, { ...emptyState, me: 'U1' });
}

const framed = (frame: Frame, atMs = 0): PageEvent => ({ type: 'frame', frame, atMs });
const posted = (message: PageMessage): PageEvent => framed({ type: 'message', message });

test('messages stand in the order of their time, replies in their thread, broadcasts in both', () => {
  const state = after(
    posted(aMessage({ ts: '3.0' })),
    posted(aMessage({ ts: '1.0' })),
    posted(aMessage({ ts: '4.0', threadTs: '1.0' })),
    posted(aMessage({ ts: '5.0', threadTs: '1.0', isBroadcast: true })),
  );

  expect(channelMessages(state, 'C1').map(({ ts }) => ts)).toEqual(['1.0', '3.0', '5.0']);
  expect(threadMessages(state, 'C1', '1.0').map(({ ts }) => ts)).toEqual(['4.0', '5.0']);
});

test('a new message of somebody else is said aloud, an edit and my own are not', () => {
  const first = after(posted(aMessage({ ts: '1.0', text: 'training' })));
  const edited = nextState(first, posted(aMessage({ ts: '1.0', text: 'training 61 %', editedTs: '2.0' })));
  const own = nextState(edited, posted(aMessage({ ts: '3.0', user: 'U1', text: 'mine' })));

  expect([first.said, edited.said, own.said]).toEqual(['training', 'training', 'training']);
  expect(channelMessages(own, 'C1').map(({ text }) => text)).toEqual(['training 61 %', 'mine']);
});

test('a reply that is gone is counted no more', () => {
  const state = after(
    posted(aMessage({ ts: '1.0', replyCount: 1, lastReplyTs: '2.0' })),
    posted(aMessage({ ts: '2.0', threadTs: '1.0' })),
    framed({ type: 'gone', channel: 'C1', ts: '2.0' }),
    framed({ type: 'gone', channel: 'C1', ts: '9.0' }),
  );

  expect(channelMessages(state, 'C1')).toMatchObject([{ ts: '1.0', replyCount: 0 }]);
});

test('the snapshot after a lost connection replaces what was there', () => {
  const old = after(posted(aMessage({ ts: '1.0' })), { type: 'connection', connection: 'lost' });

  const state = nextState(
    old,
    framed({
      type: 'snapshot',
      me: 'U1',
      bot: 'UBOT',
      people: [],
      channels: [],
      messages: [aMessage({ ts: '7.0' })],
      hasMore: ['C1'],
      views: [],
      home: null,
      hints: [],
    }),
  );

  expect([state.connection, state.epoch]).toEqual(['open', 1]);
  expect(channelMessages(state, 'C1').map(({ ts }) => ts)).toEqual(['7.0']);
});

test('the same trouble is one toast until it is closed', () => {
  const state = after(
    { type: 'toast', text: 'a' },
    { type: 'toast', text: 'a' },
    { type: 'toast', text: 'b' },
  );
  const closed = nextState(state, { type: 'toast-closed', id: state.toasts[0]?.id ?? 0 });

  expect(state.toasts.map(({ text }) => text)).toEqual(['a', 'b']);
  expect(closed.toasts.map(({ text }) => text)).toEqual(['b']);
});

test('a modal opens on the page where somebody asked for it alone', () => {
  const view = (viewId: string): PageView => ({
    viewId,
    hash: '1',
    title: 'Start',
    submit: null,
    close: null,
    blocks: [],
    errors: {},
  });
  const asked = after({ type: 'deed', atMs: 1_000 }, framed({ type: 'views', views: [view('V1')] }, 2_000));
  const elsewhere = after(framed({ type: 'views', views: [view('V1')] }, 60_000));
  const later = nextState(asked, framed({ type: 'views', views: [view('V1'), view('V2')] }, 60_000));

  expect(asked.views).toHaveLength(1);
  expect(elsewhere.views).toEqual([]);
  expect(later.views.map(({ viewId }) => viewId)).toEqual(['V1']);
});
