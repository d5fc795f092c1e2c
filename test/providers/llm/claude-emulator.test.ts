import Anthropic from '@anthropic-ai/sdk';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { fail, say } from '../../support/claude/script.ts';
import { type ClaudeEmulator, startClaude } from '../../support/claude/start-claude.ts';

const question = { role: 'user', content: 'Name one model.' };
const base = { model: 'claude-opus-5-5', max_tokens: 1_000, messages: [question] };
const schema = {
  type: 'object',
  properties: { name: { type: 'string' } },
  required: ['name'],
  additionalProperties: false,
};
const wanted = (form: unknown) => ({
  ...base,
  output_config: { format: { type: 'json_schema', schema: form } },
});
const part = (text: string, ttl: '5m' | '1h' = '5m') => ({
  type: 'text',
  text,
  cache_control: { type: 'ephemeral', ttl },
});

async function post(
  emulator: ClaudeEmulator,
  body: unknown,
  changes: Record<string, string> = {},
  path = '/v1/messages',
) {
  const response = await fetch(`${emulator.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${emulator.apiKey}`,
      'anthropic-version': '2026-10-21',
      'content-type': 'application/json',
      ...changes,
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text };
}

test.each([
  ['a temperature', { ...base, temperature: 1 }],
  ['top_p', { ...base, top_p: 0.9 }],
  ['top_k', { ...base, top_k: 5 }],
  ['the old name of a wanted form', { ...base, output_format: { type: 'json_schema', schema } }],
  ['a forced tool', { ...base, tool_choice: { type: 'tool', name: 'web_search' } }],
  ['any tool forced', { ...base, tool_choice: { type: 'any' } }],
  ['thinking switched off', { ...base, thinking: { type: 'disabled' } }],
  ['thinking with a budget', { ...base, thinking: { type: 'enabled', budget_tokens: 2_000 } }],
  ['a begun answer', { ...base, messages: [question, { role: 'assistant', content: '{' }] }],
  ['an unknown parameter', { ...base, seed: 7 }],
  ['a thread that the server keeps', { ...base, thread: { type: 'create' } }],
  [
    'a document in what the model said',
    { ...base, messages: [question, { role: 'assistant', content: [{ type: 'document' }] }, question] },
  ],
  ['an unknown effort', { ...base, output_config: { effort: 'extreme' } }],
  ['no messages', { ...base, messages: [] }],
  ['an empty text', { ...base, messages: [{ role: 'user', content: '' }] }],
  ['more room than the model has', { ...base, max_tokens: 200_000, stream: true }],
  ['a long answer without streaming', { ...base, max_tokens: 21_334 }],
  ['five kept beginnings', { ...base, system: ['a', 'b', 'c', 'd', 'e'].map((text) => part(text)) }],
  ['an hour after five minutes', { ...base, system: [part('a', '5m'), part('b', '1h')] }],
  ['a form that is open', wanted({ type: 'object', properties: {} })],
  ['a form with bounds', wanted({ ...schema, properties: { name: { type: 'string', maxLength: 5 } } })],
  ['a form with a pattern', wanted({ ...schema, properties: { name: { type: 'string', pattern: 'a' } } })],
  ['a form with oneOf', wanted({ oneOf: [schema] })],
  [
    'a form that names its dialect',
    wanted({ ...schema, $schema: 'https://json-schema.org/draft/2020-12/schema' }),
  ],
  [
    'a form with a format of its own',
    wanted({ ...schema, properties: { name: { type: 'string', format: 'slug' } } }),
  ],
  ['a form with a least number', wanted({ ...schema, properties: { name: { type: 'number', minimum: 0 } } })],
  ['a form with three items at least', wanted({ type: 'array', items: schema, minItems: 3 })],
  ['a form that needs what it has not', wanted({ ...schema, required: ['surname'] })],
  [
    'citations on what a user says',
    {
      ...base,
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'a', citations: [{ type: 'char_location' }] }] },
      ],
    },
  ],
  [
    'thinking that was changed',
    {
      ...base,
      messages: [
        question,
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'mine', signature: 'forged' },
            { type: 'text', text: 'a' },
          ],
        },
        question,
      ],
    },
  ],
  [
    'a search that is allowed and forbidden at once',
    {
      ...base,
      tools: [
        {
          type: 'web_search_20260318',
          name: 'web_search',
          allowed_domains: ['a.org'],
          blocked_domains: ['b.org'],
        },
      ],
    },
  ],
])('the emulator refuses %s as the vendor does', async (_, body) => {
  const emulator = await startClaude();

  const { status, text } = await post(emulator, body);

  expect({ status, type: JSON.parse(text).error.type }).toEqual({
    status: 400,
    type: 'invalid_request_error',
  });
  expect(emulator.asked).toHaveLength(0);
});

