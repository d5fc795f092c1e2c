import { alignColumns } from '../../bot/text-columns.ts';
import type { ArenaEntry } from '../commands.ts';
import { answerJson, openFor, type VerbContext } from '../verb-context.ts';

/** `arena serve|list|add|build`. */
export function addArenaVerbs(context: VerbContext): void {
  const arena = context.program
    .command('arena')
    .description('the practice arena: real data with hidden labels');
  arena
    .command('serve')
    .description('serve the arena alone; Ctrl-C stops it')
    .option('--faults <file>', 'let calls fail as this JSON file says, to test whoever calls')
    .action(async ({ faults }) => {
      const { commands, call, output, isJson } = await openFor(context, { secrets: 'unused' });
      await commands.serveArena({
        ...call,
        faultsFile: faults ?? null,
        onReady: (facts) => {
          if (isJson) answerJson(output, facts);
          else output.answer(`Practice arena with ${facts.competitions} competitions: ${facts.apiUrl}`);
        },
      });
    });
  arena
    .command('list')
    .description('the practice competitions')
    .action(async () => {
      const { commands, call, output, isJson } = await openFor(context, { secrets: 'unused' });
      const entries = await commands.listArena(call);
      if (isJson) answerJson(output, { competitions: entries });
      else output.answer(presentEntries(entries));
    });
  arena
    .command('add')
    .description('add a folder with competition.json, public/ and private/solution.csv')
    .argument('<folder>', 'the competition')
    .action(async (folder) => {
      const { commands, call, output, isJson } = await openFor(context, { secrets: 'unused' });
      const entry = await commands.addToArena({ ...call, folder });
      if (isJson) answerJson(output, { competition: entry });
      else
        output.answer(
          `Added ${entry.slug} with ${entry.entrants} entrants. Try it: kaggle-agent run ${entry.slug}`,
        );
    });
  arena
    .command('build')
    .description('make the competitions that ship from the data of installed packages')
    .action(async () => {
      const { commands, call, output, isJson } = await openFor(context, { secrets: 'unused' });
      const slugs = await commands.buildArena(call);
      if (isJson) answerJson(output, { competitions: slugs });
      else output.answer(`Practice competitions: ${slugs.join(', ')}`);
    });
}

function presentEntries(entries: readonly ArenaEntry[]): string {
  if (entries.length === 0) return 'No practice competition is there yet. Make those that ship: script/setup';
  return alignColumns([
    ['slug', 'metric', 'train', 'test', 'entrants', 'title'],
    ...entries.map((one) => [
      one.slug,
      one.metric,
      String(one.trainRows),
      String(one.testRows),
      String(one.entrants),
      one.title,
    ]),
  ]).join('\n');
}
