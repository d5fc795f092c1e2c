import { aCard, type Card, type CardAction, type Confirm } from '../card.ts';
import type { Suggestion } from '../door.ts';
import type { Form } from '../form.ts';
import type { Translate } from '../i18n.ts';
import { customIdOf } from './custom-id.ts';
import { discordText } from './ink.ts';

/** A button whose custom id is ours alone and no action of the door. */
function ownButton(
  customId: string | null,
  label: string,
  style: 'plain' | 'primary' | 'danger',
): CardAction[] {
  if (customId === null) return [];
  return [{ kind: 'button', action: customId, label, style, confirm: null, hint: null }];
}

/** Where a form came up too late to be opened at once: Discord opens one only in answer to a press. */
export function formOffer(key: string, form: Form, plain: Translate): Card {
  return aCard({
    title: form.title || plain('chats:discord.form_title'),
    summary: plain('chats:discord.form_offer'),
    actions: ownButton(customIdOf({ kind: 'form', key }), plain('chats:discord.btn.open_form'), 'primary'),
  });
}

/** What is wrong with a form that Discord has closed already, and a way back into it. */
export function formProblems(
  {
    form,
    key,
    errors,
    suggestions,
  }: {
    form: Form | null;
    /** Null where the form is not known any more. */
    key: string | null;
    errors: Readonly<Record<string, string>>;
    suggestions: readonly Suggestion[];
  },
  plain: Translate,
): Card {
  const summary = plain('chats:discord.fix_fields');
  const labels = new Map(form?.fields.map(({ id, label }) => [id, label]));
  return aCard({
    title: plain('chats:discord.fix_title'),
    summary,
    tone: 'attention',
    body: [
      discordText(summary),
      ...Object.entries(errors).map(
        ([id, problem]) => `**${discordText(labels.get(id) ?? id)}**  ${discordText(problem)}`,
      ),
    ],
    actions: [
      ...(key === null
        ? []
        : ownButton(customIdOf({ kind: 'form', key }), plain('answers:btn.edit'), 'primary')),
      ...(key === null || suggestions.length === 0
        ? []
        : [
            {
              kind: 'menu' as const,
              placeholder: plain('chats:discord.pick'),
              options: suggestions.flatMap(({ label, value }) => {
                const action = customIdOf({ kind: 'pick', key, slug: value });
                return action === null ? [] : [{ label, action }];
              }),
            },
          ]),
    ],
  });
}

/** Asks before a press counts. @param confirm null where its words are not kept any more */
export function confirmation(action: string, confirm: Confirm | null, label: string, plain: Translate): Card {
  const words = confirm ?? {
    title: plain('chats:discord.sure'),
    text: plain('chats:discord.pressed', { label }),
    yes: label || plain('common:btn.yes'),
    no: plain('common:btn.no'),
  };
  return aCard({
    title: words.title,
    summary: words.text,
    tone: 'attention',
    actions: [
      ...ownButton(action, words.yes, 'danger'),
      ...ownButton(customIdOf({ kind: 'dismiss' }), words.no, 'plain'),
    ],
  });
}

export function note(text: string): Card {
  return aCard({ title: text, summary: text });
}
