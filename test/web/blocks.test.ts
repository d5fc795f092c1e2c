import { expect, test } from 'vitest';
import { checkFields, missingText, stateValues } from '../../web/src/blocks/form.ts';
import { readBlocks } from '../../web/src/blocks/schema.ts';

const plain = (text: string) => ({ type: 'plain_text', text });
const input = (id: string, element: object, more: object = {}) => ({
  type: 'input',
  block_id: id,
  label: plain(id),
  element: { action_id: 'value', ...element },
  ...more,
});

test('a block that is not known or not whole is named and breaks nothing', () => {
  const read = readBlocks([
    { type: 'header', text: plain('Title') },
    { type: 'hologram', block_id: 'h1' },
    { type: 'section', text: { type: 'html', text: '<b>' } },
    null,
  ]);

  expect(read).toEqual([
    { type: 'header', text: plain('Title'), id: 'place-0' },
    { type: 'unknown', name: 'hologram', id: 'h1' },
    { type: 'unknown', name: 'section', id: 'place-2' },
    { type: 'unknown', name: 'block', id: 'place-3' },
  ]);
});

test('a form says what is missing or out of its range', () => {
  const blocks = readBlocks([
    input('slug', { type: 'external_select' }),
    input('note', { type: 'plain_text_input' }, { optional: true }),
    input('rounds', { type: 'number_input', is_decimal_allowed: false, min_value: '1', max_value: '20' }),
  ]);
  const errorsWith = (rounds: string) => checkFields(blocks, { rounds: { kind: 'text', text: rounds } });

  expect(errorsWith('3')).toEqual({ slug: missingText });
  expect(errorsWith('three').rounds).toBe('Enter a number.');
  expect(errorsWith('1.5').rounds).toBe('Enter a whole number.');
  expect(errorsWith('0').rounds).toBe('At least 1.');
  expect(errorsWith('21').rounds).toBe('At most 20.');
});

test("what stands in a form is sent as Slack's state of a view", () => {
  const option = { text: plain('titanic'), value: 'titanic' };
  const blocks = readBlocks([
    input('slug', { type: 'external_select', initial_option: option }),
    input('budget', { type: 'number_input', initial_value: '5' }),
    input('note', { type: 'plain_text_input' }),
    input('ways', { type: 'checkboxes', options: [option] }),
  ]);

  const values = stateValues(blocks, {
    note: { kind: 'text', text: 'be bold' },
    budget: { kind: 'text', text: '' },
  });

  expect(values).toEqual({
    slug: { value: { type: 'external_select', selected_option: option } },
    budget: { value: { type: 'number_input', value: null } },
    note: { value: { type: 'plain_text_input', value: 'be bold' } },
    ways: { value: { type: 'checkboxes', selected_options: [] } },
  });
});
