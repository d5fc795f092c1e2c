import type { Overview } from '../../domain/overview.ts';
import { exitCodes } from '../exit-codes.ts';
import { createLiveView } from '../live-view.ts';
import { presentReady } from '../present-ready.ts';
import { renderSummary, runDocument } from '../summary.ts';
import type { Opened, VerbContext } from '../verb-context.ts';
import { answerJson, openFor, wholeNumber } from '../verb-context.ts';

/** `up`, `run`, `demo`: the verbs that work. */
export function addWorkVerbs(context: VerbContext): void {
  addUp(context);
  addRun(context);
  addDemo(context);
}

function addUp(context: VerbContext): void {
  context.program
    .command('up')
    .description('start everything in one process, with a chat at the prompt; Ctrl-C stops it')
    .option('--after-emergency', 'start again after an emergency stop')
    .option('--role <roles>', 'what this process does: bot, worker, scheduler, ops; several with commas')
    .option('--queues <queues>', 'queues that a worker takes jobs from; several with commas')
    .action(async ({ afterEmergency, role, queues }) => {
      const { commands, call, output } = await openFor(context, {
        flags: {
          ...(role === undefined ? {} : { KAGGLE_AGENT_ROLES: role }),
          ...(queues === undefined ? {} : { KAGGLE_AGENT_QUEUES: queues }),
        },
      });
      await commands.up({
        ...call,
        afterEmergency: afterEmergency === true,
        onReady: (facts) => output.answer(presentReady(facts)),
      });
      // A signal's end is told where all of them are.
      if (!call.signal.aborted) output.tell('Stopped; nothing is lost.');
    });
}

function addRun(context: VerbContext): void {
  context.program
    .command('run')
    .description('run one competition to its end; decisions take their default')
    .argument('<slug>', 'the competition')
    .option('--max-rounds <number>', 'rounds at most', wholeNumber(1))
    .option('--time-limit <seconds>', 'wall time for the whole competition', wholeNumber(1))
    .option(
      '--priority <number>',
      'order among competitions that wait, 1 to 1000; the lowest first',
      wholeNumber(1, 1_000),
    )
    .action(async (slug, { maxRounds, timeLimit, priority }) => {
      const opened = await openFor(context);
      await watchRun(context, opened, {
        slug,
        maxRounds: maxRounds ?? null,
        timeLimitSeconds: timeLimit ?? null,
        priority: priority ?? null,
      });
    });
}

function addDemo(context: VerbContext): void {
  context.program
    .command('demo')
    .description('a practice run on real data with hidden labels; needs no key and spends nothing')
    .argument('[slug]', 'one of the practice competitions')
    .option('--max-rounds <number>', 'rounds at most', wholeNumber(1))
    .action(async (named, { maxRounds }) => {
      const opened = await openFor(context, { isDemo: true });
      const slug = named ?? (await opened.commands.demoSlug(opened.call));
      opened.output.tell(
        `Practice run of ${slug}: real data, hidden labels, nothing leaves this machine, costs nothing.`,
      );
      await watchRun(context, opened, {
        slug,
        maxRounds: maxRounds ?? null,
        timeLimitSeconds: null,
        priority: null,
      });
    });
}

type Watched = {
  slug: string;
  maxRounds: number | null;
  timeLimitSeconds: number | null;
  priority: number | null;
};

async function watchRun(
  context: VerbContext,
  { commands, call, output, isJson }: Opened,
  request: Watched,
): Promise<void> {
  const startedAt = context.now();
  const view = createLiveView({ output, now: context.now });
  let overview: Overview;
  try {
    overview = await commands.run({ ...call, ...request, onChange: (snapshot) => view.show(snapshot) });
    view.show(overview);
  } finally {
    view.close();
  }
  const seconds = (context.now().getTime() - startedAt.getTime()) / 1000;
  if (isJson) answerJson(output, runDocument(overview, seconds));
  else output.answer(renderSummary(overview, seconds));
  if (overview.best?.score == null) context.exitWith(exitCodes.badResult);
}
