import {
  type APIActionRowComponent,
  type APIButtonComponent,
  type APIComponentInMessageActionRow,
  ButtonStyle,
  ComponentType,
} from 'discord.js';
import type { CardAction } from '../card.ts';
import { printable } from '../inks/safe-text.ts';
import { cut } from '../shorten.ts';
import { customIdOf } from './custom-id.ts';
import { limits } from './limits.ts';

export type Row = APIActionRowComponent<APIComponentInMessageActionRow>;

const styles = {
  plain: ButtonStyle.Secondary,
  primary: ButtonStyle.Success,
  danger: ButtonStyle.Danger,
} as const;

/** Makes components of actions, each custom id once in the message. */
export function createActionRenderer() {
  const taken = new Set<string>();
  const unique = (make: (index: number) => string | null): string | null => {
    for (let index = 0; ; index += 1) {
      const id = make(index);
      if (id === null) return null;
      if (taken.has(id)) continue;
      taken.add(id);
      return id;
    }
  };

  /** @returns null for a menu, and for what cannot be written into a button */
  const button = (action: CardAction): APIButtonComponent | null => {
    const label = cut(printable(action.kind === 'menu' ? '' : action.label).trim(), limits.button);
    if (action.kind === 'menu' || label === '') return null;
    if (action.kind === 'link') {
      const isAddress = /^https?:\/\//.test(action.url) && action.url.length <= limits.url;
      if (!isAddress || !URL.canParse(action.url)) return null;
      return { type: ComponentType.Button, style: ButtonStyle.Link, label, url: action.url };
    }
    const kind = action.confirm === null ? 'action' : 'ask';
    const custom_id = unique((index) => customIdOf({ kind, action: action.action }, index));
    if (custom_id === null) return null;
    return { type: ComponentType.Button, style: styles[action.style], label, custom_id };
  };

  const menu = (action: CardAction): Row | null => {
    if (action.kind !== 'menu') return null;
    const values = new Set<string>();
    const options = action.options
      .filter(({ action: value }) => {
        const isNew = value !== '' && value.length <= limits.optionText && !values.has(value);
        values.add(value);
        return isNew;
      })
      .slice(0, limits.options)
      .map(({ action: value, label }) => ({
        value,
        label: cut(printable(label), limits.optionText) || '–',
      }));
    const custom_id = unique((index) => customIdOf({ kind: 'menu' }, index));
    if (options.length === 0 || custom_id === null) return null;
    const placeholder = cut(printable(action.placeholder), limits.placeholder);
    return {
      type: ComponentType.ActionRow,
      components: [{ type: ComponentType.StringSelect, custom_id, placeholder, options }],
    };
  };

  return {
    button,
    /** Rows in the order of the actions: buttons by five, each menu in a row of its own. */
    rows(actions: readonly CardAction[]): Row[] {
      const buttons = actions.flatMap((action) => button(action) ?? []);
      const rows: Row[] = [];
      for (let at = 0; at < buttons.length; at += limits.buttonsPerRow) {
        const components = buttons.slice(at, at + limits.buttonsPerRow);
        rows.push({ type: ComponentType.ActionRow, components });
      }
      return [...rows, ...actions.flatMap((action) => menu(action) ?? [])];
    },
  };
}

/** A row and what is in it. */
export function componentsOf(rows: readonly Row[]): number {
  return rows.reduce((sum, { components }) => sum + 1 + components.length, 0);
}
