import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { fetchMessages } from '../state/calls.ts';
import { useDeeds } from '../state/deeds.ts';
import { type PageEvent, type PageState, threadMessages } from '../state/page-state.ts';
import type { Reading } from '../state/reading.ts';
import { goTo } from '../state/route.ts';
import { Composer } from './composer.tsx';
import { Icon } from './icon.tsx';
import { MessageList } from './message-list.tsx';
import { send, threadRefusal } from './send.ts';

type ThreadPaneProps = {
  state: PageState;
  dispatch(event: PageEvent): void;
  reading: Reading;
  channel: string;
  name: string;
  thread: string;
  /** Where closing it leads. */
  backHref: string;
};

/** A message and its replies. Keyed by its thread. */
export function ThreadPane(props: ThreadPaneProps) {
  const { state, dispatch, reading, channel, name, thread, backHref } = props;
  const deeds = useDeeds();
  const heading = useRef<HTMLHeadingElement>(null);
  const root = state.messages[channel]?.[thread];
  const replies = useMemo(() => threadMessages(state, channel, thread), [state, channel, thread]);
  const all = root === undefined ? replies : [root, ...replies];
  const [sentCount, setSentCount] = useState(0);
  const { markRead } = reading;
  const onSeen = useCallback(
    (ts: string) => markRead(`${channel}/${thread}`, ts),
    [markRead, channel, thread],
  );
  const { me, epoch } = state;

  // Fetched anew after each snapshot, which holds no replies.
  useEffect(() => {
    fetchMessages({ user: me, channel, thread }).then(
      ({ messages }) => dispatch({ type: 'fetched', channel, messages, hasMore: null }),
      (error: unknown) =>
        deeds.toast(error instanceof Error ? error.message : 'The thread could not be loaded.'),
    );
  }, [me, channel, thread, epoch]);
  useEffect(() => heading.current?.focus(), []);
  return (
    // Escape is a way out of the panel, as in every chat.
    <aside
      className="thread"
      aria-label="Thread"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) goTo(backHref);
      }}
    >
      <header className="pane-head">
        <h2 ref={heading} tabIndex={-1} className="pane-title">
          Thread <span className="pane-more">{name}</span>
        </h2>
        <a className="button button-plain button-icon" href={backHref} aria-label="Close thread">
          <Icon name="close" />
        </a>
      </header>
      <MessageList
        label="Thread"
        messages={all}
        readUpTo={null}
        threadHref={() => null}
        hasUnreadReplies={() => false}
        top={null}
        sentCount={sentCount}
        onSeen={onSeen}
      />
      <Composer
        label="Reply"
        placeholder="Reply, or write @kaggle status"
        hints={[]}
        refusalOf={threadRefusal}
        onSend={(text) => {
          setSentCount(sentCount + 1);
          return send(deeds, { text, channel, thread });
        }}
      />
    </aside>
  );
}
