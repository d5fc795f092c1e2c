import { nameOfActor } from '../../domain/actor.ts';
import type { Ink } from '../ink.ts';
import { oneLine, printable, webAddress, withoutBackticks, zeroWidthSpace } from '../inks/safe-text.ts';

/** Any text made safe for Discord's markdown: no markup, no links, no mentions come out of it. */
export function discordText(plain: string): string {
  return (
    printable(plain)
      .replace(/[\\*_~`|<>[\]]/g, '\\$&')
      // Addresses would become links.
      .replace(/:\/\//g, ':\\/\\/')
      // Headings, small print and lists count at the beginning of a line only.
      .replace(/^(\s*)(#{1,3}|-#|[-+])(?=\s)/gm, '$1\\$2')
      .replace(/^(\s*\d+)([.)])(?=\s)/gm, '$1\\$2')
      .replace(/@(?=everyone|here)/gi, `@${zeroWidthSpace}`)
  );
}

/** Discord's way of writing (its markdown). */
export function createDiscordInk(): Ink {
  return {
    text: discordText,
    bold(markup) {
      const line = oneLine(markup);
      return line === '' ? '' : `**${line}**`;
    },
    code(plain) {
      const line = withoutBackticks(oneLine(printable(plain)));
      return line === '' ? '' : `\`${line}\``;
    },
    link(plain, url) {
      const address = webAddress(url);
      const label = oneLine(discordText(plain));
      return address === null ? label : `[${label}](<${withoutBrackets(address)}>)`;
    },
    time: (at) => `<t:${Math.floor(at.getTime() / 1_000)}:f>`,
    person(actor, name) {
      // Shown as a name and told to nobody: `allowed_mentions` of every message names only those who are to be told.
      if (actor.type === 'discord') return `<@${actor.userId.replace(/\D/g, '')}>`;
      if (name !== null && name.trim() !== '') return discordText(`@${name.trim()}`);
      return discordText(actor.type === 'slack' ? actor.userId : nameOfActor(actor));
    },
  };
}

/** A mention of a role; it notifies where the message's `allowed_mentions` says so. */
export function mentionRole(id: string): string {
  return `<@&${id.replace(/\D/g, '')}>`;
}

/** Brackets would end the link. */
function withoutBrackets(address: string): string {
  return address.replaceAll('<', '%3C').replaceAll('>', '%3E').replaceAll('(', '%28').replaceAll(')', '%29');
}
