import { expect, test } from 'vitest';
import { SlackApiError } from '../../../src/embedded/slack/api-error.ts';
import { checkHome, checkMessageBlocks, checkModal } from '../../../src/embedded/slack/blocks/check.ts';

const rules = { checkFile: () => null, unknownBlocks: [] };
const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const long = (length: number) => 'x'.repeat(length);
const button = (more: object = {}) => ({ type: 'button', text: plain('Go'), action_id: 'go', ...more });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const option = (value: string) => ({ text: plain(value), value });
const options = (count: number) => Array.from({ length: count }, (_, index) => option(`o${index}`));
const select = (more: object = {}) => ({
  type: 'static_select',
  action_id: 's',
  options: options(2),
  ...more,
});
const section = (more: object = {}) => ({ type: 'section', text: mrkdwn('text'), ...more });
const image = (more: object = {}) => ({
  type: 'image',
  alt_text: 'a chart',
  image_url: 'https://example.com/a.png',
  ...more,
});
const row = (...cells: string[]) => cells.map((text) => ({ type: 'raw_text', text }));
const series = (...labels: string[]) => ({
  name: labels.join(),
  data: labels.map((label) => ({ label, value: 1 })),
});
const chart = (more: object) => ({ type: 'data_visualization', title: 'Score', chart: more });

function problemsOf(run: () => unknown): { error: string; messages: unknown } {
  try {
    run();
  } catch (error) {
    if (!(error instanceof SlackApiError)) throw error;
    const metadata = Object(error.fields.response_metadata);
    return { error: error.error, messages: metadata.messages };
  }
  return { error: 'none', messages: [] };
}

