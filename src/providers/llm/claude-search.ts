import { z } from 'zod';
import { TransientFailure } from '../../domain/errors.ts';
import type { WebCitation } from './contract.ts';

const citedBlock = z.object({
  type: z.literal('text'),
  text: z.string(),
  citations: z.array(
    z.looseObject({
      type: z.string(),
      url: z.string().nullish(),
      title: z.string().nullish(),
      cited_text: z.string().nullish(),
    }),
  ),
});
const resultBlock = z.object({
  type: z.literal('web_search_tool_result'),
  content: z.union([z.array(z.unknown()), z.object({ error_code: z.string() })]),
});

/** These pass; the others are our own doing, such as a query that is too long. */
const passingCodes = new Set(['unavailable', 'too_many_requests']);
const longestQuote = 1_000;
const longestTitle = 300;

/**
 * The sources that the text names, each address once, with its first quote and every piece of text that rests on it.
 * Addresses other than https are left out.
 */
export function citationsOf(content: readonly unknown[]): WebCitation[] {
  const found = new Map<string, WebCitation>();
  for (const { url, title, cited_text: quote, said } of content.flatMap(citationsIn)) {
    const address = httpsAddress(url);
    if (address === null) continue;
    const known = found.get(address) ?? {
      title: (title ?? '').slice(0, longestTitle) || new URL(address).hostname,
      url: address,
      quote: quote == null || quote === '' ? null : quote.slice(0, longestQuote),
      said: [],
    };
    found.set(address, { ...known, said: [...new Set([...known.said, said])] });
  }
  return [...found.values()];
}

/** Every search came back with an error that passes, so the answer knows nothing of the web. */
export function hasFailedSearch(content: readonly unknown[]): boolean {
  const results = resultsOf(content);
  return (
    results.length > 0 &&
    results.every((result) => !Array.isArray(result) && passingCodes.has(result.error_code))
  );
}

/** @throws TransientFailure `llm.search_failed` */
export function refuseFailedSearch(content: readonly unknown[]): void {
  if (!hasFailedSearch(content)) return;
  throw new TransientFailure("Claude's web search does not work at the moment.", {
    code: 'llm.search_failed',
  });
}

/** The errors of single searches, for the log. */
export function searchErrorsOf(content: readonly unknown[]): string[] {
  return resultsOf(content).flatMap((result) => (Array.isArray(result) ? [] : [result.error_code]));
}

function resultsOf(content: readonly unknown[]) {
  return content.flatMap((one) => {
    const parsed = resultBlock.safeParse(one);
    return parsed.success ? [parsed.data.content] : [];
  });
}

function citationsIn(one: unknown) {
  const parsed = citedBlock.safeParse(one);
  if (!parsed.success) return [];
  const { citations, text: said } = parsed.data;
  return citations.map((citation) => ({ ...citation, said }));
}

/** @returns null for what is no https address, or carries a login */
function httpsAddress(url: string | null | undefined): string | null {
  if (url == null || !URL.canParse(url)) return null;
  const { protocol, username, password, href } = new URL(url);
  return protocol === 'https:' && username === '' && password === '' ? href : null;
}
