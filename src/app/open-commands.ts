import { availableParallelism, homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { OpenCommands } from '../cli/commands.ts';
import { loadSettings } from '../config/load.ts';
import type { Texts } from '../config/sources.ts';
import type { Actor } from '../domain/actor.ts';
import { createLogger, type Logging } from '../infra/logger.ts';
import { arenaCommands } from './arena-commands.ts';
import { connect } from './connect/connect.ts';
import { placesIn } from './data-folder.ts';
import { doctor } from './doctor.ts';
import { lookCommands } from './look-commands.ts';
import { runCompetition } from './run-competition.ts';
import type { Session } from './session.ts';
import { up } from './up.ts';
import { projectRoot } from './version.ts';

/** A practice run takes only what finds programs; keys and addresses of the environment are ignored. */
const kept = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'KAGGLE_AGENT_PYTHON'] as const;

function environmentOf(environment: Texts, isDemo: boolean): Texts {
  if (!isDemo) return environment;
  return Object.fromEntries(kept.map((name) => [name, environment[name]]));
}

/** Opens the commands of one call of the command line, over the environment of this process. */
export function createOpenCommands(options: {
  environment: Texts;
  workingFolder: string;
  stderr: { write(text: string): unknown };
  onOpened: (logging: Logging, logFile: string) => void;
}): OpenCommands {
  return (request) => {
    const demoFolder = join(options.workingFolder, 'data', 'demo');
    const settings = loadSettings({
      environment: environmentOf(options.environment, request.isDemo),
      envFile: request.isDemo ? null : join(options.workingFolder, '.env'),
      flags: request.isDemo ? { KAGGLE_AGENT_DATA: demoFolder, ...request.flags } : request.flags,
      cores: availableParallelism(),
      baseFolder: options.workingFolder,
      homeFolder: homedir(),
      mayBeIncomplete: request.mayBeIncomplete,
    });
    const { config, secrets } = settings;
    const logFile = join(placesIn(config.general.dataFolder).logs, 'agent.log');
    const logging = createLogger({
      level: config.general.logLevel,
      file: logFile,
      readable: request.isVerbose ? options.stderr : null,
      secrets,
    });
    options.onOpened(logging, logFile);
    const actor: Actor = { type: 'command', user: userInfo().username };
    const session: Session = { settings, logging, actor, request };
    return {
      up: (input) => up(session, input),
      run: (input) => runCompetition(session, input),
      doctor: (input) => doctor(session, input),
      connect: (input) => connect(session, input, { workingFolder: options.workingFolder }),
      settings: () => settings.report,
      ...lookCommands(session),
      ...arenaCommands(session, projectRoot),
    };
  };
}
