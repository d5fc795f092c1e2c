import { wholeEnd } from '../shorten.ts';

/**
 * What Slack takes, in UTF-16 units as it counts them.
 * Source: docs.slack.dev, "Blocks" and "Block elements"; for the payload bolt-js issue 2509 (about 13,200, undocumented).
 */
export const limits = {
  blocksPerMessage: 50,
  /** A Home tab or a modal may have 100; more than this nobody reads. */
  blocksPerView: 60,
  payload: 10_000,
  text: 3_500,
  section: 3_000,
  fields: 10,
  field: 2_000,
  header: 150,
  contextText: 2_000,
  actionsPerRow: 5,
  button: 75,
  buttonValue: 2_000,
  accessibilityLabel: 75,
  url: 3_000,
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
  optionText: 75,
  optionValue: 75,
  options: 100,
  overflow: 5,
  placeholder: 150,
  tableRows: 100,
  tableColumns: 20,
  altText: 2_000,
  viewTitle: 24,
  label: 2_000,
  inputMaxLength: 3_000,
} as const;

/** Markup cut to `max`, never inside a link, a mention or an entity. */
export function cutMarkup(markup: string, max: number): string {
  if (markup.length <= max) return markup;
  let kept = wholeEnd(markup.slice(0, Math.max(0, max - 1)));
  const opened = kept.lastIndexOf('<');
  if (opened > kept.lastIndexOf('>')) kept = kept.slice(0, opened);
  kept = kept.replace(/&[a-z]{0,4}$/, '');
  const space = Math.max(kept.lastIndexOf(' '), kept.lastIndexOf('\n'));
  if (space > kept.length * 0.8) kept = kept.slice(0, space);
  // A marker that is open would show as itself; one more closes a code span.
  if ((kept.match(/`/g) ?? []).length % 2 === 1) kept = kept.slice(0, kept.lastIndexOf('`'));
  return `${kept.trimEnd()}…`;
}
