import type { Card, CardAction } from '../../../src/bot/card.ts';
import { sparkline } from '../../../src/bot/charts/sparkline.ts';

function actionText(action: CardAction): string {
  switch (action.kind) {
    case 'button':
      return `(${action.label}${action.style === 'plain' ? '' : ` !${action.style}`}${action.confirm === null ? '' : ' ?'})`;
    case 'link':
      return `(${action.label} ↗)`;
    case 'menu':
      return `(⋯ ${action.placeholder}: ${action.options.map(({ label }) => label).join(' · ')})`;
  }
}

/** A card as plain lines, so that a test shows what people see. */
export function cardText(card: Card): string {
  const lines = [
    card.title,
    ...card.body,
    ...card.facts.map(({ label, value }) => `${label}: ${value}`),
    ...card.bars.map(
      ({ label, share, text }) => `${label} ${share === null ? '' : `[${share.toFixed(2)}] `}${text}`,
    ),
    ...card.items.map(
      ({ markup, action }) => `- ${markup}${action === null ? '' : ` ${actionText(action)}`}`,
    ),
    ...(card.table === null
      ? []
      : [card.table.header, ...card.table.rows].map((row) => `| ${row.join(' | ')} |`)),
    ...card.images.map(({ chart }) => sparkline(chart)),
    ...(card.actions.length === 0 ? [] : [card.actions.map(actionText).join(' ')]),
    ...(card.footer === null ? [] : [card.footer]),
    `> ${card.summary}`,
  ];
  return lines.join('\n');
}
