import { discoverFilters } from '../domain/discovery-results.ts';
import { factorNames } from '../domain/feasibility.ts';
import { type Read, slugOf, takePublic, wrong } from './command-arguments.ts';

/** `discover new 2 public` */
export function readDiscoverArguments(all: readonly string[]): Read {
  const { words, isPublic } = takePublic(all);
  let filter: (typeof discoverFilters)[number] = 'best';
  let page = 1;
  for (const word of words) {
    const known = discoverFilters.find((one) => one === word.toLowerCase());
    if (known !== undefined) filter = known;
    else if (/^\d{1,4}$/.test(word)) page = Math.max(1, Number(word));
    else return wrong({ is: 'unknown_word', typed: word, choices: discoverFilters.join(', ') });
  }
  return { verb: 'discover', filter, page, isPublic };
}

/** `why titanic`; `why titanic modality 0.5`, `why titanic modality=0.5`, `why titanic set modality auto`. */
export function readWhyArguments(all: readonly string[]): Read {
  const { words, isPublic } = takePublic(all);
  const parts = words.flatMap((word) => word.split('=')).filter((word) => word !== '');
  const isFactor = (word: string | undefined) => factorNames.some((name) => name === word?.toLowerCase());
  const [first] = parts;
  // in its thread the competition may be left out
  const hasSlug = first !== undefined && !isFactor(first) && !isSet(first);
  const slug = hasSlug ? slugOf(first) : null;
  if (hasSlug && slug === null) return wrong({ is: 'no_slug', typed: first });
  const [typed, value, ...rest] = parts.slice(hasSlug ? 1 : 0).filter((word) => !isSet(word));
  if (typed === undefined) return { verb: 'why', slug, change: null, isPublic };
  const factor = factorNames.find((name) => name === typed.toLowerCase());
  if (factor === undefined) {
    return wrong({ is: 'unknown_word', typed, choices: factorNames.join(', ') });
  }
  if (value === undefined) return wrong({ is: 'missing', name: factor });
  const share = shareOf(value);
  if (share === undefined || rest.length > 0) return wrong({ is: 'not_share', name: factor });
  return { verb: 'why', slug, change: { factor, value: share }, isPublic };
}

function isSet(word: string): boolean {
  return word.toLowerCase() === 'set';
}

/** 0 to 1; null for `auto`; undefined for anything else. */
function shareOf(typed: string): number | null | undefined {
  if (/^(?:auto|reset)$/i.test(typed)) return null;
  const value = /^(?:\d{1,3}(?:\.\d{1,4})?|\.\d{1,4})$/.test(typed) ? Number(typed) : Number.NaN;
  return value >= 0 && value <= 1 ? value : undefined;
}
