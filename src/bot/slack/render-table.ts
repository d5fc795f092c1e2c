import type { KnownBlock } from '@slack/types';
import type { CardTable } from '../card.ts';
import { printable, withoutBackticks } from '../inks/safe-text.ts';
import { cut } from '../shorten.ts';
import { alignColumns } from '../text-columns.ts';
import { escapeEntities } from './ink.ts';
import { limits } from './limits.ts';

const longestCell = 200;

/** Slack's own table, which screen readers can walk through. */
export function tableBlock(table: CardTable, rows: number): KnownBlock {
  const columns = Math.min(limits.tableColumns, table.header.length);
  const cells = [table.header, ...table.rows.slice(0, Math.min(rows, limits.tableRows - 1))];
  return {
    type: 'table',
    column_settings: Array.from({ length: columns }, (_, column) => ({
      align: table.align[column] ?? 'left',
      is_wrapped: column === 0,
    })),
    rows: cells.map((row) =>
      Array.from({ length: columns }, (_, column) => ({
        type: 'raw_text' as const,
        text: cell(row[column]),
      })),
    ),
  };
}

/** The same in columns of a fixed width, for where Slack's own is not known. */
export function tableText(table: CardTable, rows: number): string {
  const cells = [table.header, ...table.rows.slice(0, rows)].map((row) => row.map((text) => cell(text)));
  return alignColumns(cells, { align: table.align }).join('\n');
}

/** Plain text as a code block. */
export function codeBlock(plain: string): string {
  return `\`\`\`\n${escapeEntities(withoutBackticks(printable(plain)))}\n\`\`\``;
}

function cell(text: string | undefined): string {
  const line = cut(
    printable(text ?? '')
      .replaceAll('\n', ' ')
      .trim(),
    longestCell,
  );
  return line === '' ? '–' : line;
}
