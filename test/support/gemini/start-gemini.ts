import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { type RecordedRequest, sendJson, startTinyServer } from '../tiny-server.ts';

export const geminiKey = 'AIza-canary-key-0123456789';
export const geminiAgent = 'deep-research-preview-04-2026';

/** Source: npm @google/genai 3.1.0, dist/genai.d.ts, CreateAgentInteraction and DeepResearchAgentConfig */
const createSchema = z.strictObject({
  agent: z.string(),
  input: z.string().min(1),
  background: z.literal(true),
  store: z.literal(true).optional(),
  stream: z.literal(false).optional(),
  agent_config: z.strictObject({
    type: z.literal('deep-research'),
    thinking_summaries: z.enum(['auto', 'none']).optional(),
    visualization: z.enum(['auto', 'off']).optional(),
    collaborative_planning: z.boolean().optional(),
  }),
  labels: z
    .record(z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/), z.string().regex(/^[a-z0-9_-]{0,63}$/))
    .optional(),
});

export type GeminiFault =
  | { at: 'create' | 'get' | 'cancel'; status: number; message?: string; retryAfter?: string }
  /** It takes effect, and its answer never comes. */
  | { at: 'create'; what: 'answer_lost' };

export type Annotation = { url: string; title?: string; start: number; end: number };

type Interaction = { id: string; polls: number; isCancelled: boolean; body: z.output<typeof createSchema> };

/** Gemini's Interactions API as its contract has it: in the background, looked at until it ends. */
export async function startGemini(
  given: {
    /** Looks that find it at work. */
    polls?: number;
    /** What it is said to be while it is at work; more states than we know may come. */
    meanwhile?: string;
    /** How it ends. */
    ending?: 'completed' | 'failed' | 'incomplete' | 'budget_exceeded' | 'requires_action' | 'never';
    text?: string;
    annotations?: readonly Annotation[];
    /** Older versions of the API say `outputs`. */
    isLegacy?: boolean;
  } = {},
) {
  const interactions = new Map<string, Interaction>();
  const faults: GeminiFault[] = [];
  const text = given.text ?? 'Boosting won. Linear models lost.';
  const counts = { creates: 0, gets: 0, cancels: 0 };

  const server = await startTinyServer((request, response) => {
    answer(request, response);
  });

  function answer(request: RecordedRequest, response: ServerResponse) {
    const { pathname } = new URL(request.path, 'http://x');
    const path = /^\/(?:v1|v1beta)\/interactions(?:\/([^/]+))?(\/cancel)?$/.exec(pathname);
    if (request.headers['x-goog-api-key'] !== geminiKey) {
      return refuse(response, 400, 'API key not valid. Please pass a valid API key.');
    }
    if (path === null) return refuse(response, 404, 'no such method');
    const [, id, cancel] = path;
    if (request.method === 'POST' && id === undefined) return create(request, response);
    const interaction = interactions.get(id ?? '');
    const at = cancel === undefined ? 'get' : 'cancel';
    const fault = takeFault(at);
    if (fault !== null && 'status' in fault)
      return refuse(response, fault.status, fault.message, fault.retryAfter);
    if (interaction === undefined) return refuse(response, 404, 'no such interaction');
    if (request.method === 'POST' && at === 'cancel') {
      if (!['', '{}'].includes(request.body.toString())) return refuse(response, 400, 'cancel takes nothing');
      counts.cancels += 1;
      interaction.isCancelled = true;
    } else {
      counts.gets += 1;
      interaction.polls += 1;
    }
    sendJson(response, 200, shown(interaction));
  }

  function takeFault(at: GeminiFault['at']): GeminiFault | null {
    const index = faults.findIndex((one) => one.at === at);
    return index < 0 ? null : (faults.splice(index, 1)[0] ?? null);
  }

  function create(request: RecordedRequest, response: ServerResponse) {
    const fault = takeFault('create');
    if (fault !== null && 'status' in fault)
      return refuse(response, fault.status, fault.message, fault.retryAfter);
    const parsed = createSchema.safeParse(JSON.parse(request.body.toString()));
    if (!parsed.success) return refuse(response, 400, z.prettifyError(parsed.error));
    if (parsed.data.agent !== geminiAgent) return refuse(response, 404, 'no such agent');
    counts.creates += 1;
    const interaction = { id: `int_${randomUUID()}`, polls: 0, isCancelled: false, body: parsed.data };
    interactions.set(interaction.id, interaction);
    if (fault !== null) return response.destroy();
    sendJson(response, 200, shown(interaction));
  }

  function statusOf({ polls, isCancelled }: Interaction): string {
    if (isCancelled) return 'cancelled';
    if (polls === 0) return 'queued';
    const isAtWork = given.ending === 'never' || polls <= (given.polls ?? 1);
    return isAtWork ? (given.meanwhile ?? 'in_progress') : (given.ending ?? 'completed');
  }

  function shown(interaction: Interaction) {
    const status = statusOf(interaction);
    const base = {
      id: interaction.id,
      status,
      agent: interaction.body.agent,
      created: '2026-11-22T10:00:00Z',
      updated: '2026-11-22T10:00:01Z',
    };
    if (['queued', 'in_progress', 'cancelled', given.meanwhile].includes(status)) return base;
    if (status === 'failed') return { ...base, errors: [{ code: 13, message: 'It ran out of pages.' }] };
    return { ...base, ...written(text, given.annotations ?? [], given.isLegacy ?? false) };
  }

  return {
    url: server.url,
    fail: (...more: GeminiFault[]) => faults.push(...more),
    forget: () => interactions.clear(),
    counts,
    requests: server.requests,
    bodies: () => [...interactions.values()].map(({ body }) => body),
  };
}
export type Gemini = Awaited<ReturnType<typeof startGemini>>;

function written(text: string, annotations: readonly Annotation[], isLegacy: boolean) {
  const content = {
    type: 'text',
    text,
    annotations: annotations.map(({ url, title, start, end }) => {
      return { type: 'url_citation', url, title, start_index: start, end_index: end };
    }),
  };
  const usage = {
    total_input_tokens: 1000,
    total_output_tokens: 200,
    total_thought_tokens: 50,
    total_cached_tokens: 10,
    total_tokens: 1260,
  };
  if (isLegacy) return { outputs: [content], usage };
  return {
    steps: [
      { type: 'thought', summary: [{ type: 'text', text: 'hm' }] },
      { type: 'google_search_call', id: 'c1', arguments: { queries: ['titanic'] } },
      { type: 'model_output', content: [{ type: 'text', text: 'a first draft' }] },
      { type: 'model_output', content: [content, { type: 'image', data: '', mime_type: 'image/png' }] },
    ],
    usage,
  };
}

function refuse(response: ServerResponse, status: number, message = 'in words', retryAfter?: string) {
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  sendJson(response, status, { error: { code: status, message, status: 'SOME_STATUS' } }, headers);
}
