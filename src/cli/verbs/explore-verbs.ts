import { Option } from '@commander-js/extra-typings';
import { answerDiscover } from '../../bot/answers/discover.ts';
import { answerWhy } from '../../bot/answers/why.ts';
import { discoverFilters } from '../../domain/discovery-results.ts';
import { presentAnswer } from '../present-answer.ts';
import { answerJson, openFor, type VerbContext, wholeNumber } from '../verb-context.ts';

const linesOfTerminal = 20;

/** `discover`, `why`: what could be entered, and why it suits. */
export function addExploreVerbs(context: VerbContext): void {
  const { program } = context;
  program
    .command('discover')
    .description('open competitions worth entering, the most promising first')
    .addOption(
      new Option('--show <which>', 'which competitions').choices(discoverFilters).default('best' as const),
    )
    .option('--page <number>', 'which page of the list', wholeNumber(1), 1)
    .action(async ({ show, page }) => {
      const { commands, call, output, isJson } = await openFor(context);
      const result = await commands.discover({ ...call, filter: show });
      if (isJson) answerJson(output, { ...result });
      else
        output.answer(
          presentAnswer(context.now(), (scene) =>
            answerDiscover(scene, result, { page, perPage: linesOfTerminal }),
          ),
        );
    });
  program
    .command('why')
    .description('why a competition is feasible or not, part by part')
    .argument('<slug>', 'the competition')
    .action(async (slug) => {
      const { commands, call, output, isJson } = await openFor(context);
      const result = await commands.why({ ...call, slug });
      if (isJson) answerJson(output, { ...result });
      else output.answer(presentAnswer(context.now(), (scene) => answerWhy(scene, result)));
    });
}
