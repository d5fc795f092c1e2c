import { presentEvents } from '../present-events.ts';
import { answerJson, openFor, type VerbContext, wholeNumber } from '../verb-context.ts';

const defaultLimit = 50;

/** `events list`, `events replay`. */
export function addEventVerbs(context: VerbContext): void {
  const events = context.program.command('events').description('the events between the modules');
  events
    .command('list')
    .description('the newest events, or those after an id')
    .option('--competition <slug>', 'of one competition only')
    .option('--after <id>', 'those after this id, oldest first', wholeNumber(0))
    .option('-n, --limit <number>', 'how many', wholeNumber(1), defaultLimit)
    .action(async ({ competition, after, limit }) => {
      const { commands, call, output, isJson } = await openFor(context);
      const listed = await commands.listEvents({
        ...call,
        slug: competition ?? null,
        afterId: after ?? null,
        limit,
      });
      if (isJson) answerJson(output, { events: listed });
      else output.answer(presentEvents(listed, { now: context.now() }));
    });
  events
    .command('replay')
    .description('send a range of events again; what is done already is not done twice')
    .requiredOption('--from <id>', 'the first', wholeNumber(0))
    .option('--to <id>', 'the last; the same as the first where it is left out', wholeNumber(0))
    .action(async ({ from, to }) => {
      const { commands, call, output, isJson } = await openFor(context);
      const replayed = await commands.replayEvents({ ...call, fromId: from, toId: to ?? from });
      if (isJson) answerJson(output, { replayed });
      else output.answer(`${replayed} ${replayed === 1 ? 'event is' : 'events are'} sent again.`);
    });
}
