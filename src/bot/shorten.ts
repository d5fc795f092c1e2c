const ellipsis = '…';
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** On one line, at most `longest` UTF-16 units, cut between characters with an ellipsis. */
export function shorten(text: string, longest: number): string {
  return cut(text.replace(/\s+/g, ' ').trim(), longest);
}

/** As `shorten`, with its lines kept. */
export function shortenLines(text: string, longest: number): string {
  return cut(text.replace(/\n{3,}/g, '\n\n').trim(), longest);
}

/** The parts that fit into `longest`, whole ones from the front; the first is cut where it alone is too long. */
export function joinWithin(parts: readonly string[], separator: string, longest: number): string {
  const [first = '', ...others] = parts.filter((part) => part !== '');
  let text = shorten(first, longest);
  for (const part of others) {
    const longer = `${text}${separator}${part}`;
    if (longer.length > longest) break;
    text = longer;
  }
  return text;
}

/** Cut between characters, with an ellipsis; everything else stays as it is. */
export function cut(given: string, longest: number): string {
  // Halves of characters are refused by platforms.
  const text = given.toWellFormed();
  if (text.length <= longest) return text;
  let kept = '';
  for (const { segment } of graphemes.segment(text)) {
    if (kept.length + segment.length > longest - ellipsis.length) break;
    kept += segment;
  }
  return `${kept.trimEnd()}${ellipsis}`;
}

/** The middle goes, so that the beginning and the end of a long name can be told apart. */
export function cutMiddle(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const head = Math.ceil((longest - ellipsis.length) * 0.6);
  const end = text.length - (longest - ellipsis.length - head);
  return `${wholeEnd(text.slice(0, head))}${ellipsis}${wholeBeginning(text.slice(end))}`;
}

/** The end of a text, from the beginning of a line where one is near. */
export function tail(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const from = text.length - Math.max(0, longest - 2);
  const rest = text.slice(from);
  const line = rest.indexOf('\n');
  const isLine = text[from - 1] === '\n' || line < 0 || line > longest / 2;
  return `${ellipsis}\n${isLine ? wholeBeginning(rest) : rest.slice(line + 1)}`;
}

/** Half a character at the end is taken off. */
export function wholeEnd(text: string): string {
  return text.replace(/[\uD800-\uDBFF]$/, '');
}

function wholeBeginning(text: string): string {
  return text.replace(/^[\uDC00-\uDFFF]/, '');
}
