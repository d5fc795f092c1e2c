import type { Card, CardTable } from '../card.ts';
import { printable, withoutBackticks } from '../inks/safe-text.ts';
import { cut } from '../shorten.ts';
import { alignColumns, barLines, displayWidth } from '../text-columns.ts';
import { discordText } from './ink.ts';

const longestCell = 40;
/** Wider ones wrap on a phone, and nobody can read them. */
const widestTable = 60;
/** Plain text as a code block, which nothing inside can end. */
export function codeBlock(plain: string): string {
  return `\`\`\`\n${withoutBackticks(printable(plain))}\n\`\`\``;
}

/** What a code block adds to its text. */
export const codeBlockLength = codeBlock('').length;

/** Bars below each other, as plain text. */
export function plainBars(bars: Card['bars']): string {
  return barLines(
    bars.map(({ label, share, text }) => ({ label: line(label), share, text: line(text) })),
  ).join('\n');
}

/**
 * A table as markup: columns in a code block, or a line for each row where these would be too wide for a phone.
 * As many rows as fit into `most`; empty where none does.
 */
export function tableMarkup(table: CardTable, most: number): string {
  const all = [table.header, ...table.rows].map((row) => row.map((text) => cut(line(text), longestCell)));
  const lines = alignColumns(all, { align: table.align });
  const isWide = lines.some((text) => displayWidth(text) > widestTable);
  if (isWide)
    return firstLines(
      table.rows.map((row) => rowInWords(row, table.header)),
      most,
    );
  const columns = firstLines(lines, most - codeBlockLength);
  // A header alone says nothing.
  return columns.includes('\n') ? codeBlock(columns) : '';
}

/** `**titanic** · Best 0.79186 · Standing top 9 %`; what is empty is left out. */
function rowInWords([name = '', ...others]: readonly string[], [, ...header]: readonly string[]): string {
  const values = others.flatMap((text, index) => {
    const value = cut(line(text), longestCell);
    return value === '' || value === '–' ? [] : [discordText(`${line(header[index] ?? '')} ${value}`.trim())];
  });
  return [`**${discordText(cut(line(name), longestCell)) || '–'}**`, ...values].join(' · ');
}

function firstLines(lines: readonly string[], most: number): string {
  const kept: string[] = [];
  let length = 0;
  for (const one of lines) {
    length += one.length + 1;
    if (length > most) break;
    kept.push(one);
  }
  if (kept.length === lines.length) return kept.join('\n');
  return kept.length < 2 ? '' : [...kept.slice(0, -1), '…'].join('\n');
}

function line(text: string): string {
  return printable(text).replace(/\s+/g, ' ').trim();
}
