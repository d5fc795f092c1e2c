import { type ReactNode, useCallback, useMemo, useState } from 'react';
import type { PageMessage } from '../../../src/embedded/page/wire.ts';
import { fetchMessages } from '../state/calls.ts';
import { useDeeds } from '../state/deeds.ts';
import { channelMessages, type PageEvent, type PageState } from '../state/page-state.ts';
import type { Reading } from '../state/reading.ts';
import { Composer } from './composer.tsx';
import { MessageList } from './message-list.tsx';
import { send } from './send.ts';

type ChannelPaneProps = {
  state: PageState;
  dispatch(event: PageEvent): void;
  reading: Reading;
  channel: string;
  name: string;
  hrefOf(thread: string): string;
};

/** A channel's messages and where to write the next one. Keyed by its channel. */
export function ChannelPane({ state, dispatch, reading, channel, name, hrefOf }: ChannelPaneProps) {
  const deeds = useDeeds();
  const messages = useMemo(() => channelMessages(state, channel), [state, channel]);
  const [readUpTo] = useState(() => reading.lastRead(channel));
  const [sentCount, setSentCount] = useState(0);
  const { markRead, lastRead } = reading;
  const onSeen = useCallback((ts: string) => markRead(channel, ts), [markRead, channel]);
  return (
    <>
      <MessageList
        label={`Messages in ${name}`}
        messages={messages}
        readUpTo={readUpTo}
        threadHref={({ ts, threadTs }) => hrefOf(threadTs ?? ts)}
        hasUnreadReplies={({ ts, lastReplyTs }) => {
          const seen = lastRead(`${channel}/${ts}`);
          return lastReplyTs !== null && seen !== null && lastReplyTs > seen;
        }}
        top={
          state.hasMore.includes(channel) ? (
            <OlderButton state={state} dispatch={dispatch} channel={channel} oldest={messages[0]} />
          ) : (
            <Beginning name={name} isEmpty={messages.length === 0} />
          )
        }
        sentCount={sentCount}
        onSeen={onSeen}
      />
      <Composer
        label={`Message ${name}`}
        placeholder={`Message ${name} or type /`}
        hints={state.hints}
        refusalOf={() => null}
        onSend={(text) => {
          setSentCount(sentCount + 1);
          return send(deeds, { text, channel, thread: null });
        }}
      />
    </>
  );
}

function Beginning({ name, isEmpty }: { name: string; isEmpty: boolean }): ReactNode {
  return (
    <div className="beginning">
      <h2>{name}</h2>
      <p>
        This is where it begins. Type <code className="code">/kaggle help</code> to see what I can do
        {isEmpty ? (
          <>
            , or <code className="code">/kaggle start</code> to enter a competition.
          </>
        ) : (
          '.'
        )}
      </p>
    </div>
  );
}

function OlderButton({
  state,
  dispatch,
  channel,
  oldest,
}: {
  state: PageState;
  dispatch(event: PageEvent): void;
  channel: string;
  oldest: PageMessage | undefined;
}) {
  const deeds = useDeeds();
  const [isBusy, setBusy] = useState(false);
  const load = async (): Promise<void> => {
    setBusy(true);
    try {
      const query = { user: state.me, channel, ...(oldest === undefined ? {} : { before: oldest.ts }) };
      const { messages, hasMore } = await fetchMessages(query);
      dispatch({ type: 'fetched', channel, messages, hasMore });
    } catch (error) {
      deeds.toast(error instanceof Error ? error.message : 'The earlier messages could not be loaded.');
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="older">
      <button type="button" className="button button-plain" aria-busy={isBusy} onClick={() => void load()}>
        Earlier messages
      </button>
    </div>
  );
}
