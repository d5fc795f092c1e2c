import { wholeEnd } from '../shorten.ts';

/**
 * What Discord takes, in UTF-16 units.
 * Source: docs.discord.com, "Component Reference", "Message Resource", "Application Commands".
 */
export const limits = {
  /** All components of a message, nested ones counted. */
  components: 40,
  /** All texts of a message together. */
  text: 4_000,
  content: 2_000,
  customId: 100,
  button: 80,
  buttonsPerRow: 5,
  url: 512,
  options: 25,
  optionText: 100,
  placeholder: 150,
  altText: 1_024,
  galleryItems: 10,
  modalTitle: 45,
  modalFields: 5,
  label: 45,
  labelDescription: 100,
  inputValue: 4_000,
  choices: 25,
  choiceText: 100,
  threadName: 100,
  commandDescription: 100,
  filename: 100,
} as const;

/** Markup cut to `most`, never inside a mention, a time, a link or an escape, and with what was opened closed. */
export function cutMarkup(markup: string, most: number): string {
  if (markup.length <= most) return markup;
  // Room for the ellipsis and for what has to be closed behind it.
  let kept = wholeEnd(markup.slice(0, Math.max(0, most - 6)));
  const link = kept.lastIndexOf('[');
  if (link >= 0 && !isEscaped(kept, link) && !kept.slice(link).includes(')')) kept = kept.slice(0, link);
  const opened = kept.lastIndexOf('<');
  if (opened > kept.lastIndexOf('>') && !isEscaped(kept, opened)) kept = kept.slice(0, opened);
  if (isEscaped(`${kept}x`, kept.length)) kept = kept.slice(0, -1);
  const space = Math.max(kept.lastIndexOf(' '), kept.lastIndexOf('\n'));
  if (space > kept.length * 0.8) kept = kept.slice(0, space);
  return `${closed(kept.trimEnd())}…`;
}

/** A code span or bold text that is still open would show its marker. */
function closed(markup: string): string {
  const markers = [...markup.matchAll(/\\.|`[^`\n]*`|\*\*|`/gs)].map(([found]) => found);
  if (markers.includes('`')) return markup.slice(0, markup.lastIndexOf('`')).trimEnd();
  return markers.filter((one) => one === '**').length % 2 === 0 ? markup : `${markup}**`;
}

function isEscaped(text: string, at: number): boolean {
  const backslashes = /\\*$/.exec(text.slice(0, at))?.[0].length ?? 0;
  return backslashes % 2 === 1;
}
