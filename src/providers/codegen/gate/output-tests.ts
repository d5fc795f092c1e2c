import { readFile } from 'node:fs/promises';
import type { ScriptContract } from '../../../domain/run-contract.ts';
import type { Verdict } from './check-sheet.ts';
import { runTool } from './python-tool.ts';
import type { ToolContext } from './static-checks.ts';

const timeoutMs = 120_000;
const maxMessageChars = 1_500;

/**
 * test_outputs.py: what any run of a script for this competition must have written, as unit tests of Python's own
 * library. It travels in the bundle, so that whoever runs it by hand can check the outcome:
 * `python test_outputs.py --data DIR --out DIR`.
 */
export async function writeOutputTests({ problem, rowKey, hasGate }: ScriptContract): Promise<string> {
  const body = await readFile(new URL('./output_tests.py', import.meta.url), 'utf8');
  const facts = {
    competition: problem.slug,
    row_key: rowKey,
    id_column: problem.idColumn,
    prediction_columns: problem.predictionColumns,
    submission_columns: problem.submissionColumns,
    prediction_kind: problem.predictionKind,
    task: problem.task,
    metric: problem.metric,
    classes: problem.classes,
    rows_sum_to_one: sumsToOne(problem),
    has_gate: hasGate,
  };
  const literal = pythonText(JSON.stringify(facts));
  return body.replace('FACTS = json.loads("{}")', () => `FACTS = json.loads(${literal})`);
}

/** A probability for each of all classes of one target. */
function sumsToOne({ targetColumns, predictionColumns, classes, task }: ScriptContract['problem']): boolean {
  if (task === 'regression' || targetColumns.length !== 1) return false;
  return classes !== null && predictionColumns.length === classes.length && classes.length > 1;
}

/** Runs the tests against the outputs of the debug run. */
export async function runOutputTests(
  tests: string,
  places: { dataFolder: string; outFolder: string },
  context: ToolContext,
): Promise<Verdict> {
  const { exitCode, output, errors } = await runTool(
    context.python,
    ['-I', '-', '--data', places.dataFolder, '--out', places.outFolder],
    { input: tests, cwd: context.folder, signal: context.signal, timeoutMs },
  );
  const count = /Ran (\d+) tests?/.exec(errors)?.[1];
  if (exitCode === 0 && count !== undefined) {
    return { status: 'ok', message: `${count} tests of the outputs pass.` };
  }
  const words = (output.trim() || errors.trim()).slice(0, maxMessageChars);
  return { status: 'failed', message: words };
}

/** JSON's texts are Python's too, but for the halves of a pair, which JSON writes as they are. */
function pythonText(text: string): string {
  return JSON.stringify(text.toWellFormed());
}
