import { limits } from './limits.ts';

/**
 * What a component says when it is used. An action of ours holds none of the marks that stand around it here:
 * Discord wants each custom id once in a message, and knows no question before a press.
 */
export type Pressed =
  | { kind: 'action'; action: string }
  /** Asks before it does. */
  | { kind: 'ask'; action: string }
  /** The answer no. */
  | { kind: 'dismiss' }
  /** Opens a form that is kept here. */
  | { kind: 'form'; key: string }
  /** Opens a form that is kept here with this competition in it. */
  | { kind: 'pick'; key: string; slug: string }
  /** A menu: the chosen value is the action. */
  | { kind: 'menu' };

const askMark = '!';
const serial = /~\d+$/;
/** The longest of marks and numbers around an action. */
const aroundAction = 4;

/** @returns null where the action is too long to be written into a component */
export function customIdOf(pressed: Pressed, index = 0): string | null {
  const suffix = index === 0 ? '' : `~${index}`;
  switch (pressed.kind) {
    case 'action':
    case 'ask': {
      if (pressed.action.length > limits.customId - aroundAction) return null;
      return `${pressed.kind === 'ask' ? askMark : ''}${pressed.action}${suffix}`;
    }
    case 'dismiss':
      return `~no${suffix}`;
    case 'menu':
      return `~menu${suffix}`;
    case 'form':
      return `~form:${pressed.key}${suffix}`;
    case 'pick': {
      const text = `~pick:${pressed.key}:${pressed.slug}`;
      return text.length > limits.optionText ? null : text;
    }
  }
}

export function readCustomId(text: string): Pressed {
  const bare = text.replace(serial, '');
  if (bare === '~no') return { kind: 'dismiss' };
  if (bare === '~menu') return { kind: 'menu' };
  const [, key, slug] = /^~(?:form|pick):([\w-]+)(?::(.+))?$/.exec(bare) ?? [];
  if (key !== undefined) return slug === undefined ? { kind: 'form', key } : { kind: 'pick', key, slug };
  return bare.startsWith(askMark)
    ? { kind: 'ask', action: bare.slice(askMark.length) }
    : { kind: 'action', action: bare };
}
