import type { Actor } from '../../domain/actor.ts';
import { shorten } from '../shorten.ts';
import type { CardOptions } from './card-options.ts';

const longestName = 60;

/** Markup: who it was, as a mention where they are of this platform, else by name. */
export function who(
  { voice, platform }: Pick<CardOptions, 'voice' | 'platform'>,
  actor: Actor,
  name: string | null = null,
): string {
  const { ink } = voice;
  const known = name === null ? null : shorten(name, longestName);
  return actor.type === platform ? ink.person(actor, known) : ink.text(namePlain({ voice }, actor, known));
}

/** Plain: who it was, by name as far as it is known. */
export function namePlain(
  { voice: { plain } }: Pick<CardOptions, 'voice'>,
  actor: Actor,
  name: string | null = null,
): string {
  if (name !== null) return shorten(name, longestName);
  switch (actor.type) {
    case 'slack':
    case 'discord':
      return plain('common:who.someone', { platform: plain(`common:platform.${actor.type}`) });
    case 'console':
    case 'command':
      return shorten(actor.user, longestName);
    case 'job':
      return plain('common:who.agent');
    case 'schedule':
      return plain('common:who.schedule');
    case 'default':
      return plain('common:who.default');
  }
}
