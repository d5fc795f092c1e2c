import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Arena, type ArenaOptions, startArena } from '../../src/arena/server.ts';

export const token = 'KGAT_test_token';
export const username = 'alice';
export const key = '0123456789abcdef0123456789abcdef';
export const bearer = { authorization: `Bearer ${token}` };

export async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'arena-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Ten hidden rows: ids 11 to 20, truth 1 for even ids, Public for the first six. */
const ids = Array.from({ length: 10 }, (_, index) => 11 + index);
export const truth = (id: number): string => (id % 2 === 0 ? '1' : '0');

export const goodFiles = (): Record<string, string> => ({
  'competition.json': JSON.stringify(aCompetitionFile()),
  'public/train.csv': `id,x,y\n${Array.from({ length: 10 }, (_, index) => `${index + 1},${index},${index % 2}`).join('\n')}\n`,
  'public/test.csv': `id,x\n${ids.map((id) => `${id},${id}`).join('\n')}\n`,
  'public/sample_submission.csv': `id,y\n${ids.map((id) => `${id},0`).join('\n')}\n`,
  'private/solution.csv': `id,y,Usage\n${ids.map((id) => `${id},${truth(id)},${id <= 16 ? 'Public' : 'Private'}`).join('\n')}\n`,
});

export function aCompetitionFile(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    slug: 'even-numbers',
    title: 'Even Numbers',
    description: 'Tell even numbers from odd ones. Practice for tests.',
    modality: 'tabular',
    task: 'binary-classification',
    metric: { name: 'accuracy', direction: 'maximize' },
    idColumn: 'id',
    targetColumns: ['y'],
    submissionColumns: ['y'],
    deadline: null,
    ...changes,
  };
}

/** A competition's folder on disk; `files` replaces files, null removes one. */
export async function aCompetitionFolder(
  options: { fields?: Record<string, unknown>; files?: Record<string, string | null>; parent?: string } = {},
): Promise<string> {
  const fields = aCompetitionFile(options.fields);
  const folder = join(options.parent ?? (await aFolder()), String(fields.slug));
  const files = { ...goodFiles(), 'competition.json': JSON.stringify(fields), ...options.files };
  for (const [name, content] of Object.entries(files)) {
    if (content === null) continue;
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

export type TestArena = Arena & { options: ArenaOptions; clock: { now: Date } };

/** A running arena with a clock that the test moves. It is closed when the test ends. */
export async function anArena(
  changes: Partial<ArenaOptions> & { clock?: { now: Date } } = {},
): Promise<TestArena> {
  const clock = changes.clock ?? { now: new Date('2026-11-22T10:00:00.123Z') };
  const options: ArenaOptions = {
    folders: changes.folders ?? [await aCompetitionFolder()],
    stateFolder: changes.stateFolder ?? (await aFolder()),
    host: '127.0.0.1',
    port: 0,
    storagePort: 0,
    token,
    username,
    key,
    now: () => clock.now,
    log: { info() {}, warn() {}, error() {} },
    ...changes,
  };
  const arena = await startArena(options);
  let isClosed = false;
  const close = async () => {
    if (!isClosed) await arena.close();
    isClosed = true;
  };
  onTestFinished(close);
  return { ...arena, close, options, clock };
}

/** What parsing gives: answers of a foreign API, whose shape the tests are about. */
export type Json = ReturnType<typeof JSON.parse>;

export type Reply = { status: number; headers: Headers; text: string; body: Json };

/** One call as the vendor's client makes it. */
export async function call(
  arena: Arena,
  method: string,
  body: unknown = {},
  options: { headers?: Record<string, string>; root?: string; service?: string } = {},
): Promise<Reply> {
  const service = options.service ?? 'competitions.CompetitionApiService';
  const response = await fetch(`${arena.apiUrl}${options.root ?? '/v1'}/${service}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(options.headers ?? bearer) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    redirect: 'manual',
  });
  return replyOf(response);
}

export async function judge(
  arena: Arena,
  action: string,
  body: unknown = {},
  slug = 'even-numbers',
): Promise<Reply> {
  const response = await fetch(`${arena.apiUrl}/arena/v1/competitions/${slug}/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...bearer },
    body: JSON.stringify(body),
  });
  return replyOf(response);
}

async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text();
  let body: Json = null;
  try {
    body = JSON.parse(text);
  } catch {
    // Not every answer is JSON.
  }
  return { status: response.status, headers: response.headers, text, body };
}

export const competitionName = 'even-numbers';

/** A submission that is right for as many of the ten rows as asked, wrong for the rest. */
export function aSubmission(right = 10): string {
  const rows = ids.map((id, index) => `${id},${index < right ? truth(id) : truth(id + 1)}`);
  return `id,y\n${rows.join('\n')}\n`;
}

export async function startUpload(
  arena: Arena,
  content: string,
): Promise<{ token: string; createUrl: string }> {
  const { body } = await call(arena, 'StartSubmissionUpload', {
    competitionName,
    fileName: 'submission.csv',
    contentLength: Buffer.byteLength(content),
    lastModifiedEpochSeconds: 1_700_000_000,
  });
  return body;
}

export function put(url: string, content: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'PUT', body: Buffer.from(content), headers });
}

export async function upload(arena: Arena, content: string): Promise<string> {
  const started = await startUpload(arena, content);
  await put(started.createUrl, content);
  return started.token;
}

export async function submit(arena: Arena, content: string, submissionDescription = 'a try'): Promise<Reply> {
  const blobFileTokens = await upload(arena, content);
  return call(arena, 'CreateSubmission', { competitionName, blobFileTokens, submissionDescription });
}

export async function listOf(arena: Arena): Promise<Json[]> {
  return (await call(arena, 'ListSubmissions', { competitionName, page: -1 })).body.submissions ?? [];
}
