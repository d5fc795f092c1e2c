import { expect, test } from 'vitest';
import { createSecret } from '../../../src/config/secret.ts';
import { createGoogleTokens } from '../../../src/providers/research/google-tokens.ts';
import { place, startAgentspace } from '../../support/agentspace/start-agentspace.ts';
import { geminiAgent, geminiKey, startGemini } from '../../support/gemini/start-gemini.ts';

const { signal } = new AbortController();
const engine = `projects/${place.project}/locations/global/collections/default_collection/engines/${place.app}`;
const agentsSpec = { agentSpecs: [{ agentId: 'deep_research' }] };
const toolsSpec = { webGroundingSpec: {} };
const question = { query: { text: 'What won?' }, session: `${engine}/sessions/-`, agentsSpec, toolsSpec };

async function anAgentspace() {
  const server = await startAgentspace();
  const tokens = createGoogleTokens({
    vendor: 'agentspace',
    key: createSecret(server.key),
    tokenUrl: server.tokenUrl,
    fetch,
  });
  const headers = {
    authorization: `Bearer ${await tokens.token({ signal })}`,
    'content-type': 'application/json',
    'x-goog-user-project': place.project,
  };
  const call = async (path: string, body?: unknown, more: Record<string, string> = {}) =>
    await fetch(`${server.url}/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...headers, ...more },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const assist = (body: unknown, version = 'v1', more: Record<string, string> = {}) =>
    call(`${version}/${engine}/assistants/default_assistant:streamAssist`, body, more);
  return { server, call, assist };
}

test('the emulator of Agentspace refuses what its contract refuses', async () => {
  const { server, call, assist } = await anAgentspace();
  const refused: [number, string, Promise<Response>][] = [
    [401, 'no token', assist(question, 'v1', { authorization: '' })],
    [401, 'a token that is none', assist(question, 'v1', { authorization: 'Bearer ya29.x' })],
    [403, 'another project', assist(question, 'v1', { 'x-goog-user-project': 'another' })],
    [400, 'no JSON', assist(question, 'v1', { 'content-type': 'text/plain' })],
    [400, 'a field of v1alpha', assist({ ...question, assistSkippingMode: 'REQUEST_ASSIST' })],
    [400, 'a mode of v1alpha', assist({ ...question, answerGenerationMode: 'AGENT' }, 'v1beta')],
    [400, 'a field that is none', assist({ ...question, model: 'gemini' }, 'v1alpha')],
    [400, 'no words', assist({ ...question, query: { text: '' } })],
    [404, 'no such session', assist({ ...question, session: `${engine}/sessions/none` })],
    [404, 'no such version', assist(question, 'v2')],
    [404, 'no such app', call(`v1/${engine}x/assistants/default_assistant:streamAssist`, question)],
    [404, 'no such session to look at', call(`v1/${engine}/sessions/none?includeAnswerDetails=true`)],
  ];

  for (const [status, name, answer] of refused) {
    const { status: got } = await answer;
    expect([name, got]).toEqual([name, status]);
  }
  expect(server.counts).toMatchObject({ plans: 0, runs: 0 });
});

test('research begins by an approved plan alone, once, with its agent named, and knows the web only where it is asked to', async () => {
  const { server, assist } = await anAgentspace();
  const text = async (answer: Promise<Response>) => await (await answer).text();
  const planned = await text(assist(question));
  const session = /"session": "([^"]+)"/.exec(planned)?.[1] ?? '';
  const approval = { query: { text: 'start research' }, session };

  expect(planned).toContain('RESEARCH_PLAN');
  expect(await text(assist({ ...approval, toolsSpec }))).toContain('plain answer');
  expect(server.counts.runs).toBe(0);
  const report = await text(assist({ ...approval, agentsSpec }));
  expect(report).toContain('RESEARCH_REPORT');
  expect(report).not.toContain('textGroundingMetadata');
  expect(await text(assist({ ...approval, agentsSpec, toolsSpec }))).toContain('plain answer');
  expect(server.counts).toMatchObject({ plans: 1, runs: 1 });
});

test('the emulator of Gemini refuses what its contract refuses', async () => {
  const server = await startGemini();
  const good = {
    agent: geminiAgent,
    input: 'What won?',
    background: true,
    agent_config: { type: 'deep-research' },
  };
  const call = (path: string, body: unknown, key = geminiKey) =>
    fetch(`${server.url}/v1/interactions${path}`, {
      method: body === null ? 'GET' : 'POST',
      headers: { 'x-goog-api-key': key, 'content-type': 'application/json' },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    });
  const refused: [number, string, Promise<Response>][] = [
    [400, 'a key that is none', call('', good, 'AIza-x')],
    [400, 'in the foreground', call('', { ...good, background: false })],
    [400, 'not to be stored', call('', { ...good, store: false })],
    [400, 'a model beside the agent', call('', { ...good, model: 'gemini-3' })],
    [400, 'no words', call('', { ...good, input: '' })],
    [400, 'a label in capitals', call('', { ...good, labels: { Query: 'x' } })],
    [400, 'another kind of agent', call('', { ...good, agent_config: { type: 'dynamic' } })],
    [404, 'no such agent', call('', { ...good, agent: 'deep-thought' })],
    [404, 'nothing to look at', call('/int_none', null)],
    [404, 'nothing to cancel', call('/int_none/cancel', {})],
  ];

  for (const [status, name, answer] of refused) {
    const { status: got } = await answer;
    expect([name, got]).toEqual([name, status]);
  }
  expect(server.counts.creates).toBe(0);
  expect((await call('', good)).status).toBe(200);
});
