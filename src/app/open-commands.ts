import { userInfo } from 'node:os';
import type { Commands, OpenCommands } from '../cli/commands.ts';
import type { Actor } from '../domain/actor.ts';
import { arenaCommands } from './arena-commands.ts';
import { connect } from './connect/connect.ts';
import { doctor } from './doctor.ts';
import { gpuCommands } from './gpu-commands.ts';
import { lookCommands } from './look-commands.ts';
import { migrateDatabase } from './migrate-command.ts';
import { openSettings, type Surroundings } from './open-settings.ts';
import { runCompetition } from './run-competition.ts';
import { searchCommands } from './search-commands.ts';
import type { VaultLink } from './secrets.ts';
import type { Session } from './session.ts';
import { setupStorage } from './setup-storage.ts';
import { up } from './up.ts';
import { projectRoot } from './version.ts';

/** Opens the commands of one call of the command line, over the environment of this process. */
export function createOpenCommands(around: Surroundings): OpenCommands {
  return async (request, signal) => {
    const { settings, vault, failure: vaultFailure, logging } = await openSettings(around, request, signal);
    const actor: Actor = { type: 'command', user: userInfo().username };
    const session: Session = { settings, vault, vaultFailure, logging, actor, request };
    return closingVault(vault, {
      up: (input) => up(session, input),
      run: (input) => runCompetition(session, input),
      doctor: (input) => doctor(session, input),
      connect: (input) => connect(session, input, { workingFolder: around.workingFolder }),
      migrate: () => migrateDatabase(session),
      setupStorage: (input) => setupStorage(session, input),
      settings: () => settings.report,
      settingFaults: () => settings.faults,
      ...lookCommands(session),
      ...gpuCommands(session),
      ...searchCommands(session),
      ...arenaCommands(session, projectRoot),
    });
  };
}

/** Each call of the command line carries out one command; at its end the token is given back. */
function closingVault(vault: VaultLink | null, commands: Commands): Commands {
  if (vault === null) return commands;
  const ending =
    <Input, Output>(command: (input: Input) => Promise<Output>) =>
    async (input: Input): Promise<Output> => {
      try {
        return await command(input);
      } finally {
        await vault.close();
      }
    };
  const { up, run, doctor, connect, migrate, setupStorage, status, list, logs, listEvents, replayEvents } =
    commands;
  const { stopGpus, allowGpus, listGpus } = commands;
  return {
    ...commands,
    up: ending(up),
    run: ending(run),
    doctor: ending(doctor),
    connect: ending(connect),
    migrate: ending(migrate),
    setupStorage: ending(setupStorage),
    status: ending(status),
    list: ending(list),
    logs: ending(logs),
    listEvents: ending(listEvents),
    replayEvents: ending(replayEvents),
    stopGpus: ending(stopGpus),
    allowGpus: ending(allowGpus),
    listGpus: ending(listGpus),
    settings() {
      // What is not given back ends by itself.
      vault.close().catch(() => undefined);
      return commands.settings();
    },
  };
}