test.for<[string, object[], string, string]>([
  [
    'more than fifty blocks',
    Array.from({ length: 51 }, () => ({ type: 'divider' })),
    '/blocks',
    'no more than 50 items',
  ],
  ['an unknown block', [{ type: 'marquee' }], '/blocks/0/type', 'unsupported type'],
  ['an unknown field', [section({ colour: 'red' })], '/blocks/0', 'invalid additional property: colour'],
  ['a section of nothing', [{ type: 'section' }], '/blocks/0', 'must have text or fields'],
  ['an empty text', [section({ text: mrkdwn('') })], '/blocks/0/text/text', 'must be more than 0 characters'],
  [
    'a long section',
    [section({ text: mrkdwn(long(3001)) })],
    '/blocks/0/text/text',
    'must be less than 3001 characters',
  ],
  ['a long field', [section({ fields: [mrkdwn(long(2001))] })], '/blocks/0/fields/0/text', 'less than 2001'],
  [
    'too many fields',
    [section({ fields: Array.from({ length: 11 }, () => mrkdwn('x')) })],
    '/blocks/0/fields',
    'no more than 10',
  ],
  [
    'markup in a header',
    [{ type: 'header', text: mrkdwn('x') }],
    '/blocks/0/text/type',
    'must be one of: plain_text',
  ],
  ['a long header', [{ type: 'header', text: plain(long(151)) }], '/blocks/0/text/text', 'less than 151'],
  [
    'a button in a context',
    [{ type: 'context', elements: [button()] }],
    '/blocks/0/elements/0/type',
    'unsupported type',
  ],
  [
    'a long context',
    [{ type: 'context', elements: Array.from({ length: 11 }, () => plain('x')) }],
    '/blocks/0/elements',
    'no more than 10',
  ],
  ['text in actions', [actions(plain('x'))], '/blocks/0/elements/0/type', 'unsupported type'],
  ['no actions', [actions()], '/blocks/0/elements', 'no fewer than 1'],
  [
    'too many actions',
    [actions(...Array.from({ length: 26 }, (_, index) => button({ action_id: `${index}` })))],
    '/blocks/0/elements',
    'no more than 25',
  ],
  [
    'an input in a section',
    [section({ accessory: { type: 'plain_text_input' } })],
    '/blocks/0/accessory/type',
    'unsupported type',
  ],
  [
    'one action twice in a block',
    [actions(button(), button())],
    '/blocks/0/elements/1',
    '`action_id` "go" already exists',
  ],
  [
    'one block twice',
    [section({ block_id: 'b' }), section({ block_id: 'b' })],
    '/blocks/1',
    '`block_id` "b" already exists',
  ],
  ['a long block id', [section({ block_id: long(256) })], '/blocks/0/block_id', 'less than 256'],
  [
    'a long action id',
    [actions(button({ action_id: long(256) }))],
    '/blocks/0/elements/0/action_id',
    'less than 256',
  ],
  [
    'a long button',
    [actions(button({ text: plain(long(76)) }))],
    '/blocks/0/elements/0/text/text',
    'less than 76',
  ],
  ['a long value', [actions(button({ value: long(2001) }))], '/blocks/0/elements/0/value', 'less than 2001'],
  [
    'a long address',
    [actions(button({ url: `https://${long(3000)}` }))],
    '/blocks/0/elements/0/url',
    'less than 3001',
  ],
  [
    'an address without a scheme',
    [actions(button({ url: 'kaggle' }))],
    '/blocks/0/elements/0/url',
    'invalid url',
  ],
  [
    'another style',
    [actions(button({ style: 'green' }))],
    '/blocks/0/elements/0/style',
    'must be one of: primary, danger',
  ],
  [
    'a long label',
    [actions(button({ accessibility_label: long(76) }))],
    '/blocks/0/elements/0/accessibility_label',
    'less than 76',
  ],
  [
    'a long confirmation',
    [actions(button({ confirm: { title: plain(long(101)), text: plain('x') } }))],
    '/blocks/0/elements/0/confirm/title/text',
    'less than 101',
  ],
  [
    'a long confirming text',
    [actions(button({ confirm: { text: plain(long(301)) } }))],
    '/blocks/0/elements/0/confirm/text/text',
    'less than 301',
  ],
  [
    'a long confirming button',
    [actions(button({ confirm: { text: plain('x'), deny: plain(long(31)) } }))],
    '/blocks/0/elements/0/confirm/deny/text',
    'less than 31',
  ],
  [
    'too many options',
    [actions(select({ options: options(101) }))],
    '/blocks/0/elements/0/options',
    'no more than 100',
  ],
  ['no options', [actions(select({ options: [] }))], '/blocks/0/elements/0/options', 'no fewer than 1'],
  [
    'options beside groups',
    [actions(select({ option_groups: [{ label: plain('g'), options: options(1) }] }))],
    '/blocks/0/elements/0',
    'one of options and option_groups',
  ],
  [
    'markup in an option',
    [actions(select({ options: [{ text: mrkdwn('x'), value: 'x' }] }))],
    '/blocks/0/elements/0/options/0/text/type',
    'must be one of: plain_text',
  ],
  [
    'a long option',
    [actions(select({ options: [{ text: plain(long(76)), value: 'x' }] }))],
    '/blocks/0/elements/0/options/0/text/text',
    'less than 76',
  ],
  [
    'a long option value',
    [actions(select({ options: [{ text: plain('x'), value: long(76) }] }))],
    '/blocks/0/elements/0/options/0/value',
    'less than 76',
  ],
  [
    'a long description',
    [actions(select({ options: [{ ...option('x'), description: plain(long(76)) }] }))],
    '/blocks/0/elements/0/options/0/description/text',
    'less than 76',
  ],
  [
    'a first choice of nothing',
    [actions(select({ initial_option: option('none') }))],
    '/blocks/0/elements/0',
    'initial option must match',
  ],
  [
    'a long placeholder',
    [actions(select({ placeholder: plain(long(151)) }))],
    '/blocks/0/elements/0/placeholder/text',
    'less than 151',
  ],
  [
    'six overflow options',
    [actions({ type: 'overflow', options: options(6) })],
    '/blocks/0/elements/0/options',
    'no more than 5',
  ],
  [
    'eleven checkboxes',
    [actions({ type: 'checkboxes', options: options(11) })],
    '/blocks/0/elements/0/options',
    'no more than 10',
  ],
  [
    'eleven radio buttons',
    [actions({ type: 'radio_buttons', options: options(11) })],
    '/blocks/0/elements/0/options',
    'no more than 10',
  ],
  [
    'another date',
    [actions({ type: 'datepicker', initial_date: '12 Dec' })],
    '/blocks/0/elements/0/initial_date',
    'must be YYYY-MM-DD',
  ],
  ['an image of nothing', [{ type: 'image', alt_text: 'x' }], '/blocks/0', 'one of image_url and slack_file'],
  ['an image twice', [image({ slack_file: { id: 'F1' } })], '/blocks/0', 'one of image_url and slack_file'],
  [
    'an image that only we can reach',
    [image({ image_url: 'http://127.0.0.1:4780/a.png' })],
    '/blocks/0/image_url',
    'downloading image failed',
  ],
  [
    'an image without words',
    [{ type: 'image', image_url: 'https://example.com/a.png' }],
    '/blocks/0/alt_text',
    'missing required field: alt_text',
  ],
  ['long words of an image', [image({ alt_text: long(2001) })], '/blocks/0/alt_text', 'less than 2001'],
  [
    'a long title of an image',
    [image({ title: plain(long(2001)) })],
    '/blocks/0/title/text',
    'less than 2001',
  ],
  ['long markdown', [{ type: 'markdown', text: long(12_001) }], '/blocks/0/text', 'less than 12001'],
  [
    'six context actions',
    [
      {
        type: 'context_actions',
        elements: Array.from({ length: 6 }, (_, index) => ({
          type: 'icon_button',
          icon: 'trash',
          text: plain('x'),
          action_id: `${index}`,
        })),
      },
    ],
    '/blocks/0/elements',
    'no more than 5',
  ],
  [
    'a wide table',
    [{ type: 'table', rows: [row(...Array.from({ length: 21 }, () => 'x'))] }],
    '/blocks/0/rows/0',
    'no more than 20',
  ],
  [
    'a tall table',
    [{ type: 'table', rows: Array.from({ length: 101 }, () => row('x')) }],
    '/blocks/0/rows',
    'no more than 100',
  ],
  [
    'an empty cell',
    [{ type: 'table', rows: [row('')] }],
    '/blocks/0/rows/0/0/text',
    'more than 0 characters',
  ],
  [
    'a data table without a caption',
    [{ type: 'data_table', rows: [row('h'), row('x')] }],
    '/blocks/0/caption',
    'missing required field',
  ],
  [
    'a data table of a header',
    [{ type: 'data_table', caption: 'x', rows: [row('h')] }],
    '/blocks/0/rows',
    'no fewer than 2',
  ],
  [
    'a long page',
    [{ type: 'data_table', caption: 'x', rows: [row('h'), row('x')], page_size: 101 }],
    '/blocks/0/page_size',
    'must be at most 100',
  ],
  [
    'a large data table',
    [{ type: 'data_table', caption: 'x', rows: [row('h'), row(long(10_000))] }],
    '/blocks',
    'at most 10000 characters',
  ],
  [
    'seven segments',
    [chart({ type: 'pie', segments: Array.from({ length: 7 }, () => ({ label: 'x', value: 1 })) })],
    '/blocks/0/chart/segments',
    'no more than 6',
  ],
  [
    'another number of values',
    [chart({ type: 'line', series: [series('a')], axis_config: { categories: ['a', 'b'] } })],
    '/blocks/0/chart/series/0/data',
    'one value per category',
  ],
  ['a chart of another kind', [chart({ type: 'radar' })], '/blocks/0/chart/type', 'unsupported type'],
  ['a card of nothing', [{ type: 'card' }], '/blocks/0', 'must have hero_image, title, actions or body'],
  ['a long card', [{ type: 'card', body: mrkdwn(long(201)) }], '/blocks/0/body/text', 'less than 201'],
  [
    'eleven cards',
    [
      {
        type: 'carousel',
        elements: Array.from({ length: 11 }, () => ({ type: 'card', title: mrkdwn('x') })),
      },
    ],
    '/blocks/0/elements',
    'no more than 10',
  ],
  [
    'a full container',
    [
      {
        type: 'container',
        title: plain('x'),
        child_blocks: Array.from({ length: 11 }, () => ({ type: 'divider' })),
      },
    ],
    '/blocks/0/child_blocks',
    'no more than 10',
  ],
  [
    'an alert of another level',
    [{ type: 'alert', text: plain('x'), level: 'fatal' }],
    '/blocks/0/level',
    'must be one of',
  ],
  [
    'a task of another state',
    [{ type: 'task_card', task_id: '1', title: 'x', status: 'done' }],
    '/blocks/0/status',
    'must be one of',
  ],
])('%s is refused where it stands', ([, blocks, path, what]) => {
  const { error, messages } = problemsOf(() => checkMessageBlocks(blocks, rules));

  expect(error).toBe('invalid_blocks');
  expect(messages).toContainEqual(expect.stringContaining(what));
  expect(messages).toContainEqual(expect.stringContaining(`[json-pointer:${path}]`));
});

