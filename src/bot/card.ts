import type { Chart } from '../domain/chart.ts';

/** How a card looks at first sight; always beside a word that says the same. */
export type Tone = 'idle' | 'running' | 'attention' | 'good' | 'bad';

export type ButtonStyle = 'plain' | 'primary' | 'danger';

/** Asked before a press counts. Plain text. */
export type Confirm = { title: string; text: string; yes: string; no: string };

/** What a person can press. Labels are plain text; `action` is an encoded action (action.ts). */
export type CardAction =
  | {
      kind: 'button';
      action: string;
      label: string;
      style: ButtonStyle;
      confirm: Confirm | null;
      /** For screen readers where the label alone is not enough; at most 75 characters. */
      hint: string | null;
    }
  | { kind: 'link'; label: string; url: string }
  | { kind: 'menu'; placeholder: string; options: readonly { action: string; label: string }[] };

export type CardTable = {
  /** Plain text. */
  caption: string;
  /** Plain text, the first column is the row's name. */
  header: readonly string[];
  rows: readonly (readonly string[])[];
  /** By column. */
  align: readonly ('left' | 'right')[];
};

/** A row of a list with a button of its own. */
export type CardItem = { markup: string; action: CardAction | null };

/**
 * A message in a person's language and a platform's markup, but not yet in the platform's own form: what is
 * called markup went through the platform's ink (ink.ts), everything else is plain text. A renderer for each
 * platform (Block Kit, Discord components, console text) makes messages of it and keeps the platform's limits.
 */
export type Card = {
  /** Plain text, at most 150 characters. */
  title: string;
  /** Plain text that says it all, at most 150 characters: notification, screen reader. */
  summary: string;
  tone: Tone;
  /** Paragraphs of markup. */
  body: readonly string[];
  /** Plain label, markup value. */
  facts: readonly { label: string; value: string }[];
  /** Shown as bars, or as numbers alone where people prefer that; `text` is plain and says the number. */
  bars: readonly { label: string; share: number | null; text: string }[];
  items: readonly CardItem[];
  table: CardTable | null;
  /** Log lines; plain text in the platform's code block, from the end where there is too much. */
  pre: string | null;
  /** A file beside the message, for what is too long for it. */
  file: { name: string; text: string } | null;
  /** Pictures with the words that stand for them. */
  images: readonly { chart: Chart; alt: string }[];
  actions: readonly CardAction[];
  /** Markup. */
  footer: string | null;
};

/** A card with nothing but what is given. */
export function aCard(card: Pick<Card, 'title' | 'summary'> & Partial<Card>): Card {
  return {
    tone: 'idle',
    body: [],
    facts: [],
    bars: [],
    items: [],
    table: null,
    pre: null,
    file: null,
    images: [],
    actions: [],
    footer: null,
    ...card,
  };
}
