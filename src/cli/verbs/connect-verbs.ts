import { Argument } from '@commander-js/extra-typings';
import { type ConnectLine, type ConnectOutcome, connectableServices } from '../commands.ts';
import type { Output } from '../output.ts';
import { printable } from '../terminal-asking.ts';
import { answerJson, openFor, type VerbContext } from '../verb-context.ts';

/** `connect slack|discord|kaggle`. */
export function addConnectVerbs(context: VerbContext): void {
  context.program
    .command('connect')
    .description('connect a service: what to click, then its tokens, tried and kept in .env')
    .addArgument(new Argument('<service>', 'what to connect').choices(connectableServices))
    .action(async (service) => {
      const { commands, call, output, isJson, canAsk } = await openFor(context, {
        mayBeIncomplete: true,
        secrets: 'wanted',
      });
      const asking = canAsk ? context.openAsking(call.signal) : null;
      const tell = (line: ConnectLine): void => tellLine(output, line);
      try {
        const outcome = await commands.connect({ ...call, service, asking, tell });
        if (isJson) answerJson(output, { ...outcome });
        else output.answer(present(outcome));
      } finally {
        asking?.close();
      }
    });
}

function tellLine(output: Output, { word, text }: ConnectLine): void {
  if (word === null) output.tell(printable(text));
  else output.line(word, printable(text));
}

function present({ title, next }: ConnectOutcome): string {
  return [`${title} is connected.`, ...next.map((one) => `Next: ${one}`)].join('\n');
}
