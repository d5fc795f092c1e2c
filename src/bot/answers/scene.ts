import type { Person } from '../../domain/person.ts';
import type { CardOptions } from '../cards/card-options.ts';
import { who } from '../cards/who.ts';
import { shorten } from '../shorten.ts';

/** What an answer depends on beside its facts; its voice is the reader's. */
export type Scene = CardOptions & {
  /** Texts name what works there: `/kaggle status`, or `@kaggle status` in a Slack thread. */
  canSlash: boolean;
  /** Who asked. */
  person: Person;
};

/** Markup of a command as it is typed at that place: `/kaggle resume titanic`. */
export function typed({ voice, canSlash }: Pick<Scene, 'voice' | 'canSlash'>, line = ''): string {
  return voice.ink.code(typedPlain({ canSlash }, line));
}

/** As `typed`, but plain. */
function typedPlain({ canSlash }: Pick<Scene, 'canSlash'>, line = ''): string {
  return `${canSlash ? '/' : '@'}kaggle ${line}`.trimEnd();
}

/** Markup of who asked. */
export function whoAsked(scene: Pick<Scene, 'voice' | 'platform' | 'person'>): string {
  return who(scene, scene.person.actor, scene.person.name);
}

const longestHeadline = 150;

/** A title or a summary, within what every platform takes. */
export function headline(plain: string): string {
  return shorten(plain, longestHeadline);
}
