import { join } from 'node:path';
import { z } from 'zod';
import { SystemFailure } from '../../../domain/errors.ts';
import type { Verdict } from './check-sheet.ts';
import { runTool, type ToolAnswer } from './python-tool.ts';

export type ToolContext = { python: string; folder: string; signal: AbortSignal };

const inspectionSchema = z.object({
  error: z.string().nullable(),
  imports: z.array(z.object({ name: z.string(), guarded: z.boolean(), found: z.boolean() })),
});
export type Inspection = z.output<typeof inspectionSchema>;

const inspectTimeoutMs = 60_000;
const lintTimeoutMs = 60_000;
const maxMessageChars = 1_500;

/**
 * Ways to the outside, which a training script has no use for. It would find no network where the machine can cut
 * it off, and nothing there may help it where the machine cannot.
 */
const outsideModules: readonly string[] = [
  'aiohttp',
  'anthropic',
  'boto3',
  'ftplib',
  'http.client',
  'httpx',
  'kaggle',
  'kagglehub',
  'openai',
  'requests',
  'smtplib',
  'socket',
  'telnetlib',
  'urllib.request',
  'urllib3',
];

/** What the interpreter itself says about the script, without running it. */
export async function inspectScript(script: string, context: ToolContext): Promise<Inspection> {
  const program = join(import.meta.dirname, 'inspect_script.py');
  const answer = await runTool(context.python, [program], {
    input: script,
    cwd: context.folder,
    signal: context.signal,
    timeoutMs: inspectTimeoutMs,
  });
  const parsed = inspectionSchema.safeParse(parseJson(answer.output));
  if (parsed.success) return parsed.data;
  throw new SystemFailure('The Python interpreter could not inspect a script.', {
    code: 'quality.no_inspection',
    details: { exitCode: answer.exitCode, errors: answer.errors.slice(-maxMessageChars) },
    cause: parsed.error,
  });
}

export function judgeSyntax({ error }: Inspection): Verdict {
  if (error === null) return { status: 'ok', message: 'The script compiles.' };
  return { status: 'failed', message: `The script does not compile: ${error}.` };
}

export function judgeImports({ imports }: Inspection): Verdict {
  const outside = imports.filter(({ name }) => outsideModules.some((banned) => isWithin(name, banned)));
  if (outside.length > 0) {
    return { status: 'failed', message: `The script imports ${namesOf(outside)}, and may not go outside.` };
  }
  const missing = imports.filter(({ found, guarded }) => !found && !guarded);
  if (missing.length > 0) {
    return { status: 'failed', message: `The script imports ${namesOf(missing)}, which is not installed.` };
  }
  const optional = imports.filter(({ found }) => !found);
  const note = optional.length > 0 ? ` It does without ${namesOf(optional)}.` : '';
  return { status: 'ok', message: `All imports exist.${note}` };
}

/** Real errors only (syntax, undefined names, impossible comparisons): style is no reason to refuse a script. */
export async function lintScript(
  script: string,
  hasRuffModule: boolean,
  context: ToolContext,
): Promise<Verdict> {
  const options = ['check', '--isolated', '--no-cache', '--quiet', '--output-format', 'concise'];
  const args = [...options, '--select', 'E9,F63,F7,F82', '--stdin-filename', 'train.py', '-'];
  const call = { input: script, cwd: context.folder, signal: context.signal, timeoutMs: lintTimeoutMs };
  const answer = hasRuffModule
    ? await runTool(context.python, ['-m', 'ruff', ...args], call)
    : await runTool('ruff', args, call).catch((error: unknown) => nullWhenNotInstalled(error));
  if (answer === null) return { status: 'skipped', message: 'ruff is not installed, so nothing was linted.' };
  return judgeLint(answer);
}

function judgeLint({ exitCode, output, errors }: ToolAnswer): Verdict {
  // Source: ruff's documentation, "Exit codes": 1 for findings, 2 for its own failure.
  if (exitCode === 0) return { status: 'ok', message: 'ruff found no errors.' };
  if (exitCode === 1)
    return { status: 'failed', message: `ruff found errors:\n${output.slice(0, maxMessageChars)}` };
  return { status: 'skipped', message: `ruff could not run: ${errors.slice(0, maxMessageChars)}` };
}

function nullWhenNotInstalled(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
  throw error;
}

function isWithin(name: string, module: string): boolean {
  return name === module || name.startsWith(`${module}.`);
}

function namesOf(imports: Inspection['imports']): string {
  return imports.map(({ name }) => name).join(', ');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
