import type { Context, Policy } from '../../src/context.ts';
import type { DiscoveryRules } from '../../src/domain/discovery-rules.ts';
import { createKaggleClient } from '../../src/providers/kaggle/client.ts';
import { findListing, type Listing, listListings } from '../../src/state/discovery.ts';
import { kaggleOptions } from './arena-kit.ts';
import { aCompetitionFolder } from './kaggle.ts';
import { aPracticeWorld, type PracticeWorld } from './practice-world.ts';

export type DiscoveryWorld = PracticeWorld & {
  /** Names of the vendor's methods in the order they were called, since the last look at them. */
  takeCalls(): string[];
  listing(slug: string): Promise<Listing>;
  listings(): Promise<Listing[]>;
};

type Options = {
  /** Fields of the competitions' own files. */
  competitions?: Record<string, unknown>[];
  /** Made-up ones without data beside them. */
  catalogue?: number;
  rules?: Partial<DiscoveryRules>;
  policy?: Partial<Policy>;
  canBeAsked?: boolean;
  /** The arena is known to be one. */
  isPractice?: boolean;
};

/** An arena with these competitions, and discovery that looks at it; what it asks is counted. */
export async function aDiscoveryWorld(options: Options = {}): Promise<DiscoveryWorld> {
  const competitions = options.competitions ?? [];
  const folders = await Promise.all(competitions.map((fields) => aCompetitionFolder(fields)));
  const world = await aPracticeWorld({
    folders,
    arena: { catalogue: options.catalogue ?? 0 },
    policy: options.policy ?? {},
  });
  const calls: string[] = [];
  const kaggle = createKaggleClient(
    kaggleOptions(world.arena.apiUrl, { policyOptions: { onAttempt: ({ name }) => calls.push(name) } }),
  );
  const { policy } = world.ctx;
  const ctx: Context = {
    ...world.ctx,
    kaggle,
    // work that costs nothing
    compute: [],
    generators: [],
    // as at the real Kaggle
    judge: options.isPractice === true ? world.ctx.judge : null,
    canBeAsked: () => options.canBeAsked ?? true,
    policy: { ...policy, discovery: { ...policy.discovery, ...options.rules } },
  };
  return {
    ...world,
    ctx,
    takeCalls: () => calls.splice(0),
    async listing(slug) {
      const found = await findListing(ctx.state, slug);
      if (found === null) throw new Error(`${slug} is not listed`);
      return found;
    },
    listings: () => listListings(ctx.state),
  };
}
