import type { Person, Role } from '../domain/person.ts';
import type { Locale } from '../domain/preferences.ts';
import type { Card } from './card.ts';
import type { Form, FormAnswers } from './form.ts';
import type { Ink } from './ink.ts';

/** Where something was said or pressed. */
export type Where = {
  platform: 'slack' | 'discord' | 'console';
  channel: string;
  /** The thread that it came from; a competition's thread names the competition. */
  threadId: string | null;
  /** False where slash commands do not work (a Slack thread): help says what works instead. */
  canSlash: boolean;
  /** True in the home channel: the cards there tell what others are concerned by, so answers stay private. */
  isHome?: boolean;
  /** Who has a role here, as markup that notifies nobody; null or left out where the platform does not say. */
  whoCan?: (role: Role) => string | null;
  ink: Ink;
  /** `now` for the texts; the person's zone and language come with the person. */
  now: Date;
};

export type Reply =
  /** Private: only who asked sees it. Public: everybody in the channel. */
  | { kind: 'card'; audience: 'private' | 'public'; card: Card; locale: Locale }
  | { kind: 'form'; form: Form }
  /** Nothing is to be said: the card that was pressed changes by itself. */
  | { kind: 'silence' };

export type SubmitReply = Reply | { kind: 'errors'; fields: Readonly<Record<string, string>> };

export type Suggestion = { label: string; value: string };

/**
 * What every platform calls, once it has acknowledged. None of these throws: a failure is a reply too.
 * Whether somebody may do what they ask is decided here, and refusals are in the audit log.
 */
export type Door = {
  /** A typed line: `start titanic`, `@kaggle status` without the mention. */
  command(input: { text: string; person: Person; where: Where }): Promise<Reply>;
  /** A pressed button or a chosen menu entry; `action` is data from outside. */
  press(input: { action: string; person: Person; where: Where }): Promise<Reply>;
  /** A form that was filled in. */
  submit(input: { action: string; answers: FormAnswers; person: Person; where: Where }): Promise<SubmitReply>;
  /** The form that a platform must open at once, without the database; null: none, ask `command` or `press`. */
  formAtOnce(input: { text?: string; action?: string; person: Person; where: Where }): Form | null;
  /** Competitions for what was typed so far, from memory; at most 25. */
  suggest(input: { typed: string; person: Person }): Promise<readonly Suggestion[]>;
  /** The dashboard of one person: cards from top to bottom. */
  home(input: { person: Person; where: Where }): Promise<readonly Card[]>;
};
