import type { ReactNode } from 'react';
import { formatDate } from '../mrkdwn/dates.ts';
import { OutLink } from '../mrkdwn/mrkdwn.tsx';
import { safeUrl } from '../mrkdwn/parse.ts';
import { usePlace } from '../state/place.ts';
import type { RichElement, RichPart } from './schema.ts';

export function RichText({ parts }: { parts: readonly RichPart[] }) {
  return parts.map((part, index) => <Part key={index} part={part} />);
}

function Part({ part }: { part: RichPart }): ReactNode {
  switch (part.type) {
    case 'rich_text_section':
      return (
        <div className="text">
          <Elements elements={part.elements} />
        </div>
      );
    case 'rich_text_quote':
      return (
        <blockquote className="quote">
          <Elements elements={part.elements} />
        </blockquote>
      );
    case 'rich_text_preformatted':
      return (
        <pre className="pre">
          <Elements elements={part.elements} />
        </pre>
      );
    case 'rich_text_list': {
      const List = part.style === 'ordered' ? 'ol' : 'ul';
      return (
        <List className="list">
          {part.elements.map((item, index) => (
            <li key={index}>
              <Elements elements={item.elements} />
            </li>
          ))}
        </List>
      );
    }
  }
}

function Elements({ elements }: { elements: readonly RichElement[] }) {
  return elements.map((element, index) => <Element key={index} element={element} />);
}

function Element({ element }: { element: RichElement }): ReactNode {
  const place = usePlace();
  switch (element.type) {
    case 'text':
      return styled(element.text, element.style);
    case 'link': {
      const url = safeUrl(element.url);
      const label = styled(element.text ?? element.url, element.style);
      return url === null ? label : <OutLink url={url}>{label}</OutLink>;
    }
    case 'user':
      return <span className="mention">@{place.nameOf(element.user_id) ?? element.user_id}</span>;
    case 'channel':
      return <span className="mention">#{place.channelName(element.channel_id) ?? element.channel_id}</span>;
    case 'broadcast':
      return <span className="mention">@{element.range}</span>;
    case 'emoji':
      return emojiOf(element.unicode) ?? `:${element.name}:`;
    case 'date': {
      const at = new Date(element.timestamp * 1_000);
      return (
        <time dateTime={at.toISOString()}>
          {formatDate(at, element.format, { ...place, now: new Date() })}
        </time>
      );
    }
  }
}

function styled(text: string, style: Extract<RichElement, { type: 'text' }>['style']): ReactNode {
  let node: ReactNode = text;
  if (style?.code === true) node = <code className="code">{node}</code>;
  if (style?.bold === true) node = <strong>{node}</strong>;
  if (style?.italic === true) node = <em>{node}</em>;
  if (style?.strike === true) node = <del>{node}</del>;
  return node;
}

/** `1f680`, or several code points joined by `-`. */
function emojiOf(unicode: string | undefined): string | null {
  const points = unicode?.split('-').map((hex) => Number.parseInt(hex, 16)) ?? [];
  const isWhole = points.length > 0 && points.every((point) => point > 0 && point <= 0x10ffff);
  return isWhole ? String.fromCodePoint(...points) : null;
}
