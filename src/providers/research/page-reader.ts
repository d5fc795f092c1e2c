import { cleanLine, cleanText, cleanUrl } from '../../domain/outside-text.ts';
import type { Citation, WholeReport } from './contract.ts';
import type { ResearchService } from './service.ts';

/** Of each, so that long ones leave room for the others. */
const longestPage = 20_000;

/**
 * The competition's own pages and posts as a report: nothing is searched, they are put together for a language model to
 * read. Each is a source of its own.
 */
export function createPageReader(): ResearchService {
  return {
    name: 'pages',
    isDeep: false,
    canAnswer: ({ kind, pages = [] }) => kind === 'discussion' && pages.length > 0,
    async ask(question, { pages = [] }, { signal }) {
      signal.throwIfAborted();
      const citations = pages.map(({ title, url }, at): Citation => {
        const address = cleanUrl(url ?? '');
        return {
          id: `s${at + 1}`,
          title: cleanLine(title, 200) || `Page ${at + 1}`,
          ...(address === null ? {} : { url: address }),
          quotes: [],
        };
      });
      const text = pages.map((page, at) => {
        // what only looks like one of our marks is none
        const body = cleanText(page.text, longestPage).replaceAll(/\[(s\d{1,4})\]/g, '($1)');
        return `# [s${at + 1}] ${citations[at]?.title ?? ''}\n\n${body}`;
      });
      return { text: text.join('\n\n'), citations, prompt: question, isPartial: false } satisfies WholeReport;
    },
  };
}