test('whatever Slack takes is taken, and gets its ids', () => {
  const blocks = [
    { type: 'header', text: plain('Status') },
    section({ fields: [mrkdwn('*Best*'), plain('0.79')], accessory: button() }),
    section({ accessory: image() }),
    image({ image_url: undefined, slack_file: { id: 'F1' } }),
    actions(button({ style: 'primary', value: 'k1', confirm: { text: mrkdwn('Sure?') } }), select(), {
      type: 'overflow',
      options: [{ ...option('docs'), url: 'https://example.com' }, option('b')],
    }),
    { type: 'context', elements: [image(), mrkdwn('Updated')] },
    { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'x' }] }] },
    { type: 'table', rows: [row('a', 'b')], column_settings: [{ align: 'right' }, null] },
    chart({
      type: 'line',
      series: [series('a', 'b')],
      axis_config: { categories: ['a', 'b'], y_label: 'score' },
    }),
  ].map((block) => JSON.parse(JSON.stringify(block)));

  const checked = checkMessageBlocks(JSON.stringify(blocks), rules);

  expect(checked.map(({ type }) => type)).toEqual(blocks.map(({ type }) => type));
  expect(checked.every(({ block_id: id }) => typeof id === 'string')).toBe(true);
  const [header] = checked;
  expect({ ...header, block_id: undefined }).toEqual({ ...blocks[0], block_id: undefined });
});

