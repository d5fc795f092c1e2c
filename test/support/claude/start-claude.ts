import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { z } from 'zod';
import { atTestEnd, openTinyServer, type RecordedRequest, sendJson } from '../tiny-server.ts';
import { type BuiltMessage, buildMessage } from './message.ts';
import { type ListedModel, listedModels, modelInfo } from './model-list.ts';
import { createPromptCache, promptTokens } from './prompt-cache.ts';
import { ClaudeRefusal, invalid } from './refusal.ts';
import { type CheckedRequest, checkCount, checkMessage, modelOf, partsOf } from './request-rules.ts';
import type { Fault, Script, ScriptedAnswer, ScriptedRequest } from './script.ts';
import { messageJson, streamMessage } from './stream.ts';

export type SeenCall = {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: unknown;
  /** HTTP status of the answer; null where the connection was cut. */
  status: number | null;
  /** Why it was refused, in the vendor's words. */
  refusal: string | null;
};

/** A message that the vendor wrote, and asks money for. */
export type BilledMessage = { request: ScriptedRequest; usage: BuiltMessage['usage']; model: string };

export type ClaudeEmulator = {
  url: string;
  apiKey: string;
  /** Everything that was asked, in order. */
  calls: SeenCall[];
  /** What reached the script, in order. */
  asked: ScriptedRequest[];
  billed: BilledMessage[];
  /** Most message calls at once so far. */
  mostOpen(): number;
  /** From here on another one plays the model. */
  play(script: Script): void;
  /** The next calls of this path fail so. */
  failNext(path: '/v1/messages' | '/v1/messages/count_tokens' | '/v1/models', ...faults: Fault[]): void;
};

export type ClaudeEmulatorOptions = {
  script?: Script;
  apiKey?: string;
  models?: readonly ListedModel[];
  now?: () => Date;
};

const apiVersion = '2026-10-21';
const largestBodyBytes = 32_000_000;
const brokenOff = { kind: 'text', text: 'It broke off. '.repeat(100) } as const;

/** What one emulator knows. */
type World = {
  apiKey: string;
  models: readonly ListedModel[];
  cache: ReturnType<typeof createPromptCache>;
  script: Script;
  faults: Map<string, Fault[]>;
  asked: ScriptedRequest[];
  billed: BilledMessage[];
  open: number;
  mostOpen: number;
};

/** Claude's API over HTTP, as strict as the contract says the vendor is; closed when the test ends. */
export async function startClaude(options: ClaudeEmulatorOptions = {}): Promise<ClaudeEmulator> {
  const emulator = await openClaude(options);
  await atTestEnd(emulator.close);
  return emulator;
}

/** The same for whoever closes it. */
export async function openClaude(
  options: ClaudeEmulatorOptions = {},
): Promise<ClaudeEmulator & { close(): Promise<void> }> {
  const world: World = {
    apiKey: options.apiKey ?? `sk-ant-${randomBytes(12).toString('hex')}`,
    models: options.models ?? listedModels,
    cache: createPromptCache(options.now ?? (() => new Date())),
    script: options.script ?? (() => ({ kind: 'text', text: 'It is done.' })),
    faults: new Map(),
    asked: [],
    billed: [],
    open: 0,
    mostOpen: 0,
  };
  const calls: SeenCall[] = [];
  const server = await openTinyServer(async (request, response) => {
    const { method, path, headers } = request;
    const body = jsonOf(request.body);
    const seen: SeenCall = { method, path, headers, body, status: null, refusal: null };
    calls.push(seen);
    try {
      await answer(world, request, response);
      seen.status = response.statusCode;
    } catch (error) {
      if (error instanceof Cut) return void response.destroy();
      const refusal = error instanceof ClaudeRefusal ? error : new ClaudeRefusal(500, String(error));
      seen.status = refusal.status;
      seen.refusal = refusal.message;
      refuse(response, refusal);
    }
  });
  return {
    url: server.url,
    apiKey: world.apiKey,
    calls,
    asked: world.asked,
    billed: world.billed,
    mostOpen: () => world.mostOpen,
    play(next) {
      world.script = next;
    },
    failNext: (path, ...next) => void world.faults.set(path, [...(world.faults.get(path) ?? []), ...next]),
    close: server.close,
  };
}

async function answer(world: World, request: RecordedRequest, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.path, 'http://claude');
  checkHeaders(request.headers, world.apiKey);
  const planned = world.faults.get(pathname)?.shift() ?? null;
  if (request.method === 'GET' && pathname === '/v1/models') {
    if (planned !== null) refuseBefore(planned);
    return sendJson(response, 200, page(world.models, searchParams), requestHeaders());
  }
  const named = /^\/v1\/models\/([^/]+)$/.exec(pathname)?.[1];
  if (request.method === 'GET' && named !== undefined) {
    return sendJson(response, 200, modelInfo(modelOf(named, world.models)), requestHeaders());
  }
  if (request.method !== 'POST') throw new ClaudeRefusal(404, 'Not found');
  const body = bodyOf(request);
  if (pathname === '/v1/messages/count_tokens') {
    if (planned !== null) refuseBefore(planned);
    const counted = checkCount(body, world.models);
    const tokens = promptTokens(counted, modelOf(counted.model, world.models));
    return sendJson(response, 200, { input_tokens: tokens }, requestHeaders());
  }
  if (pathname === '/v1/messages') return await message(world, body, response, planned);
  throw new ClaudeRefusal(404, 'Not found');
}

