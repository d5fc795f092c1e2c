import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { type RecordedRequest, sendJson, startTinyServer } from '../tiny-server.ts';
import { directAnswer, type Findings, planElements, runElements, someFindings } from './research-run.ts';
import { createTokenEndpoint } from './token-endpoint.ts';

export const place = { project: 'my-project', location: 'global', app: 'my-app_17' } as const;
const engine = `projects/${place.project}/locations/${place.location}/collections/default_collection/engines/${place.app}`;

/** Each is met once, in the order given, at the call that it is for. */
export type Fault =
  | {
      at: 'token' | 'plan' | 'run' | 'session';
      status: number;
      canonical: string;
      retryAfter?: string;
      asList?: boolean;
    }
  /** Answers by itself, on this version only where one is named. */
  | { at: 'plan'; what: 'no_plan'; version?: string }
  | { at: 'plan'; what: 'skipped'; reason: string }
  /** The connection ends after so many elements; the run goes on, ends later, or is cancelled. */
  | { at: 'run'; what: 'dropped'; after: number; run: 'finished' | 'at_work' | 'cancelled' | 'lost' }
  | { at: 'run'; what: 'failed_within' }
  | { at: 'run'; what: 'direct_answer' }
  | { at: 'run'; what: 'stall'; after: number };

type Session = {
  state: 'new' | 'planned' | 'running' | 'done';
  turns: { query: unknown; detailedAssistAnswer: Record<string, unknown> }[];
};

const bodySchema = z.strictObject({
  query: z.strictObject({ text: z.string().min(1) }),
  session: z.string(),
  agentsSpec: z
    .strictObject({ agentSpecs: z.array(z.strictObject({ agentId: z.string().max(63) })) })
    .optional(),
  toolsSpec: z
    .strictObject({ webGroundingSpec: z.strictObject({}), vertexAiSearchSpec: z.strictObject({}).optional() })
    .optional(),
});
const alphaSchema = bodySchema.extend({
  assistSkippingMode: z.literal('REQUEST_ASSIST').optional(),
  answerGenerationMode: z.literal('AGENT').optional(),
});

/**
 * Agentspace as its contract has it: a token endpoint, sessions with a plan and its approval, streams that are one JSON
 * array in pieces of any size, and faults on demand.
 */
