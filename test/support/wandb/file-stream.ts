import { z } from 'zod';
import { WandbRefusal, type WandbRun } from './world.ts';

const largestBodyBytes = 10 * 1024 ** 2;
const largestLineBytes = 10 * 1024 ** 2 - 100 * 1024;

const filesSchema = z.record(
  z.string(),
  z.strictObject({ offset: z.number().int().nonnegative(), content: z.array(z.string()) }),
);
const bodySchema = z.strictObject({
  files: filesSchema.optional(),
  uploaded: z.array(z.string()).optional(),
  preempting: z.boolean().optional(),
  complete: z.boolean().optional(),
  exitcode: z.number().int().optional(),
});

const words = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;
/** JSON with bare NaN and Infinity, as the service takes it. */
export function parseExtended(text: string): unknown {
  return JSON.parse(text.replace(words, (found) => (found.startsWith('"') ? found : 'null')));
}
const historyRow = z.looseObject({
  _step: z.number().int().nonnegative(),
  _timestamp: z.number(),
  _runtime: z.number(),
});
const eventRow = z.looseObject({ _timestamp: z.number(), _runtime: z.number() });

/** One request of the stream. @throws WandbRefusal for whatever the service would lose or refuse */
export function takeLines(run: WandbRun, body: Buffer, now: Date): { stopped: boolean } {
  if (body.length > largestBodyBytes) throw new WandbRefusal(413, 'request entity too large');
  const parsed = bodySchema.safeParse(JSON.parse(body.toString('utf8')));
  if (!parsed.success) throw new WandbRefusal(400, parsed.error.message);
  run.posts += 1;
  run.heardAtMs = now.getTime();
  for (const [name, { offset, content }] of Object.entries(parsed.data.files ?? {})) {
    if (content.some((line) => Buffer.byteLength(line) > largestLineBytes))
      throw new WandbRefusal(400, `a line of ${name} is too long`);
    takeFile(run, name, offset, content);
  }
  if (parsed.data.complete === true) {
    run.exitCode = parsed.data.exitcode ?? 0;
    run.state = run.exitCode === 0 ? 'finished' : 'failed';
  } else run.state = 'running';
  return { stopped: run.isStopAsked };
}

function takeFile(run: WandbRun, name: string, offset: number, content: readonly string[]): void {
  if (name === 'wandb-history.jsonl') {
    for (const line of content) historyRow.parse(parseExtended(line));
    put(run, run.history, offset, content, true);
  } else if (name === 'wandb-events.jsonl') {
    for (const line of content) eventRow.parse(parseExtended(line));
    put(run, run.events, offset, content, true);
  } else if (name === 'output.log') put(run, run.log, offset, content, false);
  else if (name === 'wandb-summary.json') {
    parseExtended(content.at(-1) ?? '{}');
    run.summary = content.at(-1) ?? '{}';
  } else throw new WandbRefusal(400, `unknown file ${name}`);
}

function put(
  run: WandbRun,
  lines: string[],
  offset: number,
  content: readonly string[],
  isAppendOnly: boolean,
): void {
  if (offset > lines.length) throw new WandbRefusal(400, `lines before ${offset} are missing`);
  for (const [index, line] of content.entries()) {
    const before = lines[offset + index];
    if (isAppendOnly && before !== undefined && before !== line) run.conflicts.push(`${before} -> ${line}`);
    lines[offset + index] = line;
  }
}
