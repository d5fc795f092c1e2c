import { cleanLine, cleanUrl, soundsLikeOrder } from '../../domain/outside-text.ts';
import type { ResearchReport } from '../../domain/research.ts';
import type { ResearchRequest } from './contract.ts';
import { plainLine } from './plain-parts.ts';

const mostOfPage = 4;
const mostFindings = 12;
const longestSentence = 300;
const shortestSentence = 25;

/** What a solution has to respect, as the pages of competitions word it; the first the most telling. */
const telling = [
  /\bevaluat|\bmetric\b|\bscored? (?:by|on|using)\b/i,
  /\bexternal data\b|\bpre-?trained\b|\bnot (?:allowed|permitted)\b|\bprohibit/i,
  /\bleak|\bduplicate|\boverlap/i,
  /\bsynthetic|\bgenerated from\b|\boriginal dataset\b/i,
  /\btime[- ]?series\b|\bchronolog|\bfuture\b|\bpatient|\bper (?:user|group|store)\b/i,
  /\bmissing values?\b|\bimbalance|\bnois[ey]/i,
  /\bprivate (?:leaderboard|test)\b|\bpublic leaderboard\b/i,
];

/** Sentences of the competition's own pages that matter for a solution, word for word; no language model is asked. */
export function pageFindings({ pages = [] }: ResearchRequest): ResearchReport['findings'] {
  const findings = pages.flatMap(({ title, url, text }) => {
    const sentences = text
      .split(/(?<=[.!?])\s+|\n+/)
      .map((sentence) => plainLine(sentence, longestSentence))
      .filter((sentence) => sentence.length >= shortestSentence && !soundsLikeOrder(sentence));
    const chosen = telling.flatMap((pattern, rank) => {
      const found = sentences.find((sentence) => pattern.test(sentence));
      return found === undefined ? [] : [{ rank, claim: found }];
    });
    const address = cleanUrl(url ?? '');
    const source = { title: cleanLine(title, 200) || 'Page of the competition' };
    const distinct = chosen.filter(({ claim }, at) => chosen.findIndex((one) => one.claim === claim) === at);
    return distinct.slice(0, mostOfPage).map(({ rank, claim }) => ({
      rank,
      finding: {
        claim,
        source: source.title,
        sources: [{ ...source, ...(address === null ? {} : { url: address }) }],
      },
    }));
  });
  return findings
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ finding }) => finding)
    .slice(0, mostFindings);
}