export async function startAgentspace(
  given: {
    findings?: Findings;
    hasGrounding?: boolean;
    echoes?: boolean;
    pieceBytes?: number;
    /** Which element of a plan names its session: both were seen. */
    sessionIn?: 'first' | 'last';
    /** What a lost run left is no longer told by its session. */
    forgetsParts?: boolean;
  } = {},
) {
  const tokens = createTokenEndpoint();
  const sessions = new Map<string, Session>();
  const faults: Fault[] = [];
  const findings = given.findings ?? someFindings;
  const counts = { plans: 0, runs: 0, looks: 0, tokens: 0 };
  const bodies: { version: string; body: z.output<typeof alphaSchema> }[] = [];
  const options = { hasGrounding: given.hasGrounding ?? true, echoes: given.echoes ?? false };

  const takeFault = (at: Fault['at'], version?: string): Fault | null => {
    const index = faults.findIndex(
      (one) => one.at === at && (!('version' in one) || one.version === undefined || one.version === version),
    );
    return index < 0 ? null : (faults.splice(index, 1)[0] ?? null);
  };

  const server = await startTinyServer(async (request, response) => {
    const url = new URL(request.path, 'http://x');
    if (url.pathname === '/token') return exchange(request, response);
    const refusal = refusalOf(request, tokens.isLive);
    if (refusal !== null) return refuse(response, refusal.status, refusal.canonical);
    const assist = /^\/(v1|v1beta|v1alpha)\/(.+):streamAssist$/.exec(url.pathname);
    if (request.method === 'POST' && assist !== null) {
      return await streamAssist(request, response, assist[1] ?? '', assist[2] ?? '');
    }
    const look = /^\/(?:v1|v1beta|v1alpha)\/(.+\/sessions\/[^/]+)$/.exec(url.pathname);
    if (request.method === 'GET' && look !== null) {
      return getSession(response, look[1] ?? '', url.searchParams.get('includeAnswerDetails') === 'true');
    }
    refuse(response, 404, 'NOT_FOUND');
  });

  function exchange(request: RecordedRequest, response: ServerResponse) {
    counts.tokens += 1;
    const fault = takeFault('token');
    if (fault !== null && 'status' in fault) {
      return sendJson(response, fault.status, { error: 'temporarily_unavailable', error_description: '' });
    }
    const contentType = String(request.headers['content-type'] ?? '');
    const { status, body } = tokens.exchange(request.body.toString(), contentType, `${server.url}/token`);
    sendJson(response, status, body);
  }

  async function streamAssist(
    request: RecordedRequest,
    response: ServerResponse,
    version: string,
    assistant: string,
  ): Promise<void> {
    if (assistant !== `${engine}/assistants/default_assistant`) return refuse(response, 404, 'NOT_FOUND');
    const schema = version === 'v1alpha' ? alphaSchema : bodySchema;
    const parsed = schema.safeParse(JSON.parse(request.body.toString()));
    if (!parsed.success) return refuse(response, 400, 'INVALID_ARGUMENT', { asList: true });
    bodies.push({ version, body: parsed.data });
    const { session: named, agentsSpec, query } = parsed.data;
    const isNew = named === `${engine}/sessions/-`;
    const name = isNew ? `${engine}/sessions/${randomUUID()}` : named;
    const session: Session | undefined = isNew ? { state: 'new', turns: [] } : sessions.get(name);
    if (session === undefined) return refuse(response, 404, 'NOT_FOUND');
    const turn: Turn = { name, session, version, response, query };
    const isResearch = agentsSpec?.agentSpecs.some(({ agentId }) => agentId === 'deep_research') === true;
    const approves = session.state !== 'new' && query.text.toLowerCase() === 'start research';
    // Without its agent, or in a session whose research is under way or done, the assistant answers by itself.
    const isOver = session.state === 'running' || session.state === 'done';
    if (!isResearch || (approves && isOver)) return await write(response, directAnswer(name), pieceBytes);
    const hasWeb = parsed.data.toolsSpec?.webGroundingSpec !== undefined;
    return approves ? await run(turn, hasWeb) : await plan(turn);
  }

  const pieceBytes = given.pieceBytes ?? 700;

  async function plan(turn: Turn): Promise<void> {
    const { name, session, version, response, query } = turn;
    const fault = takeFault('plan', version);
    if (fault !== null && 'status' in fault) return refuse(response, fault.status, fault.canonical, fault);
    if (fault !== null && 'what' in fault && fault.what === 'no_plan') {
      return await write(response, directAnswer(name), pieceBytes);
    }
    if (fault !== null && 'what' in fault && fault.what === 'skipped') {
      const answer = { state: 'SKIPPED', assistSkippedReasons: [fault.reason] };
      return await write(response, [{ answer, sessionInfo: { session: name } }], pieceBytes);
    }
    counts.plans += 1;
    const elements = planElements(name, findings.questions, given.sessionIn ?? 'first');
    session.state = 'planned';
    session.turns = [{ query, detailedAssistAnswer: merged(elements, 'SUCCEEDED') }];
    sessions.set(name, session);
    await write(response, elements, pieceBytes);
  }

  async function run({ name, session, response, query }: Turn, hasWeb: boolean): Promise<void> {
    const fault = takeFault('run');
    if (fault !== null && 'status' in fault) return refuse(response, fault.status, fault.canonical, fault);
    counts.runs += 1;
    // Without the web there is nothing to ground a report on.
    const grounded = { ...options, hasGrounding: options.hasGrounding && hasWeb };
    const elements = runElements(name, findings, grounded);
    session.state = 'done';
    const remember = (count: number, state: string): void => {
      // What failed or was cancelled may be approved once more.
      session.state = state === 'SUCCEEDED' ? 'done' : state === 'IN_PROGRESS' ? 'running' : 'planned';
      const told = given.forgetsParts === true && state === 'CANCELLED' ? 0 : count;
      session.turns[1] = { query, detailedAssistAnswer: merged(elements.slice(0, told), state) };
    };
    if (fault === null || !('what' in fault)) {
      remember(elements.length, 'SUCCEEDED');
      return await write(response, elements, pieceBytes);
    }
    if (fault.what === 'direct_answer') return await write(response, directAnswer(name), pieceBytes);
    if (fault.what === 'failed_within') {
      remember(2, 'FAILED');
      const error = { code: 400, status: 'FAILED_PRECONDITION', message: 'The agent is not usable.' };
      return await write(
        response,
        [...elements.slice(0, 2), { answer: { state: 'FAILED' } }, { error }],
        pieceBytes,
      );
    }
    if (fault.what === 'stall') {
      remember(elements.length, 'SUCCEEDED');
      return await write(response, elements.slice(0, fault.after), pieceBytes, 'stays open');
    }
    if (fault.what !== 'dropped') return;
    if (fault.run === 'finished') remember(elements.length, 'SUCCEEDED');
    if (fault.run === 'at_work') remember(fault.after, 'IN_PROGRESS');
    if (fault.run === 'cancelled') remember(fault.after, 'CANCELLED');
    if (fault.run === 'lost') session.state = 'planned';
    await write(response, elements.slice(0, fault.after), pieceBytes, 'is cut');
  }

  function getSession(response: ServerResponse, name: string, isDetailed: boolean) {
    counts.looks += 1;
    const fault = takeFault('session');
    if (fault !== null && 'status' in fault) return refuse(response, fault.status, fault.canonical, fault);
    const session = sessions.get(name);
    if (session === undefined) return refuse(response, 404, 'NOT_FOUND');
    const turns = session.turns.map(({ query, detailedAssistAnswer }) => {
      return { query, ...(isDetailed ? { detailedAssistAnswer } : {}) };
    });
    sendJson(response, 200, { name, state: 'IN_PROGRESS', turns });
  }

  /** What was still at work has come to its end. */
  const finishAll = (): void => {
    for (const [name, session] of sessions) {
      const last = session.turns[1];
      if (last?.detailedAssistAnswer.state !== 'IN_PROGRESS') continue;
      session.state = 'done';
      last.detailedAssistAnswer = merged(runElements(name, findings, options), 'SUCCEEDED');
    }
  };

  return {
    url: server.url,
    tokenUrl: `${server.url}/token`,
    key: tokens.key,
    endTokens: tokens.endAll,
    fail: (...more: Fault[]) => faults.push(...more),
    finishAll,
    forget: () => sessions.clear(),
    counts,
    bodies,
    requests: server.requests,
  };
}
export type Agentspace = Awaited<ReturnType<typeof startAgentspace>>;

