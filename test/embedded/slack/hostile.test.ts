import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SlackApiError } from '../../../src/embedded/slack/api-error.ts';
import { checkHome, checkMessageBlocks, checkModal } from '../../../src/embedded/slack/blocks/check.ts';
import { typedText } from '../../../src/embedded/slack/escaping.ts';
import { allMethods } from '../../../src/embedded/slack/methods/all.ts';
import { aWorkspace, channelId, userId } from './support.ts';

const rules = { checkFile: () => null, unknownBlocks: [] };
const types = [
  'section',
  'actions',
  'context',
  'image',
  'input',
  'container',
  'carousel',
  'table',
  'card',
  'button',
];
/** Blocks that are nearly right. */
const block = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.integer(),
    fc.constant(null),
    tie('object'),
    fc.array(tie('object')),
  ),
  object: fc.record(
    {
      type: fc.constantFrom(...types, 'plain_text', 'mrkdwn', 'overflow'),
      text: tie('value'),
      elements: tie('value'),
      element: tie('value'),
      accessory: tie('value'),
      child_blocks: tie('value'),
      action_id: tie('value'),
      options: tie('value'),
      rows: tie('value'),
    },
    { requiredKeys: ['type'] },
  ),
})).object;

test.for([
  ['messages', (value: unknown) => checkMessageBlocks([value], rules)],
  ['modals', (value: unknown) => checkModal({ type: 'modal', title: value, blocks: [value] }, rules)],
  ['homes', (value: unknown) => checkHome({ type: 'home', blocks: [value] }, rules)],
] as const)('whatever stands in blocks of %s is taken or refused in words', ([, check]) => {
  const property = fc.property(fc.oneof(block, fc.jsonValue()), (value) => {
    try {
      check(value);
    } catch (error) {
      expect(error).toBeInstanceOf(SlackApiError);
    }
  });
  fc.assert(property, { numRuns: 500 });
});

test('whatever a call carries, no method breaks', async () => {
  const workspace = await aWorkspace();
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(channelId(workspace), userId(workspace), '1.000001', workspace.botUserId, '[{}]', '{}'),
  );
  const args = fc.dictionary(
    fc.constantFrom(
      'channel',
      'ts',
      'text',
      'blocks',
      'view',
      'user',
      'users',
      'files',
      'metadata',
      'limit',
      'cursor',
    ),
    value,
  );
  const property = fc.asyncProperty(
    fc.constantFrom(...Object.keys(allMethods)),
    args,
    async (method, body) => {
      const response = await fetch(`${workspace.apiUrl}${method}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${workspace.botToken}` },
        body: JSON.stringify(body),
      });
      expect([method, response.status, Object(await response.json()).error]).not.toContain('internal_error');
      expect(response.status).toBe(200);
    },
  );
  await fc.assert(property, { numRuns: 400 });
});

test('no text can leave a control sequence that its writer did not pick', () => {
  const property = fc.property(fc.string(), (text) => {
    const stored = typedText(text, [{ name: '@kaggle', tag: '<@U1>' }]);
    expect(stored.replaceAll('<@U1>', '')).not.toMatch(/<(?!@|#|!|https?:|mailto:|tel:|slack:)/);
  });
  fc.assert(property);
  expect(typedText('@kaggle: a < b & c @kaggler <@U2> <script>', [{ name: '@kaggle', tag: '<@U1>' }])).toBe(
    '<@U1>: a &lt; b &amp; c @kaggler <@U2> &lt;script&gt;',
  );
});
