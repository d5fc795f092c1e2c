import { type ReactNode, useMemo } from 'react';
import { usePlace } from '../state/place.ts';
import { formatDate, formatted } from './dates.ts';
import { type Inline, type Paragraph, parseMrkdwn } from './parse.ts';

/** Text in Slack's markup. */
export function Mrkdwn({ text }: { text: string }) {
  const paragraphs = useMemo(() => parseMrkdwn(text), [text]);
  return (
    <>
      {paragraphs.map((paragraph, index) => (
        // Paragraphs have no identity but their place.
        <ParagraphOf key={index} paragraph={paragraph} />
      ))}
    </>
  );
}

function ParagraphOf({ paragraph }: { paragraph: Paragraph }) {
  if (paragraph.kind === 'pre') return <pre className="pre">{paragraph.text}</pre>;
  const children = <Inlines inlines={paragraph.children} />;
  return paragraph.kind === 'quote' ? (
    <blockquote className="quote">{children}</blockquote>
  ) : (
    <div className="text">{children}</div>
  );
}

function Inlines({ inlines }: { inlines: readonly Inline[] }) {
  return inlines.map((inline, index) => <InlineOf key={index} inline={inline} />);
}

function InlineOf({ inline }: { inline: Inline }): ReactNode {
  switch (inline.kind) {
    case 'text':
      return inline.text;
    case 'bold':
      return (
        <strong>
          <Inlines inlines={inline.children} />
        </strong>
      );
    case 'italic':
      return (
        <em>
          <Inlines inlines={inline.children} />
        </em>
      );
    case 'strike':
      return (
        <del>
          <Inlines inlines={inline.children} />
        </del>
      );
    case 'code':
      return (
        <code className="code">
          <Bars text={inline.text} />
        </code>
      );
    case 'link':
      return <OutLink url={inline.url}>{inline.label}</OutLink>;
    case 'date':
      return <DateText date={inline} />;
    case 'broadcast':
      return <span className="mention">@{inline.range}</span>;
    default:
      return <Mention mention={inline} />;
  }
}

/** A single letter is one where another kind stands beside it: a bar that is hardly begun, or nearly full. */
const barPieces = /(█+(?=░)|(?<=█)░+|█{2,}|░{2,})/;

/** Bars made of letters are drawn without the gaps that fonts leave; the letters stay for who copies them. */
function Bars({ text }: { text: string }) {
  return text.split(barPieces).map((piece, index) => {
    // What is split by stands at every second place.
    if (index % 2 === 0) return piece;
    return (
      <span key={index} className={piece.startsWith('█') ? 'bar bar-full' : 'bar'}>
        {piece}
      </span>
    );
  });
}

/** A link that leaves the page; the other side learns nothing of this one. */
export function OutLink({ url, children }: { url: string; children: ReactNode }) {
  return (
    <a href={url} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}

function DateText({ date }: { date: Extract<Inline, { kind: 'date' }> }) {
  const place = usePlace();
  const at = new Date(date.seconds * 1_000);
  const whole = formatted(at, { dateStyle: 'full', timeStyle: 'long' }, { ...place, now: at });
  const time = (
    <time dateTime={at.toISOString()} title={whole}>
      {formatDate(at, date.format, { ...place, now: new Date() })}
    </time>
  );
  return date.url === null ? time : <OutLink url={date.url}>{time}</OutLink>;
}

function Mention({ mention }: { mention: Extract<Inline, { id: string }> }) {
  const { nameOf, channelName, me } = usePlace();
  if (mention.kind === 'channel') {
    return (
      <a className="mention" href={`#/c/${mention.id}`}>
        #{channelName(mention.id) ?? mention.label ?? mention.id}
      </a>
    );
  }
  const name = mention.kind === 'user' ? nameOf(mention.id) : null;
  return (
    <span className={mention.id === me ? 'mention mention-me' : 'mention'}>
      @{name ?? mention.label?.replace(/^@/, '') ?? mention.id}
    </span>
  );
}
