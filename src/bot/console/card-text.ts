import type { Card, CardAction, CardTable } from '../card.ts';
import { sparkline } from '../charts/sparkline.ts';
import { alignColumns, barLines, displayWidth } from '../text-columns.ts';
import { typedAction } from './typed-action.ts';

const indent = '  ';
const lineWidth = 100;

/** A card as text, for consoles and for everybody who reads no pictures; its markup must be the plain ink's. */
export function cardText(card: Card): string {
  return [
    card.title,
    ...card.body,
    ...alignColumns(
      card.facts.map(({ label, value }) => [label, value]),
      { indent },
    ),
    ...barLines(card.bars, indent),
    ...itemLines(card),
    ...tableLines(card.table),
    ...(card.pre === null ? [] : [card.pre]),
    ...card.images.map(({ chart, alt }) => `${indent}${sparkline(chart)}  ${alt}`),
    ...actionLines(card.actions),
    ...(card.footer === null ? [] : [card.footer]),
  ].join('\n');
}

function itemLines({ items }: Card): string[] {
  return items.flatMap(({ markup, action }) => {
    const [command] = action === null ? [] : commandsOf(action);
    const isSaid = command === undefined || markup.includes(command);
    return [`${indent}${markup}${isSaid ? '' : `  → ${command}`}`];
  });
}

function tableLines(table: CardTable | null): string[] {
  if (table === null) return [];
  return [table.caption, ...alignColumns([table.header, ...table.rows], { indent, align: table.align })];
}

/** What can be typed instead of pressed, in as few lines as fit. */
function actionLines(actions: readonly CardAction[]): string[] {
  const parts = [...new Set(actions.flatMap(commandsOf))];
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const longer = `${last} · ${part}`;
    if (last === undefined || displayWidth(longer) > lineWidth) lines.push(`→ ${part}`);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

function commandsOf(action: CardAction): string[] {
  switch (action.kind) {
    case 'link':
      return [`${action.label}: ${action.url}`];
    case 'button': {
      const command = typedAction(action.action, action.label);
      return command === null ? [] : [command];
    }
    case 'menu':
      return action.options.flatMap(({ action: text, label }) => typedAction(text, label) ?? []);
  }
}
