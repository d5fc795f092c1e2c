import type { KnownBlock, MrkdwnElement } from '@slack/types';
import type { Card, CardItem } from '../card.ts';
import { printable, withoutBackticks } from '../inks/safe-text.ts';
import { cut, tail } from '../shorten.ts';
import { alignColumns, drawBar } from '../text-columns.ts';
import { slackText } from './ink.ts';
import { cutMarkup, limits } from './limits.ts';
import { type ActionElement, actionRows, createActionElements, plainText } from './render-actions.ts';
import { codeBlock, tableBlock, tableText } from './render-table.ts';

export type SlackContent = {
  /** Markup; what a notification and a screen reader say. */
  text: string;
  blocks: KnownBlock[];
};

export type RenderOptions = {
  /** The file of each of the card's images, in their order; null where there is none (yet). */
  files: readonly (string | null)[];
  /** A table as Slack's own block; false: as text, which every client and every place knows. */
  hasTables: boolean;
  /** False: numbers only. */
  bars: boolean;
  /** Mentions that notify, already as markup. */
  mentions: readonly string[];
};

/** How much of what can be cut is kept, until all of it fits. */
const shares = [1, 0.6, 0.35, 0.2, 0.1, 0.03] as const;
const longest = {
  items: 40,
  pre: 2_900,
  body: 6_000,
  rows: limits.tableRows - 1,
  alt: limits.altText,
} as const;

/** A card as a message inside all limits; what is too long for one is cut, never refused. */
export function renderMessage(card: Card, options: RenderOptions): SlackContent {
  const text = cutMarkup([...options.mentions, slackText(card.summary)].join(' '), limits.text);
  for (const share of shares) {
    const blocks = renderBlocks(card, options, share);
    if (blocks.length <= limits.blocksPerMessage && JSON.stringify(blocks).length <= limits.payload) {
      return { text, blocks };
    }
  }
  return { text, blocks: renderLeast(card, options) };
}

/** What is left when Slack refuses the form of a message: its words and its buttons. */
export function renderLeast(card: Card, options: Pick<RenderOptions, 'mentions'>): KnownBlock[] {
  const elements = createActionElements();
  const words = [`*${slackText(cut(card.title, limits.header))}*`, slackText(card.summary), ...card.body];
  return [
    section(cutMarkup([...options.mentions, ...words].join('\n'), 2_000)),
    ...actionRows(card.actions.slice(0, limits.actionsPerRow).flatMap(elements.elementsOf)),
  ];
}

/** The blocks of a card, with `share` (0 to 1) of what can be cut. */
export function renderBlocks(card: Card, options: RenderOptions, share = 1): KnownBlock[] {
  const elements = createActionElements();
  return [
    ...titleBlocks(card),
    ...contextOf(options.mentions.join(' ')),
    ...sectionsOf(card.body, Math.ceil(longest.body * share)),
    ...factBlocks(card, share),
    ...barBlocks(card, options.bars),
    ...tableBlocks(card, options.hasTables, Math.max(1, Math.floor(longest.rows * share))),
    ...itemBlocks(card.items, share, elements.elementsOf),
    ...preBlocks(card, Math.ceil(longest.pre * share)),
    ...imageBlocks(card, options.files),
    ...actionRows(card.actions.flatMap(elements.elementsOf)),
    ...contextOf(card.footer === null ? '' : cutMarkup(card.footer, limits.contextText)),
  ];
}

/** Where a title has no sign of its own: what needs somebody is seen at first sight. */
const symbols: Readonly<Partial<Record<Card['tone'], string>>> = { attention: '🟡 ', bad: '🔴 ' };
const startsWithSign = /^[^\p{L}\p{N}]/u;

function titleBlocks(card: Card): KnownBlock[] {
  if (card.title.trim() === '') return [];
  const symbol = startsWithSign.test(card.title) ? '' : (symbols[card.tone] ?? '');
  // A short answer is not worth a headline.
  if (!isLarge(card)) {
    return [section(`${symbol}*${slackText(cut(card.title, limits.header)).replaceAll('\n', ' ').trim()}*`)];
  }
  return [{ type: 'header', text: plainText(`${symbol}${card.title}`, limits.header) }];
}

function isLarge(card: Card): boolean {
  return (
    card.facts.length + card.bars.length + card.images.length + card.items.length > 0 || card.table !== null
  );
}

