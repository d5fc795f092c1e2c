import { Fragment, type ReactNode, useState } from 'react';
import type { PageMessage } from '../../../src/embedded/page/wire.ts';
import { dateOfTs, dayKey, formatted, nearDay } from '../mrkdwn/dates.ts';
import { type Place, usePlace } from '../state/place.ts';
import { Icon } from './icon.tsx';
import { MessageRow } from './message-row.tsx';
import { useStickToEnd } from './use-stick-to-end.ts';

/** Messages of one person this close together stand under one name. */
const togetherSeconds = 300;

type MessageListProps = {
  label: string;
  messages: readonly PageMessage[];
  /** The last message that was read before the list was opened; null: no line is drawn. */
  readUpTo: string | null;
  threadHref(message: PageMessage): string | null;
  hasUnreadReplies(message: PageMessage): boolean;
  /** Above the first message. */
  top: ReactNode;
  /** How many lines somebody sent from here; each brings the end of the list into sight. */
  sentCount: number;
  /** The end of the list is in sight. */
  onSeen(ts: string): void;
};

export function MessageList(props: MessageListProps) {
  const { label, messages, readUpTo, top, threadHref, hasUnreadReplies } = props;
  const place = usePlace();
  const [dismissed, setDismissed] = useState<readonly string[]>([]);
  const shown = messages.filter(({ ts }) => !dismissed.includes(ts));
  const newest = shown.at(-1)?.ts ?? '';
  const { list, content, isAtEnd, toEnd } = useStickToEnd(newest, props.sentCount, props.onSeen);
  const firstUnread =
    readUpTo === null ? undefined : shown.find(({ ts, user }) => ts > readUpTo && user !== place.me)?.ts;
  return (
    <div className="messages-frame">
      {/* The list is scrolled by keyboard too. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <section className="messages" ref={list} aria-label={label} tabIndex={0}>
        <div className="messages-content" ref={content}>
          {top}
          {shown.map((message, index) => {
            const before = shown[index - 1];
            return (
              <Fragment key={message.ts}>
                <DayLine message={message} before={before} />
                {message.ts === firstUnread ? <div className="line line-new">New</div> : null}
                <MessageRow
                  message={message}
                  isFollowing={isFollowing(message, before, place)}
                  threadHref={threadHref(message)}
                  hasUnreadReplies={hasUnreadReplies(message)}
                  onDismiss={() => setDismissed([...dismissed, message.ts])}
                />
              </Fragment>
            );
          })}
        </div>
      </section>
      {isAtEnd ? null : (
        <button type="button" className="to-end" onClick={toEnd}>
          <Icon name="down" /> Latest
        </button>
      )}
    </div>
  );
}

function isFollowing(message: PageMessage, before: PageMessage | undefined, place: Place): boolean {
  if (before === undefined || before.user !== message.user) return false;
  // A card stands by itself.
  if (message.blocks.length > 0 || message.isPinned || message.isEphemeral || before.isEphemeral)
    return false;
  const [now, then] = [dateOfTs(message.ts), dateOfTs(before.ts)];
  const isClose = now.getTime() - then.getTime() < togetherSeconds * 1_000;
  return isClose && dayKey(now, place) === dayKey(then, place);
}

function DayLine({ message, before }: { message: PageMessage; before: PageMessage | undefined }) {
  const place = usePlace();
  const day = dateOfTs(message.ts);
  if (before !== undefined && dayKey(dateOfTs(before.ts), place) === dayKey(day, place)) return null;
  const now = new Date();
  return (
    <div className="line line-day">
      {nearDay(day, { ...place, now }) ??
        formatted(day, { weekday: 'long', day: 'numeric', month: 'long' }, { ...place, now })}
    </div>
  );
}
