import type { StorageStep } from '../commands.ts';
import type { LineWord } from '../output.ts';
import { answerJson, openFor, type VerbContext } from '../verb-context.ts';

const words: Readonly<Record<StorageStep['outcome'], LineWord>> = {
  right: 'ok',
  changed: 'ok',
  would_change: 'note',
  unsupported: 'note',
  odd: 'warn',
};

/** `setup storage`. */
export function addSetupVerbs(context: VerbContext): void {
  const setup = context.program.command('setup').description('prepare a service that the agent stands on');
  setup
    .command('storage')
    .description(
      'the bucket of S3_BUCKET: make it, with versions, lifecycle rules, encryption, no public access',
    )
    .option('--dry-run', 'only say what would change')
    .action(async ({ dryRun }) => {
      const isDryRun = dryRun === true;
      const { commands, call, output, isJson } = await openFor(context);
      const tell = ({ name, outcome, text }: StorageStep): void =>
        output.line(words[outcome], `${name}: ${text}`);
      const { where, steps } = await commands.setupStorage({ ...call, isDryRun, tell });
      if (isJson) return answerJson(output, { where, isDryRun, steps });
      const changes = steps.filter(({ outcome }) => ['changed', 'would_change'].includes(outcome)).length;
      output.answer(isDryRun ? wouldChange(where, changes) : isReady(where, changes));
    });
}

function wouldChange(where: string, changes: number): string {
  return changes === 0
    ? `The ${where} is ready: nothing would change.`
    : `The ${where}: ${changes} of its settings would change. Without --dry-run they do.`;
}

function isReady(where: string, changes: number): string {
  return changes === 0 ? `The ${where} was ready.` : `The ${where} is ready.`;
}
