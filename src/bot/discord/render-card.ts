import {
  type APIComponentInContainer,
  type APIMessageTopLevelComponent,
  ComponentType,
  MessageFlags,
} from 'discord.js';
import type { Card, CardItem, Tone } from '../card.ts';
import { printable } from '../inks/safe-text.ts';
import { cut, tail } from '../shorten.ts';
import { codeBlock, codeBlockLength, plainBars, tableMarkup } from './columns.ts';
import { discordText } from './ink.ts';
import { cutMarkup, limits } from './limits.ts';
import { componentsOf, createActionRenderer } from './render-actions.ts';

/** Colours that colour-blind people can tell apart; always beside a word that says the same. */
const accents: Readonly<Record<Tone, number>> = {
  idle: 0x8a8f98,
  running: 0x0072b2,
  attention: 0xe69f00,
  good: 0x009e73,
  bad: 0xd55e00,
};

/** Two numbers by which a message is found again, as ids of its components. */
export type Marker = { container: number; head: number };

export type RenderOptions = {
  /** Names of attached pictures in the card's order; null where one could not be drawn. */
  pictures: readonly (string | null)[];
  marker: Marker | null;
  /** Markup in front of the card: whom it calls. */
  mention: string | null;
};

export type RenderedCard = { components: APIMessageTopLevelComponent[]; flags: MessageFlags };

/** The name under which a card's file is attached. */
export function fileName(name: string): string {
  return (
    printable(name)
      .replace(/[^\w.-]+/g, '-')
      .slice(-limits.filename) || 'file.txt'
  );
}

/** A card as a message of components, cut where Discord takes no more. */
export function renderDiscordCard(card: Card, options: RenderOptions): RenderedCard {
  const { marker, mention } = options;
  const head = headOf(card, marker !== null);
  const footer = card.footer === null ? null : `-# ${cutMarkup(card.footer.replace(/\s*\n\s*/g, ' '), 400)}`;
  const actions = createActionRenderer();
  const rows = actions.rows(card.actions);
  const media = mediaOf(card, options);
  let textLeft = limits.text - head.length - (footer?.length ?? 0) - (mention?.length ?? 0);
  const take = (text: string) => {
    textLeft -= text.length;
    return text;
  };
  // Container, head, footer with its line, the mention and five more texts, whether they are there or not.
  const partsLeft = limits.components - 10 - componentsOf(rows) - media.length;
  const facts = take(factLines(card, Math.min(textLeft, 1_200)));
  const bars = take(barsOf(card, Math.min(textLeft, 1_000)));
  const body = take(paragraphs(card.body, textLeft));
  const items = itemParts(card.items, actions, { most: partsLeft, textLeft });
  take(items.text);
  const table = take(tableOf(card, textLeft));
  const pre = take(preOf(card, textLeft));
  const texts = (parts: readonly string[]) => parts.filter((part) => part !== '').map((part) => text(part));
  const components: APIComponentInContainer[] = [
    text(head, marker?.head),
    ...texts([body, facts, bars]),
    ...items.components,
    ...texts([table, pre]),
    ...media,
    ...rows,
    ...(footer === null ? [] : [{ type: ComponentType.Separator as const, divider: true }, text(footer)]),
  ];
  return {
    flags: MessageFlags.IsComponentsV2,
    components: [
      ...(mention === null ? [] : [text(mention)]),
      {
        type: ComponentType.Container,
        ...(marker === null ? {} : { id: marker.container }),
        accent_color: accents[card.tone],
        components,
      },
    ],
  };
}

/** The card's one line alone, where Discord refuses everything else. */
export function renderPlainly(card: Card, marker: Marker | null): RenderedCard {
  const line = text(cut(discordText(card.summary || card.title), 1_000), marker?.head);
  const id = marker === null ? {} : { id: marker.container };
  return {
    flags: MessageFlags.IsComponentsV2,
    components: [{ type: ComponentType.Container, ...id, components: [line] }],
  };
}

function text(content: string, id?: number) {
  return { type: ComponentType.TextDisplay as const, ...(id === undefined ? {} : { id }), content };
}

/**
 * Title, and the one line that says it all where the title alone does not: a notification shows both first. In an
 * answer, which notifies nobody, only where nothing else is said.
 */
