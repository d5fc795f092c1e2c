/** What Slack leaves alone between `<` and `>`: mentions, dates, special words and links. */
const control =
  /<(?:@[UW][A-Z0-9]+(?:\|[^<>]*)?|#C[A-Z0-9]+(?:\|[^<>]*)?|!(?:here|channel|everyone)(?:\|[^<>]*)?|!subteam\^S[A-Z0-9]+(?:\|[^<>]*)?|!date\^[^<>]+|(?:https?|mailto|tel|slack):[^<>\s][^<>]*)>/g;

/** A message's text as Slack keeps it: `&`, `<` and `>` are escaped wherever they are no control sequence. */
export function storedText(text: string): string {
  let result = '';
  let position = 0;
  for (const match of text.matchAll(control)) {
    result += escapeText(text.slice(position, match.index)) + match[0];
    position = match.index + match[0].length;
  }
  return result + escapeText(text.slice(position));
}

function escapeText(text: string): string {
  return text
    .replaceAll(/&(?!(?:amp|lt|gt);)/g, '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** Names that may be written with an `@` or `#`, and what the client makes of them. */
export type Mentionable = { name: string; tag: string };

/**
 * What a person typed, as Slack's client sends it: escaped, with `@name` and `#name` turned into tags. A tag that was
 * picked from the client's list (`<@U…>`) stays.
 */
export function typedText(text: string, mentionables: readonly Mentionable[]): string {
  const longestFirst = mentionables.toSorted((a, b) => b.name.length - a.name.length);
  let result = storedText(text);
  for (const { name, tag } of longestFirst) {
    const written = new RegExp(`(^|[\\s(,;:])${escapePattern(name)}(?![\\w-])`, 'giu');
    result = result.replaceAll(written, (_whole, before: string) => `${before}${tag}`);
  }
  return result;
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
