import { createContext, useContext } from 'react';
import type { Block, Field, Option } from './schema.ts';

/** What stands in a field: text, one chosen option, or several. */
export type FieldValue =
  | { kind: 'text'; text: string }
  | { kind: 'option'; option: Option | null }
  | { kind: 'options'; options: readonly Option[] };

/** By block id; only what somebody touched. */
export type Touched = Readonly<Record<string, FieldValue>>;

export type Form = {
  valueOf(blockId: string, field: Field): FieldValue;
  change(blockId: string, value: FieldValue): void;
  /** By block id. */
  errors: Readonly<Record<string, string>>;
};

export const FormContext = createContext<Form>({
  valueOf: (_blockId, field) => initialValue(field),
  change: () => undefined,
  errors: {},
});

export function useForm(): Form {
  return useContext(FormContext);
}

/** What a field holds before anybody touched it. */
export function initialValue(field: Field): FieldValue {
  switch (field.type) {
    case 'static_select':
    case 'external_select':
    case 'radio_buttons':
      return { kind: 'option', option: field.initial_option ?? null };
    case 'checkboxes':
      return { kind: 'options', options: field.initial_options ?? [] };
    default:
      return { kind: 'text', text: field.initial_value ?? '' };
  }
}

/** Slack's own sentence for a field that must be filled in. */
export const missingText = 'Please complete this required field.';

/** @returns errors by block id of what must be filled in and is not, or is no number in its range */
export function checkFields(blocks: readonly Block[], touched: Touched): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const block of blocks) {
    if (block.type !== 'input') continue;
    const error = checkField(block.element, touched[block.id] ?? initialValue(block.element), block.optional);
    if (error !== null) errors[block.id] = error;
  }
  return errors;
}

function checkField(field: Field, value: FieldValue, isOptional = false): string | null {
  if (isEmpty(value)) return isOptional ? null : missingText;
  if (field.type !== 'number_input' || value.kind !== 'text') return null;
  const number = Number(value.text);
  if (!Number.isFinite(number)) return 'Enter a number.';
  if (field.is_decimal_allowed !== true && !Number.isInteger(number)) return 'Enter a whole number.';
  if (field.min_value !== undefined && number < Number(field.min_value))
    return `At least ${field.min_value}.`;
  if (field.max_value !== undefined && number > Number(field.max_value)) return `At most ${field.max_value}.`;
  return null;
}

function isEmpty(value: FieldValue): boolean {
  if (value.kind === 'text') return value.text.trim() === '';
  return value.kind === 'option' ? value.option === null : value.options.length === 0;
}

type StateValues = Record<string, Record<string, Record<string, unknown>>>;

/** All fields as Slack's `view.state.values`: by block id, then by action id. */
export function stateValues(blocks: readonly Block[], touched: Touched): StateValues {
  const values: StateValues = {};
  for (const block of blocks) {
    if (block.type !== 'input') continue;
    const { element, id } = block;
    values[id] = { [element.action_id]: stateValue(element, touched[id] ?? initialValue(element)) };
  }
  return values;
}

function stateValue(field: Field, value: FieldValue): Record<string, unknown> {
  const type = field.type;
  if (value.kind === 'text') return { type, value: value.text === '' ? null : value.text };
  if (value.kind === 'options') return { type, selected_options: value.options.map(chosen) };
  return { type, selected_option: value.option === null ? null : chosen(value.option) };
}

function chosen({ text, value }: Option): { text: Option['text']; value: string } {
  return { text, value };
}
