import { nameOfActor } from '../../domain/actor.ts';
import type { Ink } from '../ink.ts';
import { oneLine, printable, webAddress, withoutBackticks, zeroWidthSpace } from '../inks/safe-text.ts';

/** Stand-ins that look the same: Slack's mrkdwn knows no escape for its own markers. */
const lookalikes: Readonly<Record<string, string>> = { '*': '∗', _: 'ˍ', '~': '∼', '`': 'ˋ' };

/** Markers count for Slack only at the edge of a word, so `target_encoding` and `2*3` stay as they are. */
const markerAtEdge = /(?<![\p{L}\p{N}])[*_~]+|[*_~]+(?![\p{L}\p{N}])|`+/gu;

/** Also where a program sends them, these words call everybody. */
const callToAll = /@(?=(?:channel|here|everyone|group)\b)/gi;

/** The three characters that Slack wants escaped. Source: docs.slack.dev, "Formatting message text". */
export function escapeEntities(plain: string): string {
  return plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function withoutMarkers(plain: string): string {
  return plain.replace(markerAtEdge, (found) => [...found].map((char) => lookalikes[char] ?? char).join(''));
}

/** Any text made safe for mrkdwn: no markup, no links, no mentions come out of it. */
export function slackText(plain: string): string {
  const quiet = withoutMarkers(printable(plain)).replace(callToAll, `@${zeroWidthSpace}`);
  // A line that begins with an escaped `>` would still be shown as a quotation.
  return escapeEntities(quiet).replace(/^(\s*)(?=&gt;)/gm, `$1${zeroWidthSpace}`);
}

/** Slack's way of writing (mrkdwn). */
export function createSlackInk(): Ink {
  return {
    text: slackText,
    bold(markup) {
      const line = oneLine(markup);
      // Beside Japanese letters, which have no spaces between them, the marker is only read behind such a space.
      return line === '' ? '' : `${zeroWidthSpace}*${line}*${zeroWidthSpace}`;
    },
    code(plain) {
      const line = withoutBackticks(oneLine(printable(plain)));
      return line === '' ? '' : `\`${escapeEntities(line)}\``;
    },
    link(plain, url) {
      const address = webAddress(url);
      const label = oneLine(slackText(plain)).replaceAll('|', '∣');
      return address === null ? label : `<${escapeEntities(address.replaceAll('|', '%7C'))}|${label}>`;
    },
    time(at, fallback) {
      const seconds = Math.floor(at.getTime() / 1_000);
      const words = escapeEntities(oneLine(printable(fallback)))
        .replaceAll('|', '∣')
        .replaceAll('^', ' ');
      return `<!date^${seconds}^{date_short_pretty} {time}|${words}>`;
    },
    person(actor, name) {
      // A mention would notify; the name that the platform told does not.
      if (name !== null && name.trim() !== '') return slackText(`@${name.trim()}`);
      if (actor.type === 'slack') return mention(actor.userId);
      return slackText(actor.type === 'discord' ? actor.userId : nameOfActor(actor));
    },
  };
}

/** A mention of a user (U…, W…) or a user group (S…) that notifies. */
export function mention(id: string): string {
  const safe = id.replace(/[^A-Z0-9]/gi, '');
  return safe.startsWith('S') ? `<!subteam^${safe}>` : `<@${safe}>`;
}
