import type { Actor } from '../domain/actor.ts';

/** A platform's way of writing: everything that comes from outside goes through `text` before it is shown. */
export type Ink = {
  /** Any text made safe: no markup, no links, no mentions come out of it. */
  text(plain: string): string;
  bold(markup: string): string;
  code(plain: string): string;
  link(plain: string, url: string): string;
  /** An absolute time in the reader's zone where the platform can do that, else as `fallback` (plain) says it. */
  time(at: Date, fallback: string): string;
  /** A person: a mention that does not notify where the actor is of this platform, else their name. */
  person(actor: Actor, name: string | null): string;
};