test('a workspace may not know new blocks yet', () => {
  const { messages } = problemsOf(() =>
    checkMessageBlocks([{ type: 'data_table', caption: 'x', rows: [row('h'), row('x')] }], {
      ...rules,
      unknownBlocks: ['data_table'],
    }),
  );

  expect(messages).toEqual(['[ERROR] unsupported type: data_table [json-pointer:/blocks/0/type]']);
});

const input = {
  type: 'input',
  label: plain('Slug'),
  element: { type: 'plain_text_input', action_id: 'slug' },
};
const modal = (more: object = {}) => ({ type: 'modal', title: plain('Start'), blocks: [], ...more });

test.for<[string, object, string, string]>([
  ['a long title', modal({ title: plain(long(25)) }), '/view/title/text', 'less than 25'],
  ['a long button', modal({ submit: plain(long(25)) }), '/view/submit/text', 'less than 25'],
  ['no button for its fields', modal({ blocks: [input] }), '/view', 'missing required field: submit'],
  [
    'long private metadata',
    modal({ private_metadata: long(3001) }),
    '/view/private_metadata',
    'less than 3001',
  ],
  ['a long callback id', modal({ callback_id: long(256) }), '/view/callback_id', 'less than 256'],
  [
    'too many blocks',
    modal({ blocks: Array.from({ length: 101 }, () => ({ type: 'divider' })) }),
    '/view/blocks',
    'no more than 100',
  ],
  [
    'markdown',
    modal({ blocks: [{ type: 'markdown', text: 'x' }] }),
    '/view/blocks/0/type',
    'unsupported type',
  ],
  [
    'a field that is too long',
    modal({
      submit: plain('Go'),
      blocks: [{ ...input, element: { type: 'plain_text_input', max_length: 3001 } }],
    }),
    '/view/blocks/0/element/max_length',
    'must be at most 3000',
  ],
  [
    'a button as a field',
    modal({ submit: plain('Go'), blocks: [{ ...input, element: button() }] }),
    '/view/blocks/0/element/type',
    'unsupported type',
  ],
  [
    'two fields in focus',
    modal({
      submit: plain('Go'),
      blocks: [input, input].map((block) => ({
        ...block,
        element: { ...block.element, focus_on_load: true },
      })),
    }),
    '/view/blocks/1/element',
    'only one element can have focus_on_load',
  ],
  ['an unknown field', modal({ footer: 'x' }), '/view', 'invalid additional property: footer'],
])('a view with %s is refused where it stands', ([, view, path, what]) => {
  const { error, messages } = problemsOf(() => checkModal(view, rules));

  expect(error).toBe('invalid_arguments');
  expect(messages).toContainEqual(expect.stringContaining(what));
  expect(messages).toContainEqual(expect.stringContaining(`[json-pointer:${path}]`));
});

test('a view has its own size, and a home no title', () => {
  const huge = Array.from({ length: 100 }, () => section({ text: mrkdwn(long(2600)) }));

  expect(problemsOf(() => checkModal(modal({ blocks: huge }), rules)).error).toBe('view_too_large');
  expect(problemsOf(() => checkHome(modal(), rules)).error).toBe('invalid_arguments');
  expect(checkHome({ type: 'home', blocks: [section()] }, rules).blocks).toHaveLength(1);
});
