import { useMemo } from 'react';
import type { PageFile, PageMessage } from '../../../src/embedded/page/wire.ts';
import { Blocks } from '../blocks/blocks.tsx';
import { Picture } from '../blocks/picture.tsx';
import { SurfaceContext } from '../blocks/surface.ts';
import { agoText, dateOfTs, formatted } from '../mrkdwn/dates.ts';
import { Mrkdwn } from '../mrkdwn/mrkdwn.tsx';
import { useDeeds } from '../state/deeds.ts';
import { usePlace } from '../state/place.ts';
import { Avatar } from './avatar.tsx';
import { Icon } from './icon.tsx';

type MessageRowProps = {
  message: PageMessage;
  /** Follows another message of the same person: no name again. */
  isFollowing: boolean;
  /** Where its thread opens; null inside a thread. */
  threadHref: string | null;
  hasUnreadReplies: boolean;
  onDismiss(): void;
};

export function MessageRow({
  message,
  isFollowing,
  threadHref,
  hasUnreadReplies,
  onDismiss,
}: MessageRowProps) {
  const deeds = useDeeds();
  const { channel, ts, user, isBot, isEphemeral } = message;
  const surface = useMemo(() => deeds.surfaceOf({ channel, ts }), [deeds, channel, ts]);
  const name = useSenderName(message);
  return (
    <article
      className={`message ${isFollowing ? 'message-following' : ''} ${isEphemeral ? 'message-private' : ''}`}
      aria-label={`${name}: ${message.text.slice(0, 150)}`}
      data-ts={ts}
      tabIndex={-1}
    >
      <div className="message-side">
        {isFollowing ? <Time ts={ts} /> : <Avatar user={user} isApp={isBot} />}
      </div>
      <div className="message-main">
        <Marks message={message} />
        {isFollowing ? null : (
          <div className="message-head">
            <span className="message-name">{name}</span>
            {isBot ? <span className="badge">APP</span> : null}
            <Time ts={ts} />
            <EditedMark message={message} />
          </div>
        )}
        <SurfaceContext value={surface}>
          <Content message={message} />
        </SurfaceContext>
        {isFollowing ? <EditedMark message={message} /> : null}
        {threadHref === null || isEphemeral ? null : (
          <ThreadLink message={message} href={threadHref} isUnread={hasUnreadReplies} />
        )}
      </div>
      <div className="message-tools">
        {threadHref === null || isEphemeral ? null : (
          <a
            className="button button-plain button-icon"
            href={threadHref}
            aria-label="Reply in thread"
            title="Reply in thread"
          >
            <Icon name="thread" />
          </a>
        )}
        {isEphemeral ? (
          <button
            type="button"
            className="button button-plain button-icon"
            aria-label="Dismiss message"
            title="Dismiss"
            onClick={onDismiss}
          >
            <Icon name="close" />
          </button>
        ) : null}
      </div>
    </article>
  );
}

function useSenderName({ user, isBot }: PageMessage): string {
  const { nameOf } = usePlace();
  return isBot ? 'Kaggle Agent' : (nameOf(user) ?? user);
}

/** What sets a message apart, in words. */
function Marks({ message }: { message: PageMessage }) {
  if (message.isEphemeral) return <p className="message-mark">Only visible to you</p>;
  if (message.isBroadcast && message.threadTs !== null)
    return <p className="message-mark">Replied to a thread</p>;
  if (!message.isPinned) return null;
  return (
    <p className="message-mark">
      <Icon name="pin" /> Pinned
    </p>
  );
}

function Time({ ts }: { ts: string }) {
  const { locale, timeZone } = usePlace();
  const at = dateOfTs(ts);
  const place = { locale, timeZone, now: at };
  return (
    <time
      className="message-time"
      dateTime={at.toISOString()}
      title={formatted(at, { dateStyle: 'full', timeStyle: 'long' }, place)}
    >
      {formatted(at, { timeStyle: 'short' }, place)}
    </time>
  );
}

function EditedMark({ message }: { message: PageMessage }) {
  return message.editedTs === null ? null : <span className="message-edited">(edited)</span>;
}

function Content({ message }: { message: PageMessage }) {
  return (
    <div className="message-content">
      {message.blocks.length > 0 ? <Blocks blocks={message.blocks} /> : <Mrkdwn text={message.text} />}
      {message.files.map((file) => (
        <FileView key={file.id} file={file} />
      ))}
    </div>
  );
}

function FileView({ file }: { file: PageFile }) {
  if (file.mimetype.startsWith('image/')) {
    const words = file.altText === '' ? file.title : file.altText;
    return <Picture picture={{ alt_text: words, slack_file: { id: file.id } }} title={null} />;
  }
  return (
    <a className="file" href={`/files/${encodeURIComponent(file.id)}`} download={file.name}>
      <Icon name="file" />
      <span>{file.title === '' ? file.name : file.title}</span>
      <span className="file-size">{Math.max(1, Math.round(file.sizeBytes / 1024))} kB</span>
    </a>
  );
}

function ThreadLink({ message, href, isUnread }: { message: PageMessage; href: string; isUnread: boolean }) {
  const { locale, timeZone } = usePlace();
  const { replyCount, lastReplyTs } = message;
  if (replyCount === 0 || lastReplyTs === null) return null;
  const count = new Intl.NumberFormat(locale).format(replyCount);
  return (
    <a className={`thread-link ${isUnread ? 'thread-link-unread' : ''}`} href={href}>
      <strong>
        {count} {replyCount === 1 ? 'reply' : 'replies'}
      </strong>
      {isUnread ? <span className="dot">new</span> : null}
      <span className="thread-link-ago">
        last {agoText(dateOfTs(lastReplyTs), { locale, timeZone, now: new Date() })}
      </span>
    </a>
  );
}
