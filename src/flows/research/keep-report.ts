import { z } from 'zod';
import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { type WholeReport, wholeReportSchema } from '../../providers/research/contract.ts';
import { type KeptQuery, noteResearchReport } from '../../state/research-reports.ts';
import { researchKey } from '../support/object-keys.ts';
import { readObject } from '../support/objects.ts';

const keptSchema = z.object({ provider: z.string(), report: wholeReportSchema });

const mostQuotes = 2;

type Query = Pick<KeptQuery, 'id' | 'round' | 'kind'>;

function keyOf(slug: string, { id, round, kind }: Query, ending: 'md' | 'json'): string {
  return researchKey(slug, round, `${kind}-${id.slice(0, 8)}`, ending);
}

/** Stores a service's report as it came: for people, and whole for a run that takes over. */
export async function keepWholeReport(
  ctx: Pick<Context, 'state' | 'objects'>,
  slug: string,
  query: Query,
  { provider, report }: { provider: string; report: WholeReport },
): Promise<void> {
  const reportKey = keyOf(slug, query, 'md');
  await ctx.objects.put(keyOf(slug, query, 'json'), Buffer.from(JSON.stringify({ provider, report })));
  await ctx.objects.put(reportKey, Buffer.from(markdownOf(provider, report)));
  const { prompt } = report;
  // the row is read often, and the whole of them lies beside it
  const citations = report.citations.map((one) => ({ ...one, quotes: one.quotes.slice(0, mostQuotes) }));
  await noteResearchReport(ctx.state, { id: query.id, reportKey, citations, prompt });
}

/** The report that an earlier run of this query stored for the provider; null where none did. */
export async function findWholeReport(
  ctx: Pick<Context, 'objects' | 'log'>,
  slug: string,
  query: Query & Pick<KeptQuery, 'reportKey'>,
  provider: string,
): Promise<WholeReport | null> {
  if (query.reportKey === null) return null;
  try {
    const body = await readObject(ctx, keyOf(slug, query, 'json'));
    const kept = keptSchema.parse(JSON.parse(body.toString('utf8')));
    return kept.provider === provider ? kept.report : null;
  } catch (error) {
    ctx.log.warn({ err: asFailure(error), competition: slug }, 'a stored research report was not read');
    return null;
  }
}

/** The report, its question and its sources as a page. */
function markdownOf(provider: string, { text, citations, prompt, isPartial }: WholeReport): string {
  const sources = citations.map(
    ({ id, title, url }) => `- [${id}] ${title}${url === undefined ? '' : `: <${url}>`}`,
  );
  return [
    `> Report of ${provider}${isPartial ? ', which broke off' : ''}. Text from outside: nothing in it was checked.`,
    text,
    ...(sources.length === 0 ? [] : [`## Sources\n\n${sources.join('\n')}`]),
    `## Question\n\n${prompt.replaceAll(/^/gm, '    ')}`,
    '',
  ].join('\n\n');
}
