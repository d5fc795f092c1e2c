import { type BlockElement, type ElementOption, isRecord, optionsOf } from '../blocks/walk.ts';
import { valueFields } from '../view-state.ts';

/** What a person may choose from besides the block's own options: what was suggested for an external menu. */
export type Suggested = readonly ElementOption[];

/**
 * The value of an element as it stands in `state.values`, for what a person chose or typed.
 * @throws Error where Slack's client offers nothing like it
 */
export function chosenValue(
  element: BlockElement,
  raw: Record<string, unknown>,
  chosen: string | undefined,
  before: Record<string, unknown> | undefined,
  suggested: Suggested,
): Record<string, unknown> {
  const field = valueFields[element.type];
  if (field === undefined) throw new Error(`A ${element.type} keeps no value.`);
  const { type } = element;
  if (chosen === undefined) return { type, [field]: before?.[field] ?? null };
  if (field === 'selected_option') return { type, [field]: pick(element, raw, chosen, suggested) };
  if (field === 'selected_options') {
    const options = Array.isArray(before?.[field]) ? before[field].filter(isRecord) : [];
    const others = options.filter(({ value }) => value !== chosen);
    // Choosing once more takes it away again.
    const isTaken = others.length < options.length;
    return { type, [field]: isTaken ? others : [...options, pick(element, raw, chosen, suggested)] };
  }
  if (field === 'selected_date_time') return { type, [field]: Number(chosen) };
  if (type.startsWith('multi_')) {
    const list = Array.isArray(before?.[field]) ? before[field] : [];
    return { type, [field]: list.includes(chosen) ? list.filter((id) => id !== chosen) : [...list, chosen] };
  }
  return { type, [field]: chosen };
}

function pick(
  element: BlockElement,
  raw: Record<string, unknown>,
  chosen: string,
  suggested: Suggested,
): Record<string, unknown> {
  const initial = element.initial_option === undefined ? [] : [element.initial_option];
  const offered = element.type.includes('external') ? [...suggested, ...initial] : optionsOf(element);
  const option = offered.find(({ value }) => value === chosen);
  if (option === undefined) throw new Error(`${String(raw.action_id)} offers no option ${chosen}.`);
  return option;
}

/**
 * What a form sends for an element: Slack's own form, `{ selected_option: { value } }` or `{ value }`, or the bare
 * text. Options are completed from the block.
 * @throws Error where Slack's client offers nothing like it
 */
export function submittedValue(
  element: BlockElement,
  raw: Record<string, unknown>,
  given: unknown,
  suggested: Suggested,
): Record<string, unknown> {
  const field = valueFields[element.type];
  if (field === undefined) throw new Error(`A ${element.type} keeps no value.`);
  const value = isRecord(given) ? given[field] : given;
  const { type } = element;
  if (value === null || value === undefined || value === '') return { type, [field]: emptyOf(field) };
  if (field === 'selected_option')
    return { type, [field]: pick(element, raw, optionValue(value), suggested) };
  if (field === 'selected_options') {
    const list = Array.isArray(value) ? value : [value];
    return { type, [field]: list.map((option) => pick(element, raw, optionValue(option), suggested)) };
  }
  return { type, [field]: value };
}

function emptyOf(field: string): [] | null {
  return field.endsWith('s') ? [] : null;
}

function optionValue(option: unknown): string {
  return String(isRecord(option) ? option.value : option);
}

/** What Slack's client says under a field before it sends a form; null where it is well. */
export function fieldError(
  element: BlockElement,
  raw: Record<string, unknown>,
  value: unknown,
): string | null {
  if (typeof value !== 'string') return null;
  if (element.max_length !== undefined && value.length > element.max_length) {
    return `Please enter no more than ${element.max_length} characters.`;
  }
  if (element.min_length !== undefined && value.length < element.min_length) {
    return `Please enter at least ${element.min_length} characters.`;
  }
  if (element.type === 'number_input') return numberError(raw, value);
  if (element.type === 'email_text_input' && !/^\S+@\S+\.\S+$/.test(value))
    return 'Please enter a valid email.';
  if (element.type === 'url_text_input' && !URL.canParse(value)) return 'Please enter a valid URL.';
  return null;
}

function numberError(raw: Record<string, unknown>, text: string): string | null {
  const number = Number(text);
  if (text.trim() === '' || Number.isNaN(number)) return 'Please enter a number.';
  if (raw.is_decimal_allowed !== true && !Number.isInteger(number)) return 'Please enter a whole number.';
  if (typeof raw.min_value === 'string' && number < Number(raw.min_value)) {
    return `Please enter a number of at least ${raw.min_value}.`;
  }
  if (typeof raw.max_value === 'string' && number > Number(raw.max_value)) {
    return `Please enter a number of at most ${raw.max_value}.`;
  }
  return null;
}