type Turn = { name: string; session: Session; version: string; response: ServerResponse; query: unknown };

function refusalOf(request: RecordedRequest, isLive: (token: string) => boolean) {
  const [scheme, token = ''] = String(request.headers.authorization ?? '').split(' ');
  if (scheme !== 'Bearer' || !isLive(token)) return { status: 401, canonical: 'UNAUTHENTICATED' };
  if (request.headers['x-goog-user-project'] !== place.project) {
    return { status: 403, canonical: 'PERMISSION_DENIED' };
  }
  const isJson = request.method === 'GET' || request.headers['content-type'] === 'application/json';
  return isJson ? null : { status: 400, canonical: 'INVALID_ARGUMENT' };
}

function refuse(
  response: ServerResponse,
  status: number,
  canonical: string,
  { retryAfter, asList }: { retryAfter?: string; asList?: boolean } = {},
): void {
  const details = [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'SOME_REASON', domain: 'x' },
  ];
  const body = { error: { code: status, message: `${canonical} in words`, status: canonical, details } };
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  sendJson(response, status, asList === true ? [body] : body, headers);
}

/** All pieces of an answer as a session keeps them: one answer with everything in it. */
function merged(elements: readonly Record<string, unknown>[], state: string): Record<string, unknown> {
  const replies = elements.flatMap((element) => {
    const { answer } = z
      .looseObject({ answer: z.looseObject({ replies: z.array(z.unknown()).optional() }) })
      .parse(element);
    return answer.replies ?? [];
  });
  return { state, replies };
}

/** One JSON array, element by element, in pieces that end anywhere. */
async function write(
  response: ServerResponse,
  elements: readonly unknown[],
  pieceBytes: number,
  end: 'well' | 'is cut' | 'stays open' = 'well',
): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json; charset=UTF-8' });
  const text = `[${elements.map((element) => JSON.stringify(element, null, 1)).join('\n,\n')}`;
  const bytes = Buffer.from(end === 'well' ? `${text}\n]` : text);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    response.write(bytes.subarray(at, at + pieceBytes));
    // each piece is a write of its own
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (end === 'well') response.end();
  if (end === 'is cut') response.destroy();
}