function headOf(card: Card, notifies: boolean): string {
  const { title } = card;
  const heading = `### ${discordText(cut(oneLine(title), 150)) || '–'}`;
  const line = cut(oneLine(card.summary), 300);
  const isNeeded = line !== '' && !title.includes(line) && (notifies || isBare(card));
  return isNeeded ? `${heading}\n-# ${discordText(line)}` : heading;
}

function isBare({ body, facts, bars, items, table, pre }: Card): boolean {
  const parts = [body, facts, bars, items, table?.rows ?? []];
  return pre === null && parts.every(({ length }) => length === 0);
}

function oneLine(plain: string): string {
  return plain.replace(/\s+/g, ' ').trim();
}

function paragraphs(all: readonly string[], most: number): string {
  let joined = '';
  for (const paragraph of all.map((one) => one.trim()).filter((one) => one !== '')) {
    const room = most - joined.length - 2;
    if (room < 40) break;
    joined = joined === '' ? cutMarkup(paragraph, most) : `${joined}\n\n${cutMarkup(paragraph, room)}`;
  }
  return joined;
}

function factLines({ facts }: Card, most: number): string {
  const lines = facts.map(({ label, value }) => `**${discordText(oneLine(label))}**  ${value}`);
  return joinWithin(lines, '\n', most);
}

/** Whole parts from the front, as many as fit. */
function joinWithin(parts: readonly string[], separator: string, most: number): string {
  let joined = '';
  for (const part of parts) {
    const longer = joined === '' ? part : `${joined}${separator}${part}`;
    if (longer.length > most) return joined === '' ? cutMarkup(part, most) : joined;
    joined = longer;
  }
  return joined;
}

function barsOf({ bars }: Card, most: number): string {
  if (bars.length === 0 || most < 100) return '';
  return codeBlock(cut(plainBars(bars), most - codeBlockLength));
}

function tableOf({ table }: Card, most: number): string {
  if (table === null || table.rows.length === 0) return '';
  const caption = table.caption === '' ? '' : `**${discordText(cut(oneLine(table.caption), 150))}**\n`;
  const markup = tableMarkup(table, most - caption.length);
  return markup === '' ? '' : `${caption}${markup}`;
}

function preOf({ pre }: Card, most: number): string {
  if (pre === null || pre.trim() === '' || most < 100) return '';
  return codeBlock(tail(pre.trimEnd(), most - codeBlockLength));
}

type ItemParts = { components: APIComponentInContainer[]; text: string };

/** Items with a button beside each, as long as there is room for three components each; the rest as lines. */
function itemParts(
  items: readonly CardItem[],
  actions: ReturnType<typeof createActionRenderer>,
  { most, textLeft }: { most: number; textLeft: number },
): ItemParts {
  const parts: ItemParts = { components: [], text: '' };
  const rest: string[] = [];
  let left = most - 1;
  for (const { markup, action } of items) {
    const content = cutMarkup(markup.trim() || '–', 600);
    const hasText = parts.text.length + content.length < textLeft - 100;
    const accessory = action === null || left < 3 || !hasText ? null : actions.button(action);
    if (accessory === null || rest.length > 0) {
      rest.push(content);
      continue;
    }
    left -= 3;
    parts.text += content;
    parts.components.push({ type: ComponentType.Section, components: [text(content)], accessory });
  }
  const room = textLeft - parts.text.length;
  if (rest.length > 0 && room > 40) {
    const lines = joinWithin(rest, '\n', room);
    parts.text += lines;
    parts.components.push(text(lines));
  }
  return parts;
}

function mediaOf(card: Card, { pictures }: RenderOptions): APIComponentInContainer[] {
  const items = card.images.slice(0, limits.galleryItems).flatMap(({ alt }, index) => {
    const name = pictures[index];
    if (name === null || name === undefined) return [];
    return [{ media: { url: `attachment://${name}` }, description: cut(alt, limits.altText) }];
  });
  return [
    ...(items.length === 0 ? [] : [{ type: ComponentType.MediaGallery as const, items }]),
    ...(card.file === null
      ? []
      : [
          {
            type: ComponentType.File as const,
            file: { url: `attachment://${fileName(card.file.name)}` },
          },
        ]),
  ];
}
