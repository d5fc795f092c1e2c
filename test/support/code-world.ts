import type { ArenaOptions } from '../../src/arena/server.ts';
import type { Context } from '../../src/context.ts';
import type { Approach } from '../../src/domain/approach.ts';
import { submit } from '../../src/flows/submission/submit.ts';
import { Wait } from '../../src/flows/support/wait.ts';
import type { Competition } from '../../src/state/competitions.ts';
import { aCodeCompetitionFolder, notebookPython } from './arena-notebooks.ts';
import { anApproach } from './builders.ts';
import { aPracticeWorld, driveTo, type PracticeWorld, startedCompetition } from './practice-world.ts';

export const codeSlug = 'over-three';

/** A training script that needs nothing but Python: it knows the rule, and wants its folds to be whole. */
export const ruleScript = `import argparse, csv, json, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--data", type=pathlib.Path)
parser.add_argument("--out", type=pathlib.Path)
parser.add_argument("--seed", type=int)
parser.add_argument("--time-limit", type=float)
options = parser.parse_args()
contract = json.loads((options.data / "contract.json").read_text())
def rows(name):
    with (options.data / name).open(newline="") as source:
        return list(csv.DictReader(source))
folds = {row[contract["rowKey"]] for row in rows("folds.csv")}
assert folds == {row[contract["rowKey"]] for row in rows("train.csv")}
with (options.out / "test.csv").open("w", newline="") as target:
    writer = csv.writer(target)
    writer.writerow(["id", *contract["problem"]["predictionColumns"]])
    for row in rows("test.csv"):
        over = 0.9 if int(row["x"]) > 3 else 0.1
        writer.writerow([row["id"], 1 - over, over])
`;

/** The same, with what it knows kept in a file between fitting and predicting. */
export const stagedRuleScript = ruleScript
  .replace(
    'options = parser.parse_args()',
    `parser.add_argument("--stage", default="both")
parser.add_argument("--model", type=pathlib.Path)
options = parser.parse_args()
if options.stage == "fit":
    (options.model / "rule.json").write_text("3")
    raise SystemExit(0)
rule = int((options.model / "rule.json").read_text())`,
  )
  .replace('> 3', '> rule');

export type CodeWorld = { world: PracticeWorld; ctx: Context; competition: Competition };

type Options = {
  /** train.py by approach. */
  scripts?: Readonly<Record<string, string>>;
  approaches?: readonly string[];
  approach?: Partial<Approach>;
  fields?: Record<string, unknown>;
  arena?: Partial<ArenaOptions>;
};

/** A code competition whose approaches are trained, before anything of it is at the vendor. */
export async function aCodeWorld(options: Options = {}): Promise<CodeWorld> {
  const findPython = notebookPython();
  const names = options.approaches ?? ['first-way'];
  const world = await aPracticeWorld({
    folders: [await aCodeCompetitionFolder(options.fields)],
    arena: { ...(findPython === null ? {} : { findPython }), ...options.arena },
    context: {
      research: [
        {
          name: 'tests',
          research: async () => ({
            provider: 'tests',
            summary: '',
            findings: [],
            approaches: names.map((name) => ({ ...anApproach(name), ...options.approach })),
            citations: [],
          }),
        },
      ],
      generators: [
        {
          name: 'tests',
          canDebug: false,
          generate: async ({ approach }) => ({
            // Told apart, as two approaches are.
            script: `# ${approach.name}\n${options.scripts?.[approach.name] ?? ruleScript}`,
            requirements: '',
            notes: [],
          }),
        },
      ],
    },
  });
  const started = await startedCompetition(world, codeSlug);
  const competition = await driveTo(world, started, 'training_completed');
  return { world, ctx: world.ctx, competition };
}

const mostCalls = 400;
const pauseMs = 30;

/**
 * Calls the submitting flow as its job would, a dead process' successor included, until it has nothing more to do.
 * @returns what was thrown on the way, waits left out
 */
export async function submitToEnd(
  { ctx, competition }: CodeWorld,
  changes: Partial<Context> = {},
): Promise<string[]> {
  const story: string[] = [];
  for (let calls = 0; calls < mostCalls; calls += 1) {
    try {
      const input = { competitionId: competition.id, version: competition.version };
      await submit({ ...ctx, ...changes }, input);
      return story;
    } catch (error) {
      if (!(error instanceof Wait)) story.push(error instanceof Error ? error.message : String(error));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
  throw new Error(`it never ends: ${story.slice(-5).join(' | ')}`);
}
