import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { atTestEnd } from '../tiny-server.ts';
import { findCall, type SaladAnswer, type SaladCall, type SaladRequest, type SaladRoute } from './routes.ts';
import { SaladRefusal, type SaladSettings, usualClasses, usualSettings } from './settings.ts';
import { createSaladWorld, type SaladWorld } from './world.ts';

/** What goes wrong with one request. */
export type SaladFault =
  /** It has no effect; a page of the proxy in place of JSON where `html` is set. */
  | { status: number; detail?: string; html?: boolean; headers?: Record<string, string> }
  /** It has no effect, and exactly this is answered. */
  | { status: number; text: string }
  /** It has its effect, and the connection is cut. */
  | 'lost'
  /** It has no effect, and the connection is cut. */
  | 'dropped'
  /** It has its effect, and the proxy answers 502, or 503 with a time to come back. */
  | 'effect_then_502'
  | 'effect_then_503'
  /** It has its effect, and half of the answer comes. */
  | 'truncated'
  /** Neither an effect nor an answer, ever. */
  | 'hang'
  /** Its effect comes so much later, and no answer. */
  | { lateMs: number };

export type SaladRecord = {
  atMs: number;
  route: SaladRoute | 'unknown';
  group: string | null;
  status: number | 'none';
};

export type SaladcloudEmulator = SaladWorld & {
  /** Base of the public API, without a slash at its end. */
  url: string;
  records: readonly SaladRecord[];
  failNext(route: SaladRoute, ...faults: SaladFault[]): void;
  /** What went wrong so far. */
  played: readonly { route: SaladRoute; fault: SaladFault }[];
  /** Everything fails so until it is null again. */
  outage: SaladFault | null;
  /** Keys that are taken; a refreshed key kills the old one at once. */
  apiKey: string;
  /** Requests that are still on their way. */
  pending(): number;
  close(): Promise<void>;
  /** No machine of these classes is left (of all by default). */
  runDry(classIds?: readonly string[]): void;
};

const prefix = '/api/public';

/** SaladCloud over HTTP: strict, with real processes for containers, and a bill of its own; closed when the test ends. */
export async function startSaladcloud(settings: Partial<SaladSettings> = {}): Promise<SaladcloudEmulator> {
  const emulator = await openSaladcloud(settings);
  await atTestEnd(emulator.close);
  return emulator;
}

