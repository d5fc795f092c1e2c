import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ListedModel } from './model-list.ts';
import { ClaudeRefusal, invalid } from './refusal.ts';
import { checkSchema } from './schema-rules.ts';

const cacheControl = z.strictObject({
  type: z.literal('ephemeral'),
  ttl: z.enum(['5m', '1h']).optional(),
});
const cached = { cache_control: cacheControl.nullish() };
const textPart = z.strictObject({
  type: z.literal('text'),
  text: z.string().min(1, 'text content blocks must be non-empty'),
  citations: z.array(z.looseObject({ type: z.string() })).nullish(),
  ...cached,
});
const otherPart = z.looseObject({ type: z.string(), ...cached });
const part = z.union([textPart, otherPart.refine(({ type }) => type !== 'text', 'not a text block')]);
const message = z.strictObject({
  role: z.enum(['user', 'assistant', 'system']),
  content: z.union([z.string().min(1, 'messages must have non-empty content'), z.array(part).min(1)]),
});
const searchTool = z.strictObject({
  type: z.enum(['web_search_20250305', 'web_search_20260209', 'web_search_20260318']),
  name: z.literal('web_search'),
  max_uses: z.number().int().positive().optional(),
  allowed_domains: z.array(z.string()).nullish(),
  blocked_domains: z.array(z.string()).nullish(),
  ...cached,
});
const counted = {
  model: z.string().min(1),
  messages: z.array(message).min(1, 'messages: at least one message is required'),
  system: z.union([z.string().min(1), z.array(textPart).min(1)]).optional(),
  tools: z.array(searchTool).optional(),
  tool_choice: z.looseObject({ type: z.enum(['auto', 'any', 'tool', 'none']) }).optional(),
  thinking: z.looseObject({ type: z.enum(['adaptive', 'enabled', 'disabled', 'between_tools']) }).optional(),
  output_config: z
    .strictObject({
      effort: z.string().nullish(),
      format: z.strictObject({ type: z.literal('json_schema'), schema: z.unknown() }).nullish(),
    })
    .nullish(),
};
const countSchema = z.strictObject(counted);
const messageSchema = z.strictObject({
  ...counted,
  max_tokens: z.number().int().nonnegative(),
  stream: z.boolean().optional(),
  stop_sequences: z.array(z.string()).optional(),
  metadata: z.strictObject({ user_id: z.string().nullish() }).optional(),
});
export type CheckedRequest = z.output<typeof messageSchema>;
export type CheckedPart = z.output<typeof part>;

/** Source: contract of Claude, section 1 */
const removed = ['temperature', 'top_p', 'top_k', 'output_format'];
/** Longer answers take more than ten minutes. Source: contract of Claude, section 2 */
const mostWithoutStream = 21_333;
const mostBreakpoints = 4;

/** The body of a message call, as strictly as the vendor reads it. @throws ClaudeRefusal */
export function checkMessage(body: unknown, models: readonly ListedModel[]): CheckedRequest {
  const request = parse(messageSchema, body);
  const model = modelOf(request.model, models);
  if (request.max_tokens > model.maxTokens) {
    throw invalid(`max_tokens: ${request.max_tokens} > ${model.maxTokens}, the most that ${model.id} gives`);
  }
  if (request.stream !== true && request.max_tokens > mostWithoutStream) {
    throw invalid('Streaming is required for operations that may take longer than 10 minutes');
  }
  checkTogether(request, model);
  return request;
}

/** The body of a token count. @throws ClaudeRefusal */
export function checkCount(
  body: unknown,
  models: readonly ListedModel[],
): Omit<CheckedRequest, 'max_tokens'> {
  const request = parse(countSchema, body);
  checkTogether(request, modelOf(request.model, models));
  return request;
}

/** @throws ClaudeRefusal 404 for one that was never there or is there no more */
export function modelOf(id: string, models: readonly ListedModel[]): ListedModel {
  const found = models.find((model) => model.id === id && model.lifecycle !== 'retired');
  if (found === undefined) throw new ClaudeRefusal(404, `model: ${id}`);
  return found;
}

