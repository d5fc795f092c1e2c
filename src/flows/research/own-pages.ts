import { z } from 'zod';
import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { cleanLine, cleanUrl, visibleText } from '../../domain/outside-text.ts';
import type { ResearchRequest } from '../../providers/research/contract.ts';
import type { Competition } from '../../state/competitions.ts';
import { listStoredPages } from '../../state/discovery.ts';
import { ownPagesKey } from '../support/object-keys.ts';
import { readObject } from '../support/objects.ts';

const mostPages = 12;
/** As discovery keeps them; whoever tells a model of them has bounds of its own. */
const longestPage = 60_000;

export type OwnPage = NonNullable<ResearchRequest['pages']>[number];

const pagesSchema = z.array(z.object({ name: z.string(), content: z.string() }));
type Pages = z.output<typeof pagesSchema>;

/** Hosts change their pages now and then. */
const readAgainMs = 7 * 86_400_000;

type PagesContext = Pick<Context, 'state' | 'kaggle' | 'objects' | 'signal' | 'log' | 'now'>;

/**
 * What a competition says of itself, as a person sees it: as discovery read it, else as it was read here within a week,
 * so that prompts stay alike and the vendor is seldom asked. None where the vendor gives none: they help, and are no need.
 */
export async function readOwnPages(
  ctx: PagesContext,
  { slug, details }: Pick<Competition, 'slug' | 'details'>,
): Promise<OwnPage[]> {
  const stored = await listStoredPages(ctx.state, slug);
  const pages = stored.length > 0 ? stored : await readBeside(ctx, slug);
  const url = typeof details.url === 'string' ? cleanUrl(details.url) : null;
  return pages
    .slice(0, mostPages)
    .map(({ name, content }) => {
      return { title: cleanLine(name, 100) || 'Page', url, text: visibleText(content, longestPage) };
    })
    .filter(({ text }) => text !== '');
}

/** Without the discovery: what was kept, or what the vendor says where that is old. */
async function readBeside(ctx: PagesContext, slug: string): Promise<Pages> {
  const key = ownPagesKey(slug);
  const info = await ctx.objects.head(key);
  const kept = async () => pagesSchema.parse(JSON.parse((await readObject(ctx, key)).toString('utf8')));
  const isFresh = info !== null && ctx.now().getTime() - info.modifiedAt.getTime() < readAgainMs;
  if (isFresh) return await kept();
  return (await readNow(ctx, slug)) ?? (info === null ? [] : await kept());
}

/** @returns null where the vendor does not say */
async function readNow(ctx: PagesContext, slug: string): Promise<Pages | null> {
  try {
    const listed = await ctx.kaggle.listPages(slug, { signal: ctx.signal });
    const pages = listed.slice(0, mostPages).map(({ name, content }) => {
      return { name: name.slice(0, 100), content: content.slice(0, longestPage) };
    });
    await ctx.objects.put(ownPagesKey(slug), Buffer.from(JSON.stringify(pages)));
    return pages;
  } catch (error) {
    ctx.signal.throwIfAborted();
    ctx.log.info({ competition: slug, err: asFailure(error) }, 'pages of the competition were not read');
    return null;
  }
}