test.each([
  [401, { authorization: 'Bearer sk-ant-another' }],
  [401, { authorization: '', 'x-api-key': 'sk-ant-mine' }],
  [400, { 'anthropic-version': '2023-06-01' }],
  [400, { 'anthropic-beta': 'message-threads-2026-08-12' }],
  [400, { 'content-type': 'text/plain' }],
] as const)('the emulator answers %i to the headers %o', async (status, headers) => {
  const emulator = await startClaude({ apiKey: 'sk-ant-mine' });

  expect((await post(emulator, base, headers)).status).toBe(status);
});

test.each([
  ['a model that never was', 404, 'not_found_error', { ...base, model: 'claude-unheard-of' }],
  ['a model that is retired', 404, 'not_found_error', { ...base, model: 'claude-opus-4-5' }],
  ['a body of 32 MB', 413, 'request_too_large', { ...base, system: 'x'.repeat(32_000_000) }],
] as const)('the emulator refuses %s with %i', async (_, status, type, body) => {
  const emulator = await startClaude();

  const answer = await post(emulator, body);

  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.text)).toMatchObject({
    type: 'error',
    error: { type },
    request_id: expect.any(String),
  });
});

test('the emulator streams in the order of the vendor, thinking first, with a ping', async () => {
  const emulator = await startClaude({ script: () => say('Boosting.') });

  const { text } = await post(emulator, { ...base, stream: true });

  const events = [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name);
  expect(events).toEqual([
    'message_start',
    'ping',
    'vendor_news',
    'content_block_start',
    'content_block_delta',
    'content_block_delta',
    'content_block_stop',
    'ping',
    'content_block_start',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ]);
  const blocks = [...text.matchAll(/"content_block":\{"type":"(\w+)"/g)].map(([, type]) => type);
  expect(blocks).toEqual(['thinking', 'text']);
});

test('the emulator counts the tokens of the same request that a message is billed for', async () => {
  const emulator = await startClaude();
  const { max_tokens: _, ...counted } = base;

  const { text } = await post(emulator, counted, {}, '/v1/messages/count_tokens');
  await post(emulator, base);

  expect(z.object({ input_tokens: z.number() }).parse(JSON.parse(text)).input_tokens).toBe(
    emulator.billed[0]?.usage.input_tokens,
  );
  expect((await post(emulator, base, {}, '/v1/messages/count_tokens')).status).toBe(400);
});

test('the real client reads the errors of the emulator as those of the vendor', async () => {
  const emulator = await startClaude({
    script: () => fail({ status: 429, code: 'enforced_spend_limit_reached' }),
  });
  const client = new Anthropic({
    apiKey: emulator.apiKey,
    baseURL: emulator.url,
    maxRetries: 0,
    logLevel: 'off',
  });

  const error = await client.messages
    .create({ ...base, messages: [{ role: 'user', content: 'Name one model.' }] })
    .catch((failure: unknown) => failure);

  expect(error).toBeInstanceOf(Anthropic.RateLimitError);
  expect(error).toMatchObject({ errorCode: 'enforced_spend_limit_reached', type: 'rate_limit_error' });
});

test('the list of models comes in pages', async () => {
  const emulator = await startClaude();
  const client = new Anthropic({ apiKey: emulator.apiKey, baseURL: emulator.url, maxRetries: 0 });
  const ids: string[] = [];

  for await (const { id } of client.models.list({ limit: 2 })) ids.push(id);

  expect(ids).toContain('claude-opus-5-5');
  expect(await client.models.retrieve('claude-opus-5-5')).toMatchObject({ lifecycle: 'active' });
  expect(new Set(ids).size).toBe(ids.length);
  expect(emulator.calls.length).toBeGreaterThan(2);
});
