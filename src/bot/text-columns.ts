/** East Asian wide and full-width characters, and most emoji, take two cells. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const combining = /\p{Mark}/u;
const barCells = 20;

/** Cells that a text takes where all letters are of one width. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const char of text) width += combining.test(char) ? 0 : wide.test(char) ? 2 : 1;
  return width;
}

/** Rows as columns of equal width, two spaces apart; the last column is left as it is where it stands left. */
export function alignColumns(
  rows: readonly (readonly string[])[],
  { indent = '', align = [] }: { indent?: string; align?: readonly ('left' | 'right')[] } = {},
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, displayWidth(cell));
    }
  }
  return rows.map((row) => {
    const cells = row.map((cell, index) => {
      const room = ' '.repeat(Math.max(0, (widths[index] ?? 0) - displayWidth(cell)));
      return align[index] === 'right' ? `${room}${cell}` : `${cell}${room}`;
    });
    return `${indent}${cells.join('  ')}`.trimEnd();
  });
}

/** `████████████░░░░░░░░`, rounded down: never full before everything is there. */
export function drawBar(share: number): string {
  const part = Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0;
  const filled = Math.floor(part * barCells);
  return '█'.repeat(filled) + '░'.repeat(barCells - filled);
}

type Bar = { label: string; share: number | null; text: string };

/** Bars below each other, their labels aligned; numbers alone where there is nothing to draw. */
export function barLines(bars: readonly Bar[], indent = ''): string[] {
  const rows = bars.map(({ label, share, text }) => [
    label,
    share === null ? text : `${drawBar(share)}  ${text}`,
  ]);
  return alignColumns(rows, { indent });
}
