import type { Ink } from '../ink.ts';
import { printable as text } from './safe-text.ts';

/** Text without any markup, for consoles. */
export function createPlainInk(): Ink {
  return {
    text,
    bold: (markup) => markup,
    code: text,
    link: (plain, url) => `${text(plain)} (${text(url)})`,
    time: (_at, fallback) => fallback,
    person(actor, name) {
      if (name !== null) return text(name);
      switch (actor.type) {
        case 'console':
        case 'command':
          return text(actor.user);
        case 'slack':
        case 'discord':
          return text(actor.userId);
        default:
          return actor.type;
      }
    },
  };
}
