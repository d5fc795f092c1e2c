import { answerJson, openFor, type VerbContext } from '../verb-context.ts';

/** `migrate`. */
export function addDatabaseVerbs(context: VerbContext): void {
  context.program
    .command('migrate')
    .description('bring the database of DATABASE_URL up to date, and start nothing')
    .action(async () => {
      const { commands, call, output, isJson } = await openFor(context, { mayBeIncomplete: true });
      const { applied, current } = await commands.migrate(call);
      if (isJson) answerJson(output, { applied, current });
      else if (applied.length === 0)
        output.answer(`The database is up to date (${current ?? 'no migrations'}).`);
      else output.answer(`Applied ${applied.length} migrations; the newest is ${current}.`);
    });
}
