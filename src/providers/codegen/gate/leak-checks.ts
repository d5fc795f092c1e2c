import { join } from 'node:path';
import { z } from 'zod';
import { SystemFailure } from '../../../domain/errors.ts';
import type { Problem } from '../../../domain/problem.ts';
import { type Finding, findingSchema } from '../../quality/contract.ts';
import type { Verdict } from './check-sheet.ts';
import { runTool } from './python-tool.ts';
import type { ToolContext } from './static-checks.ts';

const answerSchema = z.object({ findings: z.array(findingSchema), problem: z.string().nullable() });

export type LeakQuestion = {
  script: string;
  problem: Pick<Problem, 'targetColumns' | 'groupColumn' | 'timeColumn'>;
};

const unreadable: Finding = {
  rule: 'unreadable',
  line: null,
  severity: 'fail',
  message: 'The script is nested too deeply, or too large, to be read for leaks; write it plainly.',
};

const patienceMs = 60_000;
const maxShown = 5;

/**
 * Follows scripts without running them, and tells which rules about rows, labels and the outside they break. All of
 * them in one process of the interpreter that would train.
 * @returns the findings of each script, in order of its lines; null for one that could not be followed. Where
 * they kept the interpreter busy for too long, or ended it, that is the finding
 */
export async function findLeaks(
  questions: readonly LeakQuestion[],
  context: ToolContext,
  timeoutMs = patienceMs,
): Promise<(Finding[] | null)[]> {
  const lines = questions.map(({ script, problem }) =>
    JSON.stringify({
      script,
      targets: problem.targetColumns,
      group: problem.groupColumn,
      time: problem.timeColumn,
    }),
  );
  const answer = await runTool(context.python, [join(import.meta.dirname, 'leaks', 'find_leaks.py')], {
    input: `${lines.join('\n')}\n`,
    cwd: context.folder,
    signal: context.signal,
    timeoutMs,
  });
  const parsed = z.array(answerSchema).safeParse(parseLines(answer.output));
  if (parsed.success && parsed.data.length === questions.length) {
    return parsed.data.map(({ findings, problem }) =>
      problem === null || findings.length > 0 ? findings : null,
    );
  }
  if (answer.exitCode === null) return questions.map(() => [unreadable]);
  throw new SystemFailure('The Python interpreter could not look for leaks in a script.', {
    code: 'quality.no_leak_check',
    details: { exitCode: answer.exitCode, errors: answer.errors.slice(-1_500) },
  });
}

/** `fail` stops the script, `warn` is told. */
export function judgeLeaks(findings: readonly Finding[] | null): Verdict {
  if (findings === null) return { status: 'skipped', message: 'The script could not be followed.' };
  const failing = findings.filter(({ severity }) => severity === 'fail');
  const told = failing.length > 0 ? failing : findings;
  if (told.length === 0)
    return { status: 'ok', message: 'No rule about rows, labels and the outside is broken.' };
  const lines = told.slice(0, maxShown).map(sayWithLine);
  const more = told.length > maxShown ? [`${told.length - maxShown} more.`] : [];
  return {
    status: failing.length > 0 ? 'failed' : 'warned',
    message: [...lines, ...more].join('\n'),
    findings: [...findings],
  };
}

/** A finding in a sentence, with its line where it has one. */
export function sayWithLine({ line, message }: Pick<Finding, 'line' | 'message'>): string {
  return line === null ? message : `Line ${line}: ${message}`;
}

function parseLines(output: string): unknown[] {
  try {
    return output
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line): unknown => JSON.parse(line));
  } catch {
    return [];
  }
}
