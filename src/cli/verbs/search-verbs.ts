import { answerBudget } from '../../bot/answers/budget.ts';
import { answerNode } from '../../bot/answers/node.ts';
import { answerResearch } from '../../bot/answers/research.ts';
import { answerTree } from '../../bot/answers/tree.ts';
import { exitCodes } from '../exit-codes.ts';
import { presentAnswer } from '../present-answer.ts';
import { answerJson, openFor, type VerbContext, wholeNumber } from '../verb-context.ts';

/** `research`, `tree`, `node`, `budget`: what the search found, tried and spent. */
export function addSearchVerbs(context: VerbContext): void {
  addResearch(context);
  addTree(context);
  const { program } = context;
  program
    .command('budget')
    .description('what was spent today and the caps; with a competition, where its money for models went')
    .argument('[slug]', 'the competition')
    .action(async (slug) => {
      const { commands, call, output, isJson } = await openFor(context);
      const result = await commands.budget({ ...call, slug: slug ?? null });
      if (isJson) answerJson(output, { ...result });
      else output.answer(presentAnswer(context.now(), (scene) => answerBudget(scene, slug ?? null, result)));
    });
}

function addResearch(context: VerbContext): void {
  context.program
    .command('research')
    .description('what was asked and learnt, from which sources, and what is tried')
    .argument('<slug>', 'the competition')
    .option('--page <number>', 'which page', wholeNumber(1), 1)
    .action(async (slug, { page }) => {
      const { commands, call, output, isJson } = await openFor(context);
      const brief = await commands.research({ ...call, slug });
      if (isJson) answerJson(output, { competition: slug, ...brief });
      else output.answer(presentAnswer(context.now(), (scene) => answerResearch(scene, slug, brief, page)));
    });
}

function addTree(context: VerbContext): void {
  const { program } = context;
  program
    .command('tree')
    .description('the tree of solutions: every attempt, its score, what it was made from')
    .argument('<slug>', 'the competition')
    .action(async (slug) => {
      const { commands, call, output, isJson } = await openFor(context);
      const tree = await commands.tree({ ...call, slug });
      if (isJson) answerJson(output, { competition: slug, tree });
      else output.answer(presentAnswer(context.now(), (scene) => answerTree(scene, tree)));
    });
  program
    .command('node')
    .description('one attempt in full: plan, checks, scores, cost, code')
    .argument('<slug>', 'the competition')
    .argument('<node>', 'its number or its name in the tree')
    .action(async (slug, which) => {
      const { commands, call, output, isJson } = await openFor(context);
      const result = await commands.node({ ...call, slug, which });
      if (isJson) answerJson(output, { competition: slug, ...result });
      else output.answer(presentAnswer(context.now(), (scene) => answerNode(scene, result)));
      if (!result.found) context.exitWith(exitCodes.badResult);
    });
}
