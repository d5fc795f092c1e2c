import { addCompetition, listCompetitions } from '../arena/catalog.ts';
import { readFaultFile } from '../arena/fault-file.ts';
import type { ArenaEntry, Commands } from '../cli/commands.ts';
import { BusinessFailure } from '../domain/errors.ts';
import { createClosers } from '../infra/closers.ts';
import { findPython } from '../infra/python.ts';
import { aborted } from './aborted.ts';
import { openDataFolder, ownSecrets, placesIn } from './data-folder.ts';
import { openArena } from './kaggle.ts';
import type { Session } from './session.ts';
import { buildShipped, shippedFolder } from './shipped.ts';
import { readVersion } from './version.ts';

type ArenaCommands = Pick<Commands, 'demoSlug' | 'serveArena' | 'listArena' | 'addToArena' | 'buildArena'>;

/** The one that a newcomer sees first: mixed columns, gaps, and done within a minute. */
const firstSlug = 'movie-ratings';

/** Everything about the practice arena. */
export function arenaCommands(session: Session, projectRoot: string): ArenaCommands {
  const { config } = session.settings;
  const places = placesIn(config.general.dataFolder);
  const shipped = shippedFolder(projectRoot);
  const folders = [...config.arena.folders, places.competitions, shipped];
  const python = async (signal: AbortSignal) =>
    (await findPython({ configured: config.training.python ?? undefined, projectRoot, signal })).path;

  return {
    async demoSlug({ signal, onProgress }) {
      await buildShipped(shipped, await python(signal), signal, onProgress);
      const entries = await listCompetitions([shipped]);
      const slugs = entries.flatMap(({ competition }) => (competition === null ? [] : [competition.slug]));
      const slug = slugs.find((name) => name === firstSlug) ?? slugs[0];
      if (slug !== undefined) return slug;
      throw new BusinessFailure('No practice competition is there; script/setup builds them.', {
        code: 'arena.empty',
      });
    },
    async serveArena({ faultsFile, signal, onReady, onProgress }) {
      const faults = faultsFile === null ? null : await readFaultFile(faultsFile);
      const closers = createClosers({ log: session.logging.log });
      const opened = await openDataFolder(places.root);
      const secrets = await ownSecrets(opened);
      try {
        const arena = await openArena({
          config,
          places: opened,
          secrets,
          logging: session.logging,
          closers,
          version: readVersion(),
          anyPort: false,
          folders,
          ...(faults === null ? {} : { faults }),
        });
        if (faults !== null) onProgress('calls fail as the file of faults says');
        for (const { message } of arena.skipped) onProgress(`left out: ${message}`);
        onReady({ apiUrl: arena.apiUrl, competitions: arena.competitions.length });
        await aborted(signal);
      } finally {
        await closers.close();
      }
    },
    async listArena({ onProgress }) {
      const entries = await listCompetitions(folders);
      for (const { problem } of entries) if (problem !== null) onProgress(`left out: ${problem}`);
      return entries.flatMap(({ competition }): ArenaEntry[] => (competition === null ? [] : [competition]));
    },
    async addToArena({ folder, signal }) {
      return await addCompetition({
        source: folder,
        target: places.competitions,
        python: await python(signal),
        signal,
      });
    },
    async buildArena({ signal, onProgress }) {
      await buildShipped(shipped, await python(signal), signal, onProgress);
      const entries = await listCompetitions([shipped]);
      return entries.flatMap(({ competition }) => (competition === null ? [] : [competition.slug]));
    },
  };
}
