import type { InputBlock, KnownBlock, ModalView } from '@slack/types';
import { z } from 'zod';
import type { Form, FormAnswers, FormField } from '../form.ts';
import { cutMarkup, limits } from './limits.ts';
import { option, plainText } from './render-actions.ts';

const formCallback = 'k1.form';
export const competitionActionId = 'k1.competition';
const blockPrefix = 'field.';
const valueActionId = 'k1.value';
/** More than this is easier found in a list. */
const mostRadioButtons = 5;

/** Travels with a form and comes back with its answers; still data from outside then. */
const formOriginSchema = z.object({
  /** The form's encoded action. */
  action: z.string().max(100),
  /** Where its answer belongs; null: to the person alone. */
  channel: z.string().max(40).nullable(),
  thread: z.string().max(40).nullable(),
});
export type FormOrigin = z.output<typeof formOriginSchema>;

/** @returns null for what we did not write */
export function readFormOrigin(privateMetadata: string): FormOrigin | null {
  try {
    return formOriginSchema.parse(JSON.parse(privateMetadata));
  } catch {
    return null;
  }
}

/**
 * A form as Slack's modal.
 * @param errors shown above the fields, where they can no longer be shown beside them
 */
export function formView(
  form: Form,
  origin: Omit<FormOrigin, 'action'>,
  { close, errors = [] }: { close: string; errors?: readonly string[] },
): ModalView {
  return {
    type: 'modal',
    callback_id: formCallback,
    private_metadata: JSON.stringify({ action: form.action, ...origin } satisfies FormOrigin),
    title: plainText(form.title, limits.viewTitle),
    submit: plainText(form.submit, limits.viewTitle),
    close: plainText(close, limits.viewTitle),
    blocks: [
      ...[...errors, ...form.intro].filter((markup) => markup.trim() !== '').map(intro),
      ...form.fields.map(fieldBlock),
    ],
  };
}

/** A modal that says one thing. */
export function noteView(title: string, markup: string, close: string): ModalView {
  return {
    type: 'modal',
    callback_id: 'k1.note',
    title: plainText(title, limits.viewTitle),
    close: plainText(close, limits.viewTitle),
    blocks: [intro(markup)],
  };
}

/** @returns the block that an error of this field is shown at */
export function blockOfField(id: string): string {
  return `${blockPrefix}${id}`;
}

const elementStateSchema = z.looseObject({
  value: z.string().nullish(),
  selected_option: z.looseObject({ value: z.string() }).nullish(),
});
const stateSchema = z.record(z.string(), z.record(z.string(), elementStateSchema));

/** What was entered, by field; fields left empty are not there. */
export function readAnswers(values: unknown): FormAnswers {
  const parsed = stateSchema.safeParse(values);
  if (!parsed.success) return {};
  const answers: Record<string, string> = {};
  for (const [blockId, elements] of Object.entries(parsed.data)) {
    const [element] = Object.values(elements);
    if (!blockId.startsWith(blockPrefix) || element === undefined) continue;
    const entered = element.selected_option?.value ?? element.value ?? '';
    if (entered.trim() !== '') answers[blockId.slice(blockPrefix.length)] = entered;
  }
  return answers;
}

function intro(markup: string): KnownBlock {
  return {
    type: 'section',
    text: { type: 'mrkdwn', text: cutMarkup(markup, limits.section), verbatim: true },
  };
}

function fieldBlock(field: FormField): InputBlock {
  return {
    type: 'input',
    block_id: blockOfField(field.id),
    label: plainText(field.label, limits.label),
    optional: field.isOptional,
    ...(field.hint === null ? {} : { hint: plainText(field.hint, limits.label) }),
    element: fieldElement(field),
  };
}

function fieldElement(field: FormField): InputBlock['element'] {
  const initial = field.initial === null || field.initial === '' ? null : field.initial;
  switch (field.kind) {
    case 'text':
      return {
        type: 'plain_text_input',
        action_id: valueActionId,
        multiline: field.isLong,
        max_length: Math.min(field.maxLength, limits.inputMaxLength),
        ...(initial === null ? {} : { initial_value: initial.slice(0, field.maxLength) }),
      };
    case 'number':
      return {
        type: 'number_input',
        action_id: valueActionId,
        is_decimal_allowed: !field.isWhole,
        min_value: String(field.min),
        max_value: String(field.max),
        ...(initial === null ? {} : { initial_value: initial }),
      };
    case 'choice':
      return choiceElement(field, initial);
    case 'competition':
      return {
        type: 'external_select',
        action_id: competitionActionId,
        min_query_length: 0,
        ...(initial === null || initial.length > limits.optionValue
          ? {}
          : { initial_option: option(initial, initial) }),
      };
  }
}

function choiceElement(
  field: Extract<FormField, { kind: 'choice' }>,
  initial: string | null,
): InputBlock['element'] {
  const options = field.options
    .filter(({ value }) => value.length <= limits.optionValue)
    .slice(0, limits.options)
    .map(({ label, value, description }) => option(label, value, description));
  const chosen = options.find(({ value }) => value === initial);
  const given = chosen === undefined ? {} : { initial_option: chosen };
  return options.length <= mostRadioButtons
    ? { type: 'radio_buttons', action_id: valueActionId, options, ...given }
    : { type: 'static_select', action_id: valueActionId, options, ...given };
}
