import type { ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { type RecordedRequest, sendJson, startTinyServer } from '../tiny-server.ts';
import { takeLines } from './file-stream.ts';
import { answerGraphql } from './graphql.ts';
import { createWandbWorld, WandbRefusal, type WandbRun } from './world.ts';

/** What goes wrong with one request: before it has an effect, or `lost`, after it has had one. */
export type WandbFault = { status: number; headers?: Record<string, string> } | 'lost';

export type WandbEmulator = {
  url: string;
  apiKey: string;
  entity: string;
  requests: readonly RecordedRequest[];
  runs(): WandbRun[];
  /** The next requests of this kind fail so. */
  failNext(kind: 'graphql' | 'lines', ...faults: WandbFault[]): void;
  /** Everything fails so until it is null again. */
  outage: WandbFault | null;
  deleteRun(run: WandbRun): void;
};

/** Weights & Biases over HTTP, as strict as its contract. */
export async function startWandb(
  options: { apiKey?: string; features?: readonly string[]; now?: () => Date } = {},
): Promise<WandbEmulator> {
  const { apiKey = 'k'.repeat(40), features = [], now = () => new Date() } = options;
  const world = createWandbWorld(now);
  const account = { username: 'somebody', entity: 'somebodys-team' };
  const planned: Record<'graphql' | 'lines', WandbFault[]> = { graphql: [], lines: [] };

  const handle = async (request: RecordedRequest, response: ServerResponse): Promise<void> => {
    requireKey(request, apiKey);
    const kind = request.path === '/graphql' ? 'graphql' : 'lines';
    const fault = emulator.outage ?? planned[kind].shift() ?? null;
    if (fault !== null && fault !== 'lost')
      throw new WandbRefusal(fault.status, 'a fault of the test', fault.headers);
    const body = unpacked(request, features);
    const answer =
      kind === 'graphql'
        ? await answerGraphql(world, account, features, body)
        : takeLines(runAt(request.path), body, now());
    if (fault === 'lost') response.destroy();
    else sendJson(response, 200, answer);
  };

  const runAt = (path: string): WandbRun => {
    const found = /^\/files\/([^/]+)\/([^/]+)\/([^/]+)\/file_stream$/.exec(path);
    const [entity = '', project = '', name = ''] = (found?.slice(1) ?? []).map(decodeURIComponent);
    const run = world.find(entity, project, name);
    if (run === undefined) throw new WandbRefusal(404, 'run not found');
    if (run.isDeleted) throw new WandbRefusal(409, 'run was deleted');
    return run;
  };

  const server = await startTinyServer(async (request, response) => {
    try {
      await handle(request, response);
    } catch (error) {
      const refusal = error instanceof WandbRefusal ? error : new WandbRefusal(400, String(error));
      sendJson(response, refusal.status, { error: refusal.message }, refusal.headers);
    }
  });
  const emulator: WandbEmulator = {
    url: server.url,
    apiKey,
    entity: account.entity,
    requests: server.requests,
    runs: () => world.all(),
    failNext: (kind, ...faults) => planned[kind].push(...faults),
    outage: null,
    deleteRun(run) {
      run.isDeleted = true;
    },
  };
  return emulator;
}

function requireKey({ method, headers }: RecordedRequest, apiKey: string): void {
  const wanted = `Basic ${Buffer.from(`api:${apiKey}`).toString('base64')}`;
  if (headers.authorization !== wanted) throw new WandbRefusal(401, 'user is not logged in');
  if (method !== 'POST') throw new WandbRefusal(405, 'POST alone');
  if (headers['content-type'] !== 'application/json') throw new WandbRefusal(415, 'JSON alone');
}

function unpacked({ headers, body }: RecordedRequest, features: readonly string[]): Buffer {
  if (headers['content-encoding'] === undefined) return body;
  if (headers['content-encoding'] !== 'gzip' || !features.includes('FILESTREAM_GZIP'))
    throw new WandbRefusal(400, 'an encoding that is not taken');
  return gunzipSync(body);
}