function factBlocks(card: Card, share: number): KnownBlock[] {
  const length = Math.ceil(Math.min(limits.field, 1_000) * share);
  const fields = card.facts.map(({ label, value }) =>
    mrkdwn(cutMarkup(`*${slackText(label)}*\n${value}`, Math.max(60, length))),
  );
  const blocks: KnownBlock[] = [];
  for (let from = 0; from < fields.length; from += limits.fields) {
    blocks.push({ type: 'section', fields: fields.slice(from, from + limits.fields) });
  }
  return blocks;
}

function barBlocks(card: Card, isDrawn: boolean): KnownBlock[] {
  if (card.bars.length === 0) return [];
  const lines = isDrawn
    ? drawnBars(card.bars)
    : card.bars.map(({ label, text }) => `*${slackText(label)}* ${slackText(text)}`);
  return [section(cutMarkup(lines.join('\n'), limits.section))];
}

/** In code spans, labels and bars below each other. */
function drawnBars(bars: Card['bars']): string[] {
  const lines = alignColumns(
    bars.map(({ label, share }) => [
      printable(label).replaceAll('\n', ' '),
      share === null ? '' : drawBar(share),
    ]),
  );
  return bars.map(
    ({ text }, index) => `\`${withoutBackticks(slackText(lines[index] ?? ''))}\` ${slackText(text)}`,
  );
}

function tableBlocks(card: Card, isOwn: boolean, rows: number): KnownBlock[] {
  if (card.table === null) return [];
  const caption = card.table.caption === '' ? [] : [section(`*${slackText(card.table.caption)}*`)];
  if (isOwn) return [...caption, tableBlock(card.table, rows)];
  return [...caption, section(codeBlock(cut(tableText(card.table, rows), longest.pre)))];
}

function itemBlocks(
  items: readonly CardItem[],
  share: number,
  elementsOf: ReturnType<typeof createActionElements>['elementsOf'],
): KnownBlock[] {
  const most = Math.max(3, Math.floor(longest.items * share));
  return items.slice(0, most).map(({ markup, action }) => {
    const [accessory]: ActionElement[] = action === null ? [] : elementsOf(action);
    const text = section(cutMarkup(markup, Math.max(150, Math.floor(limits.section * share * share))));
    return accessory === undefined ? text : { ...text, accessory };
  });
}

function preBlocks(card: Card, length: number): KnownBlock[] {
  return card.pre === null || card.pre.trim() === '' ? [] : [section(codeBlockOf(card.pre, length))];
}

/** From the end; entities make it longer than it was. */
function codeBlockOf(plain: string, length: number): string {
  for (let kept = length; ; kept = Math.floor(kept * 0.8)) {
    const block = codeBlock(tail(plain, kept));
    if (block.length <= limits.section || kept < 20) return block;
  }
}

function imageBlocks(card: Card, files: RenderOptions['files']): KnownBlock[] {
  return card.images.flatMap(({ alt }, index): KnownBlock[] => {
    const file = files[index];
    // Without the picture its words say the same.
    if (file === undefined || file === null) return contextOf(slackText(cut(alt, 500)));
    return [{ type: 'image', slack_file: { id: file }, alt_text: cut(alt, longest.alt) || '–' }];
  });
}

/** Paragraphs together, in as few sections as hold them. */
function sectionsOf(paragraphs: readonly string[], length: number): KnownBlock[] {
  const blocks: string[] = [];
  let left = length;
  for (const paragraph of paragraphs) {
    if (paragraph.trim() === '') continue;
    if (left < 40) break;
    const piece = cutMarkup(paragraph, Math.min(left, limits.section));
    left -= piece.length;
    const last = blocks.at(-1);
    if (last !== undefined && last.length + 1 + piece.length <= limits.section) {
      blocks[blocks.length - 1] = `${last}\n${piece}`;
    } else {
      blocks.push(piece);
    }
  }
  return blocks.map(section);
}

function contextOf(markup: string): KnownBlock[] {
  return markup.trim() === '' ? [] : [{ type: 'context', elements: [mrkdwn(markup)] }];
}

function section(markup: string) {
  return { type: 'section' as const, text: mrkdwn(markup === '' ? '–' : markup) };
}

/** Slack must not look for links and names in it by itself. */
function mrkdwn(text: string): MrkdwnElement {
  return { type: 'mrkdwn', text, verbatim: true };
}