export function partsOf(content: string | readonly CheckedPart[]): readonly CheckedPart[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

/**
 * The signature of what was thought: by one model, after these messages. Sent back, it must still fit.
 * Source: contract of Claude, section 1
 */
export function signatureOf(thinking: string, model: string, before: CheckedRequest['messages']): string {
  const words = before.map(({ role, content }) => [role, partsOf(content).map(withoutCache)]);
  return createHash('sha256')
    .update(JSON.stringify([thinking, model, words]))
    .digest('base64');
}

/** Where a prompt is cut for the cache is no part of what was said. */
function withoutCache({ cache_control: _, ...said }: CheckedPart): Record<string, unknown> {
  return said;
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const named = removed.find((name) => typeof body === 'object' && body !== null && name in body);
  if (named !== undefined) throw invalid(`${named}: this parameter is no longer supported`);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
}

function checkTogether(request: Omit<CheckedRequest, 'max_tokens'>, model: ListedModel): void {
  const { thinking, tool_choice: choice, output_config: output, messages, tools } = request;
  if (model.isCurrent && (thinking?.type === 'enabled' || thinking?.type === 'disabled')) {
    throw invalid(`thinking.type: '${thinking.type}' is not supported by ${model.id}`);
  }
  if (model.isCurrent && (choice?.type === 'any' || choice?.type === 'tool')) {
    throw invalid(`tool_choice: forced tool use is not supported by ${model.id}`);
  }
  if (output?.effort != null && !model.efforts.includes(output.effort)) {
    throw invalid(`output_config.effort: '${output.effort}' is not supported by ${model.id}`);
  }
  if (output?.format != null) {
    if (!model.givesJson) throw invalid(`output_config.format: not supported by ${model.id}`);
    checkSchema(output.format.schema);
  }
  if (tools?.some((tool) => tool.allowed_domains != null && tool.blocked_domains != null)) {
    throw invalid('tools: allowed_domains and blocked_domains exclude each other');
  }
  checkMessages(messages, model);
  checkBreakpoints(request);
}

function checkMessages(messages: CheckedRequest['messages'], model: ListedModel): void {
  const last = messages.at(-1);
  const goesOn =
    last?.role === 'assistant' && partsOf(last.content).some(({ type }) => type === 'server_tool_use');
  if (model.isCurrent && last?.role === 'assistant' && !goesOn) {
    throw invalid(`${model.id} does not support assistant message prefill`);
  }
  for (const [place, { role, content }] of messages.entries()) {
    for (const one of partsOf(content)) checkPart(role, one, model.id, messages.slice(0, place));
  }
}

function checkPart(role: string, one: CheckedPart, model: string, before: CheckedRequest['messages']): void {
  if (role === 'assistant' && one.type === 'document') throw invalid('document blocks are not allowed here');
  if (role === 'user' && 'citations' in one && Array.isArray(one.citations) && one.citations.length > 0) {
    throw invalid('citations are not allowed on user text');
  }
  if (one.type !== 'thinking') return;
  const { thinking, signature } = z.looseObject({ thinking: z.string(), signature: z.string() }).parse(one);
  if (signature !== signatureOf(thinking, model, before)) {
    throw invalid('thinking blocks must be sent back as they came, to the model that thought them');
  }
}

function checkBreakpoints({ tools, system, messages }: Omit<CheckedRequest, 'max_tokens'>): void {
  const parts = [
    ...(tools ?? []),
    ...partsOf(system ?? []),
    ...messages.flatMap(({ content }) => partsOf(content)),
  ];
  const ttls = parts.flatMap(({ cache_control: control }) => (control == null ? [] : [control.ttl ?? '5m']));
  if (ttls.length > mostBreakpoints) {
    throw invalid(`A maximum of 4 blocks with cache_control may be provided. Found ${ttls.length}.`);
  }
  const firstShort = ttls.indexOf('5m');
  if (firstShort !== -1 && ttls.lastIndexOf('1h') > firstShort) {
    throw invalid("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block");
  }
}
