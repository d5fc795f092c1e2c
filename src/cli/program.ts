import { Command, InvalidArgumentError } from '@commander-js/extra-typings';
import type { GlobalFlags, VerbContext } from './verb-context.ts';
import { addArenaVerbs } from './verbs/arena-verbs.ts';
import { addConnectVerbs } from './verbs/connect-verbs.ts';
import { addDatabaseVerbs } from './verbs/database-verbs.ts';
import { addEventVerbs } from './verbs/event-verbs.ts';
import { addExploreVerbs } from './verbs/explore-verbs.ts';
import { addGpuVerbs } from './verbs/gpu-verbs.ts';
import { addLookVerbs } from './verbs/look-verbs.ts';
import { addSearchVerbs } from './verbs/search-verbs.ts';
import { addSetupVerbs } from './verbs/setup-verbs.ts';
import { addWorkVerbs } from './verbs/work-verbs.ts';

export type ProgramOptions = Omit<VerbContext, 'program'> & {
  writeHelp: (text: string) => void;
  /** Help that was not asked for: a verb is missing. */
  writeUsage: (text: string) => void;
};

/** The whole command line. Usage errors are thrown as CommanderError; nothing here ends the process. */
export function createProgram({
  writeHelp,
  writeUsage,
  ...context
}: ProgramOptions): Command<[], GlobalFlags> {
  const program = new Command()
    .name('kaggle-agent')
    .description('Competes on Kaggle by itself and asks when a decision is worth it.')
    .option('--json', 'one JSON document on standard output')
    .option('--quiet', 'nothing on standard error but errors')
    .option('--verbose', 'the log on standard error too')
    .option('--no-input', 'never ask; take defaults and say so')
    .option('--data <folder>', 'data folder, in place of KAGGLE_AGENT_DATA')
    .option('--arena <folder>', 'folder of practice competitions (may be given again)', collectFolder)
    .version(context.version, '--version', 'the version')
    .helpCommand('help [verb]', 'the verbs, or one of them in detail')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: writeHelp, writeErr: writeUsage, outputError: () => undefined })
    .showSuggestionAfterError(true)
    .exitOverride();
  const full: VerbContext = { ...context, program };
  addWorkVerbs(full);
  addLookVerbs(full);
  addExploreVerbs(full);
  addSearchVerbs(full);
  addConnectVerbs(full);
  addDatabaseVerbs(full);
  addSetupVerbs(full);
  addEventVerbs(full);
  addGpuVerbs(full);
  addArenaVerbs(full);
  return program;
}

function collectFolder(folder: string, before: string[] | undefined): string[] {
  if (folder === '') throw new InvalidArgumentError('It must name a folder.');
  return [...(before ?? []), folder];
}
