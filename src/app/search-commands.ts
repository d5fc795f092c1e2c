import type { Commands } from '../cli/commands.ts';
import type { Context } from '../context.ts';
import { readBudget } from '../flows/commands/read-commands.ts';
import { readNode, readTreeView } from '../flows/commands/read-search.ts';
import { readResearchBrief } from '../flows/research/read-brief.ts';
import { placesIn } from './data-folder.ts';
import { attachDatabase } from './database.ts';
import { openObjects } from './objects.ts';
import { policyOf } from './policy.ts';
import type { Session } from './session.ts';

type SearchCommands = Pick<Commands, 'tree' | 'node' | 'research' | 'budget'>;
type LookContext = Pick<Context, 'state' | 'objects' | 'log' | 'policy' | 'now'>;

/** Commands that look into the search, over the database and the files of the running agent. */
export function searchCommands(session: Session): SearchCommands {
  const { config } = session.settings;
  const { log } = session.logging;
  const places = placesIn(config.general.dataFolder);
  const now = () => new Date();

  async function attached<T>(look: (ctx: LookContext) => Promise<T>): Promise<T> {
    const database = await attachDatabase(config, places.root, log);
    // where the agent's own server is reached only that one knows: whoever types here sees where the files lie
    const opened = await openObjects({ config, places, linkSecret: '', ownUrl: () => '', now, log });
    const objects: Context['objects'] = {
      ...opened.objects,
      signedUrl: async (key) => `${opened.artifactsFolder}/${key}`,
    };
    try {
      return await look({ state: database.state, objects, log, policy: policyOf(config), now });
    } finally {
      opened.close();
      await database.close();
    }
  }

  return {
    tree: ({ slug }) => attached((ctx) => readTreeView(ctx, { slug })),
    node: ({ slug, which }) => attached((ctx) => readNode(ctx, { slug, which })),
    research: ({ slug }) => attached((ctx) => readResearchBrief(ctx, { slug })),
    budget: ({ slug }) => attached((ctx) => readBudget(ctx, { slug })),
  };
}
