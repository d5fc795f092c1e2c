/** Slack's markup as a tree; nothing of it is ever HTML. */
export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'bold' | 'italic' | 'strike'; children: readonly Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'link'; url: string; label: string }
  | { kind: 'user' | 'channel' | 'group'; id: string; label: string | null }
  | { kind: 'broadcast'; range: string }
  | { kind: 'date'; seconds: number; format: string; url: string | null; fallback: string };

export type Paragraph =
  | { kind: 'text' | 'quote'; children: readonly Inline[] }
  | { kind: 'pre'; text: string };

/** Source: docs.slack.dev, "Formatting message text". */
export function parseMrkdwn(source: string): Paragraph[] {
  // Fences stand at odd places of the split; an unclosed one is text.
  const parts = source.split('```');
  const isClosed = parts.length % 2 === 1;
  return parts.flatMap((part, index): Paragraph[] => {
    if (index % 2 === 0) return part === '' ? [] : linesOf(trimBreaks(part, index, parts.length));
    if (index === parts.length - 1 && !isClosed) return linesOf(`\`\`\`${part}`);
    return [{ kind: 'pre', text: unescapeText(part.replace(/^\n|\n$/g, '')) }];
  });
}

/** The line breaks around a fence belong to the fence. */
function trimBreaks(part: string, index: number, count: number): string {
  const start = index === 0 ? part : part.replace(/^\n/, '');
  return index === count - 1 ? start : start.replace(/\n$/, '');
}

const quoteMark = /^(?:&gt;|>) ?/;

function linesOf(text: string): Paragraph[] {
  const paragraphs: { isQuote: boolean; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    const isQuote = quoteMark.test(line);
    const last = paragraphs.at(-1);
    const content = isQuote ? line.replace(quoteMark, '') : line;
    if (last?.isQuote === isQuote) last.lines.push(content);
    else paragraphs.push({ isQuote, lines: [content] });
  }
  return paragraphs.map(({ isQuote, lines }) => ({
    kind: isQuote ? 'quote' : 'text',
    children: parseInline(lines.join('\n')),
  }));
}

const styles = { '*': 'bold', _: 'italic', '~': 'strike' } as const;

function isMark(char: string): char is keyof typeof styles {
  return char in styles;
}

export function parseInline(source: string): Inline[] {
  const found: Inline[] = [];
  let plain = '';
  const flush = (): void => {
    if (plain !== '') found.push({ kind: 'text', text: unescapeText(plain) });
    plain = '';
  };
  let at = 0;
  while (at < source.length) {
    const span = spanAt(source, at);
    if (span === null) {
      plain += source[at];
      at += 1;
      continue;
    }
    flush();
    found.push(span.node);
    at = span.end;
  }
  flush();
  return found;
}

type Span = { node: Inline; end: number };

function spanAt(source: string, at: number): Span | null {
  const char = source[at] ?? '';
  if (char === '<') return entityAt(source, at);
  if (char === '`') return codeAt(source, at);
  return isMark(char) ? styledAt(source, at, char) : null;
}

function codeAt(source: string, at: number): Span | null {
  const end = source.indexOf('`', at + 1);
  const text = source.slice(at + 1, end);
  if (end <= at + 1 || text.includes('\n')) return null;
  return { node: { kind: 'code', text: unescapeText(text) }, end: end + 1 };
}

/** A mark counts at the edge of words only, so that `snake_case` and `2*3*4` stay as they are. */
function styledAt(source: string, at: number, mark: keyof typeof styles): Span | null {
  if (/[\p{L}\p{N}]/u.test(source[at - 1] ?? ' ') || /\s/.test(source[at + 1] ?? ' ')) return null;
  for (let end = source.indexOf(mark, at + 2); end !== -1; end = source.indexOf(mark, end + 1)) {
    const inner = source.slice(at + 1, end);
    if (inner.includes('\n')) return null;
    const isEdge = !/\s/.test(source[end - 1] ?? ' ') && !/[\p{L}\p{N}]/u.test(source[end + 1] ?? ' ');
    if (isEdge && isBalanced(inner)) {
      return { node: { kind: styles[mark], children: parseInline(inner) }, end: end + 1 };
    }
  }
  return null;
}

/** A mark inside code or a link closes nothing. */
function isBalanced(inner: string): boolean {
  const count = (char: string): number => inner.split(char).length - 1;
  return count('`') % 2 === 0 && count('<') === count('>');
}

function entityAt(source: string, at: number): Span | null {
  const end = source.indexOf('>', at);
  if (end === -1) return null;
  const node = entity(source.slice(at + 1, end));
  return node === null ? null : { node, end: end + 1 };
}

function entity(inside: string): Inline | null {
  const bar = inside.indexOf('|');
  const target = bar === -1 ? inside : inside.slice(0, bar);
  const label = bar === -1 ? null : unescapeText(inside.slice(bar + 1));
  if (/^@[UW]\w+$/.test(target)) return { kind: 'user', id: target.slice(1), label };
  if (/^#C\w+$/.test(target)) return { kind: 'channel', id: target.slice(1), label };
  if (/^!subteam\^\w+$/.test(target)) return { kind: 'group', id: target.slice(9), label };
  if (/^!(here|channel|everyone)$/.test(target)) return { kind: 'broadcast', range: target.slice(1) };
  if (target.startsWith('!date^')) return dateOf(target, label);
  const url = safeUrl(unescapeText(target));
  return url === null ? null : { kind: 'link', url, label: label ?? unescapeText(target) };
}

function dateOf(target: string, fallback: string | null): Inline | null {
  const [, seconds, format, url] = target.split('^');
  if (seconds === undefined || format === undefined || !/^\d+$/.test(seconds)) return null;
  return {
    kind: 'date',
    seconds: Number(seconds),
    format: unescapeText(format),
    url: url === undefined ? null : safeUrl(unescapeText(url)),
    fallback: fallback ?? format,
  };
}

/** @returns null for everything that is not an address of the web or of mail */
export function safeUrl(text: string): string | null {
  if (!/^(https?:\/\/|mailto:)/i.test(text) || !URL.canParse(text)) return null;
  return new URL(text).href;
}

function unescapeText(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
