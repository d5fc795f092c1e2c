import { type BlockElement, isRecord, walkBlocks } from './blocks/walk.ts';

/** What is entered, by block id and action id; Slack's `state.values`. */
export type StateValues = Readonly<Record<string, Readonly<Record<string, Record<string, unknown>>>>>;

/** Where each kind of element keeps its value, in `state.values` and in an action. */
export const valueFields: Readonly<Record<string, string>> = {
  static_select: 'selected_option',
  external_select: 'selected_option',
  radio_buttons: 'selected_option',
  multi_static_select: 'selected_options',
  multi_external_select: 'selected_options',
  checkboxes: 'selected_options',
  users_select: 'selected_user',
  multi_users_select: 'selected_users',
  channels_select: 'selected_channel',
  multi_channels_select: 'selected_channels',
  conversations_select: 'selected_conversation',
  multi_conversations_select: 'selected_conversations',
  datepicker: 'selected_date',
  timepicker: 'selected_time',
  datetimepicker: 'selected_date_time',
  plain_text_input: 'value',
  email_text_input: 'value',
  url_text_input: 'value',
  number_input: 'value',
  rich_text_input: 'rich_text_value',
  file_input: 'files',
};

const initialFields = [
  'initial_option',
  'initial_options',
  'initial_user',
  'initial_users',
  'initial_channel',
  'initial_channels',
  'initial_conversation',
  'initial_conversations',
  'initial_date',
  'initial_time',
  'initial_date_time',
  'initial_value',
];

/** Kinds whose value is a list, empty where nothing is chosen. */
const listFields = [
  'selected_options',
  'selected_users',
  'selected_channels',
  'selected_conversations',
  'files',
];

/**
 * The state of what a view or message shows at first. What was `entered` already stays where block and action ids
 * and kinds are the same, as in Slack's client when a view is updated.
 */
export function initialState(blocks: readonly unknown[], entered: StateValues): StateValues {
  const values: Record<string, Record<string, Record<string, unknown>>> = {};
  for (const { blockId, elements } of walkBlocks(blocks)) {
    for (const { element, raw } of elements) {
      const field = valueFields[element.type];
      if (field === undefined || blockId === undefined || element.action_id === undefined) continue;
      const before = entered[blockId]?.[element.action_id];
      const block = values[blockId] ?? {};
      block[element.action_id] =
        before?.type === element.type ? before : { type: element.type, [field]: initialValue(raw, field) };
      values[blockId] = block;
    }
  }
  return values;
}

function initialValue(raw: Record<string, unknown>, field: string): unknown {
  const given = initialFields.map((name) => raw[name]).find((value) => value !== undefined);
  if (given !== undefined) return given;
  return listFields.includes(field) ? [] : null;
}

/** One more value entered. */
export function withValue(
  values: StateValues,
  blockId: string,
  actionId: string,
  value: Record<string, unknown>,
): StateValues {
  return { ...values, [blockId]: { ...values[blockId], [actionId]: value } };
}

/** Whether a person has entered nothing there. */
export function isEmptyValue(element: BlockElement, value: unknown): boolean {
  const field = valueFields[element.type];
  const entered = isRecord(value) && field !== undefined ? value[field] : undefined;
  if (Array.isArray(entered)) return entered.length === 0;
  return entered === undefined || entered === null || entered === '';
}