/** The same for whoever closes it. */
export async function openSaladcloud(settings: Partial<SaladSettings> = {}): Promise<SaladcloudEmulator> {
  const world = createSaladWorld({ ...usualSettings, classes: usualClasses(), ...settings });
  const planned = new Map<SaladRoute, SaladFault[]>();
  const records: SaladRecord[] = [];
  const played: { route: SaladRoute; fault: SaladFault }[] = [];
  const late = new Set<NodeJS.Timeout>();
  const limit = createRateLimit(world.settings);

  const faultOf = (route: SaladRoute): SaladFault | null =>
    emulator.outage ?? planned.get(route)?.shift() ?? null;

  const answer = async (raw: IncomingMessage, response: ServerResponse): Promise<void> => {
    const record: SaladRecord = { atMs: performance.now(), route: 'unknown', group: null, status: 'none' };
    records.push(record);
    const reply = (given: SaladAnswer): void => {
      record.status = given.status;
      send(response, given);
    };
    try {
      if (raw.headers['salad-api-key'] !== emulator.apiKey)
        throw new SaladRefusal(401, 'The API key is missing or not valid.');
      limit();
      const request = await readRequest(raw);
      const call = findCall(world, request);
      Object.assign(record, { route: call.route, group: call.group ?? groupIn(request) });
      const fault = faultOf(call.route);
      if (fault === null) reply(call.run());
      else {
        played.push({ route: call.route, fault });
        play(fault, call, response, { reply, late });
      }
    } catch (error) {
      if (!(error instanceof SaladRefusal)) throw error;
      reply(problem(error));
    }
  };

  const server = createServer((raw, response) => {
    answer(raw, response).catch((error: unknown) =>
      send(response, problem(new SaladRefusal(500, String(error)))),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const close = async () => {
    for (const timer of late) clearTimeout(timer);
    server.closeAllConnections();
    await new Promise<void>((done) => server.close(() => done()));
    await world.close();
  };
  // listen() on a TCP port always gives an AddressInfo.
  const { port } = server.address() as AddressInfo;
  const emulator: SaladcloudEmulator = {
    ...world,
    url: `http://127.0.0.1:${port}${prefix}`,
    records,
    played,
    failNext(route, ...faults) {
      planned.set(route, [...(planned.get(route) ?? []), ...faults]);
    },
    outage: null,
    apiKey: world.settings.apiKey,
    pending: () => late.size,
    close,
    runDry(classIds = world.classes.map(({ id }) => id)) {
      for (const id of classIds) world.setMachines(id, 0);
    },
  };
  return emulator;
}

function play(
  fault: SaladFault,
  call: SaladCall,
  response: ServerResponse,
  { reply, late }: { reply: (answer: SaladAnswer) => void; late: Set<NodeJS.Timeout> },
): void {
  if (fault === 'dropped') response.destroy();
  else if (fault === 'lost') {
    call.run();
    response.destroy();
  } else if (fault === 'effect_then_502' || fault === 'effect_then_503') {
    call.run();
    reply(fault === 'effect_then_502' ? pageAnswer(502) : pageAnswer(503, { 'retry-after': '0' }));
  } else if (fault === 'truncated') {
    const { status, body } = call.run();
    const text = JSON.stringify(body ?? {});
    reply({ status, body: text.slice(0, text.length / 2) });
  } else if (fault !== 'hang' && 'lateMs' in fault) {
    // Whoever asked has gone by then; a refusal is of no use to anybody.
    const timer = setTimeout(() => {
      late.delete(timer);
      quietly(call);
    }, fault.lateMs);
    late.add(timer);
  } else if (fault !== 'hang' && 'text' in fault) {
    reply({ status: fault.status, body: fault.text });
  } else if (fault !== 'hang') {
    const { status, html = false, detail = 'a fault of the test', headers = {} } = fault;
    reply(html ? pageAnswer(status, headers) : problem(new SaladRefusal(status, detail, headers)));
  }
}

function quietly(call: SaladCall): void {
  try {
    call.run();
  } catch (error) {
    if (!(error instanceof SaladRefusal)) throw error;
  }
}

function createRateLimit({ callsPerMinute, secondMs }: SaladSettings): () => void {
  const recent: number[] = [];
  return () => {
    const nowMs = performance.now();
    while ((recent[0] ?? nowMs) < nowMs - 60 * secondMs) recent.shift();
    if (recent.length >= callsPerMinute) throw new SaladRefusal(429, 'Too many requests.');
    recent.push(nowMs);
  };
}

async function readRequest(raw: IncomingMessage): Promise<SaladRequest> {
  const url = new URL(raw.url ?? '/', 'http://emulator');
  const text = (await buffer(raw)).toString('utf8');
  return {
    method: raw.method ?? '',
    path: url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : '',
    query: url.search,
    contentType: raw.headers['content-type'] ?? '',
    body: text === '' ? undefined : parse(text),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw Object.assign(new SaladRefusal(400, 'The body is not JSON.'), { cause });
  }
}

function groupIn({ body }: SaladRequest): string | null {
  return typeof body === 'object' && body !== null && 'name' in body ? String(body.name) : null;
}

function problem({ status, message, headers }: SaladRefusal): SaladAnswer {
  return {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
    body: { type: 'about:blank', title: 'A problem', status, detail: message },
  };
}

/** As the proxy before the service answers. */
function pageAnswer(status: number, headers: Record<string, string> = {}): SaladAnswer {
  const body = `<html><head><title>${status}</title></head><body>cloudflare</body></html>`;
  return { status, body, headers: { ...headers, 'content-type': 'text/html' } };
}

function send(response: ServerResponse, { status, body, headers = {} }: SaladAnswer): void {
  if (response.destroyed || response.headersSent) return;
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(text);
}