async function message(
  world: World,
  body: unknown,
  response: ServerResponse,
  planned: Fault | null,
): Promise<void> {
  const request = checkMessage(body, world.models);
  const scripted = scriptedOf(request, world.asked.length + 1);
  world.asked.push(scripted);
  world.open += 1;
  world.mostOpen = Math.max(world.mostOpen, world.open);
  const prompt = world.cache.look(request, modelOf(request.model, world.models));
  try {
    const said: ScriptedAnswer =
      planned === null ? await world.script(scripted) : { kind: 'fault', fault: planned };
    const fault = said.kind === 'fault' ? said.fault : null;
    if (fault !== null) refuseBefore(fault);
    const spoken = said.kind === 'fault' ? brokenOff : said;
    const built = buildMessage(request, spoken, prompt.keep());
    world.billed.push({ request: scripted, usage: built.usage, model: request.model });
    if (request.stream !== true) return sendJson(response, 200, messageJson(built), requestHeaders());
    response.writeHead(200, { 'content-type': 'text/event-stream', ...requestHeaders() });
    streamMessage(response, built, fault);
  } finally {
    world.open -= 1;
  }
}

function refuse(response: ServerResponse, refusal: ClaudeRefusal): void {
  const requestId = `req_${randomBytes(8).toString('hex')}`;
  sendJson(response, refusal.status, refusal.body(requestId), {
    'request-id': requestId,
    ...refusal.headers,
  });
}

/** The connection is to end without an answer. */
class Cut extends Error {}

/** Faults that show before a byte of the message does. */
function refuseBefore(fault: Fault): void {
  if ('cut' in fault && fault.cut === 'before') throw new Cut();
  if (!('status' in fault)) return;
  const code = 'code' in fault && fault.code !== undefined ? { code: fault.code } : {};
  const wait = 'retryAfterSeconds' in fault ? fault.retryAfterSeconds : undefined;
  const headers = wait === undefined ? {} : { headers: { 'retry-after': String(wait) } };
  throw new ClaudeRefusal(fault.status, 'As the test wants it.', { ...code, ...headers });
}

function checkHeaders(headers: IncomingHttpHeaders, apiKey: string): void {
  if (headers.authorization !== `Bearer ${apiKey}`) throw new ClaudeRefusal(401, 'invalid bearer token');
  if (headers['anthropic-version'] !== apiVersion) throw invalid('anthropic-version: header is required');
  // What is behind it changes without notice; nothing of ours may rest on it.
  if (headers['anthropic-beta'] !== undefined) throw invalid('anthropic-beta: no such feature');
}

function bodyOf({ headers, body }: RecordedRequest): unknown {
  if (body.length > largestBodyBytes) throw new ClaudeRefusal(413, 'Request exceeds the maximum size');
  if (headers['content-type']?.startsWith('application/json') !== true)
    throw invalid('content-type: must be JSON');
  const value = jsonOf(body);
  if (value === undefined) throw invalid('The request body is not valid JSON');
  return value;
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function requestHeaders(): Record<string, string> {
  return { 'request-id': `req_${randomBytes(8).toString('hex')}` };
}

function page(models: readonly ListedModel[], search: URLSearchParams): Record<string, unknown> {
  const limit = z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .catch(20)
    .parse(search.get('limit') ?? 20);
  const after = search.get('after_id');
  const begin = after === null ? 0 : models.findIndex(({ id }) => id === after) + 1;
  const data = models.slice(begin, begin + limit);
  return {
    data: data.map(modelInfo),
    has_more: begin + limit < models.length,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  };
}

function scriptedOf(request: CheckedRequest, number: number): ScriptedRequest {
  const words = (content: Parameters<typeof partsOf>[0]) =>
    partsOf(content)
      .map((one) => ('text' in one && typeof one.text === 'string' ? one.text : ''))
      .join('');
  const messages = request.messages.map(({ role, content }) => ({ role, text: words(content) }));
  return {
    model: request.model,
    system: words(request.system ?? []),
    messages,
    asked: messages.at(-1)?.text ?? '',
    schema: request.output_config?.format?.schema ?? null,
    maxSearches: request.tools?.[0]?.max_uses ?? 0,
    maxTokens: request.max_tokens,
    effort: request.output_config?.effort ?? null,
    number,
  };
}
