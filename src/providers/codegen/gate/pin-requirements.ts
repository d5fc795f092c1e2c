import { join } from 'node:path';
import { z } from 'zod';
import type { Verdict } from './check-sheet.ts';
import { runTool } from './python-tool.ts';
import { requirementLines, requirementsProblem } from './requirements-check.ts';
import type { ToolContext } from './static-checks.ts';

const answerSchema = z.object({
  pins: z.record(z.string(), z.string().regex(/^[0-9][0-9A-Za-z.!-]*$/)),
  open: z.array(z.string()),
  source: z.enum(['installed', 'index', 'offline']),
  problem: z.string().nullable(),
});

export type PinOptions = {
  /** Package index in place of pip's default. */
  packageIndexUrl: string | null;
  /** The index may not be asked: what is installed is all there is. */
  isOffline: boolean;
};

/** Longer than pip's own limits together. */
const timeoutMs = 200_000;

/**
 * Exact versions for the bundle: those of the environment that just ran the script where they satisfy its ranges,
 * else those that the index would install for this interpreter.
 * @returns the text of requirements.txt, null where the requirements are refused
 */
export async function pinRequirements(
  requirements: string,
  { packageIndexUrl, isOffline }: PinOptions,
  context: ToolContext,
): Promise<Verdict & { pinned: string | null }> {
  const refusal = requirementsProblem(requirements);
  if (refusal !== null) return { status: 'failed', message: refusal, pinned: null };
  const lines = requirementLines(requirements);
  if (lines.length === 0) {
    return { status: 'ok', message: 'requirements.txt asks for nothing.', pinned: '' };
  }
  const question = { lines, index: packageIndexUrl, offline: isOffline };
  const answer = await runTool(context.python, [join(import.meta.dirname, 'pin_requirements.py')], {
    input: JSON.stringify(question),
    cwd: context.folder,
    signal: context.signal,
    timeoutMs,
  });
  const parsed = answerSchema.safeParse(parseJson(answer.output));
  if (!parsed.success) {
    const message = 'requirements.txt keeps its ranges: this interpreter cannot tell what is installed.';
    return { status: 'warned', message, pinned: requirements };
  }
  return { ...judge(parsed.data), pinned: writePins(parsed.data) };
}

function judge({ pins, open, source, problem }: z.output<typeof answerSchema>): Verdict {
  const count = Object.keys(pins).length;
  if (source === 'installed') {
    return { status: 'ok', message: `${count} packages are pinned to what is installed here.` };
  }
  if (source === 'index')
    return { status: 'ok', message: `${count} packages are pinned to what the index has.` };
  return {
    status: 'warned',
    message: `${open.join(', ')} cannot be pinned, since it is not installed here and ${problem ?? 'the index gave no answer'}; it must be in the environment or image.`,
  };
}

function writePins({ pins, open }: z.output<typeof answerSchema>): string {
  const exact = Object.entries(pins).map(([name, version]) => `${name}==${version}`);
  return [...exact, ...open]
    .sort()
    .map((line) => `${line}\n`)
    .join('');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
