import { randomBytes } from 'node:crypto';
import type { Card, CardAction, Confirm } from '../card.ts';
import type { Form } from '../form.ts';
import { keepNewest } from '../keep-newest.ts';

/** The newest entries only; what fell out is answered as "from before". */
function boundedMap<Value>(most: number) {
  const entries = new Map<string, Value>();
  return {
    get: (key: string) => entries.get(key) ?? null,
    set: (key: string, value: Value): void => keepNewest(entries, key, value, most),
  };
}

const mostForms = 500;
const mostConfirms = 1_000;
const mostSeen = 5_000;

/**
 * What Discord has no place for in its messages. Nothing depends on it but comfort: who may do what and whether
 * it was done already is decided behind the door.
 */
export type Kept = ReturnType<typeof createKept>;

export function createKept() {
  const forms = boundedMap<Form>(mostForms);
  const opened = boundedMap<Form>(mostForms);
  const confirms = boundedMap<Confirm>(mostConfirms);
  const seen = boundedMap<true>(mostSeen);
  return {
    /** @returns a key that fits into a button */
    keepForm(form: Form): string {
      const key = randomBytes(9).toString('base64url');
      forms.set(key, form);
      return key;
    },
    form: forms.get,
    /** The form that a person has open, since only its answers come back. */
    noteOpened: (userId: string, form: Form) => opened.set(`${userId} ${form.action}`, form),
    opened: (userId: string, action: string) => opened.get(`${userId} ${action}`),
    /** Remembers what a card's buttons ask before they do something. */
    keepConfirms(card: Card): void {
      const actions: (CardAction | null)[] = [...card.actions, ...card.items.map(({ action }) => action)];
      for (const one of actions) {
        if (one?.kind === 'button' && one.confirm !== null) confirms.set(one.action, one.confirm);
      }
    },
    confirm: confirms.get,
    /** True the second time: Discord may tell the same twice after a broken connection. */
    isRepeated(interactionId: string): boolean {
      if (seen.get(interactionId) !== null) return true;
      seen.set(interactionId, true);
      return false;
    },
  };
}
