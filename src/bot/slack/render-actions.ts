import type {
  ActionsBlock,
  Button,
  ConfirmationDialog,
  Overflow,
  PlainTextElement,
  PlainTextOption,
  StaticSelect,
} from '@slack/types';
import { decodeAction } from '../action.ts';
import type { CardAction, Confirm } from '../card.ts';
import { printable } from '../inks/safe-text.ts';
import { cut, cutMiddle } from '../shorten.ts';
import { limits } from './limits.ts';

/** Something to press, as a block's accessory or in a row. */
export type ActionElement = Button | Overflow | StaticSelect;

/** Every element of ours begins with it; what follows says what it does and keeps it unique in its message. */
const actionIdPrefix = 'k1.';

export function plainText(text: string, max: number): PlainTextElement {
  const shown = cut(
    printable(text)
      .replace(/\s*\n\s*/g, ' ')
      .trim(),
    max,
  );
  return { type: 'plain_text', text: shown === '' ? '–' : shown, emoji: true };
}

/** Makes elements of one message, each with an id of its own. */
export function createActionElements() {
  let made = 0;
  const idFor = (name: string): string => {
    made += 1;
    return `${actionIdPrefix}${name}.${made}`;
  };
  const button = (action: Extract<CardAction, { kind: 'button' }>): Button => ({
    type: 'button',
    action_id: idFor(nameOf(action.action)),
    text: plainText(action.label, limits.button),
    value: action.action.slice(0, limits.buttonValue),
    ...(action.style === 'plain' ? {} : { style: action.style }),
    ...(action.confirm === null ? {} : { confirm: confirmOf(action.confirm, action.style === 'danger') }),
    ...hintOf(action.hint),
  });

  const elementsOf = (action: CardAction): ActionElement[] => {
    switch (action.kind) {
      case 'button':
        return [button(action)];
      case 'link':
        return action.url.length > limits.url || !/^https?:\/\//.test(action.url)
          ? []
          : [
              {
                type: 'button',
                action_id: idFor('link'),
                text: plainText(action.label, limits.button),
                url: action.url,
              },
            ];
      case 'menu':
        return menuElements(action, idFor, button);
    }
  };
  return { elementsOf };
}

function menuElements(
  menu: Extract<CardAction, { kind: 'menu' }>,
  idFor: (name: string) => string,
  button: (action: Extract<CardAction, { kind: 'button' }>) => Button,
): ActionElement[] {
  // An entry's value is shorter than a button's; what does not fit there becomes a button.
  const fitting = menu.options
    .filter(({ action }) => action.length <= limits.optionValue)
    .slice(0, limits.options);
  const others = menu.options
    .filter(({ action }) => action.length > limits.optionValue)
    .map(({ action, label }) =>
      button({ kind: 'button', action, label, style: 'plain', confirm: null, hint: null }),
    );
  const options = fitting.map(({ action, label }) => option(label, action));
  if (options.length === 0) return others;
  if (options.length <= limits.overflow && !isOneChoice(fitting)) {
    return [...others, { type: 'overflow', action_id: idFor('menu'), options }];
  }
  return [
    ...others,
    {
      type: 'static_select',
      action_id: idFor('menu'),
      placeholder: plainText(menu.placeholder, limits.placeholder),
      options,
    },
  ];
}

/** The same for one of many says by its placeholder what it is; different things hide behind three dots. */
function isOneChoice(options: readonly { action: string }[]): boolean {
  return options.length > 1 && new Set(options.map(({ action }) => nameOf(action))).size === 1;
}

export function option(label: string, value: string, description?: string | null): PlainTextOption {
  return {
    text: { ...plainText(cutMiddle(label, limits.optionText), limits.optionText) },
    value,
    ...(description === undefined || description === null || description === ''
      ? {}
      : { description: plainText(description, limits.optionText) }),
  };
}

/** Rows of at most five: more are not seen at once on a phone. */
export function actionRows(elements: readonly ActionElement[]): ActionsBlock[] {
  const rows: ActionsBlock[] = [];
  for (let from = 0; from < elements.length; from += limits.actionsPerRow) {
    rows.push({ type: 'actions', elements: elements.slice(from, from + limits.actionsPerRow) });
  }
  return rows;
}

function hintOf(hint: string | null): { accessibility_label?: string } {
  const words = printable(hint ?? '').trim();
  return words === '' ? {} : { accessibility_label: cut(words, limits.accessibilityLabel) };
}

function confirmOf(confirm: Confirm, isDangerous: boolean): ConfirmationDialog {
  return {
    title: plainText(confirm.title, limits.confirmTitle),
    text: plainText(confirm.text, limits.confirmText),
    confirm: plainText(confirm.yes, limits.confirmButton),
    deny: plainText(confirm.no, limits.confirmButton),
    ...(isDangerous ? { style: 'danger' as const } : {}),
  };
}

function nameOf(action: string): string {
  return decodeAction(action)?.name ?? 'other';
}
