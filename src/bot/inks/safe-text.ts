export const zeroWidthSpace = '\u200b';

/** Control characters, which a terminal would obey, and what turns the direction of text around. */
const unprintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text for a place without any markup, such as a header, a button or a code block. */
export function printable(plain: string): string {
  return plain.replace(unprintable, '');
}

export function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}

/** What stands in a code span or block cannot end it. */
export function withoutBackticks(text: string): string {
  return text.replaceAll('`', 'ˋ');
}

/** An address as the web writes it. @returns null for what is no web address */
export function webAddress(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, href } = new URL(url);
  return protocol === 'https:' || protocol === 'http:' ? href : null;
}
