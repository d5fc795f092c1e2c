import { z } from 'zod';
import { cleanLine, cleanText, soundsLikeOrder } from '../../domain/outside-text.ts';

/** What is taken over from a model's proposal: short plain words, names of a list, and nothing that leads anywhere. */

/** What every proposal of a model has, in whatever form it is asked for. */
export const proposalFields = {
  name: z.string().describe('Lower-case words with hyphens, such as boosting-target-encoding.'),
  family: z
    .string()
    .describe('Model family: boosting, linear, forest, kernel, neural, text-linear, blend, …'),
  models: z.array(
    z.object({
      kind: z.string().describe('Such as lightgbm or logistic-regression.'),
      params: z.array(z.object({ name: z.string(), value: z.string() })),
    }),
  ),
  risks: z.array(z.string()),
};

const address = /\bhttps?:\/*\S*|\bwww\.\S*|\bdata:[a-z]+\/\S*/gi;

function holdsAddress(text: string): boolean {
  return text.search(address) !== -1;
}

/** One line without addresses. */
export function plainLine(text: string, mostCharacters: number): string {
  return cleanLine(text.replaceAll(address, ''), mostCharacters);
}

/** As `plainLine`, with its line ends. */
export function plainText(text: string, mostCharacters: number): string {
  return cleanText(text.replaceAll(address, ''), mostCharacters);
}

/**
 * Lines that give no orders and lead nowhere.
 * @returns how many were left out for that
 */
export function plainLines(
  texts: readonly string[],
  bounds: { most: number; mostCharacters: number },
): { lines: string[]; leftOut: number } {
  const good = texts.filter((text) => !soundsLikeOrder(text) && !holdsAddress(text));
  const lines = good.map((text) => cleanLine(text, bounds.mostCharacters)).filter((text) => text !== '');
  return { lines: lines.slice(0, bounds.most), leftOut: texts.length - good.length };
}

const mostPackages = 10;

/**
 * Names of the list alone: one that a model made up may be one that somebody registered for that.
 * Source: PEP 503: case, dots and underscores make no difference.
 */
export function listedPackages(
  names: readonly string[],
  allowed: ReadonlySet<string>,
): { packages: string[]; leftOut: number } {
  const normal = new Set(
    names.map((name) =>
      name
        .trim()
        .toLowerCase()
        .replaceAll(/[-_.]+/g, '-'),
    ),
  );
  const known = [...normal].filter((name) => allowed.has(name));
  return { packages: known.slice(0, mostPackages), leftOut: normal.size - known.length };
}

/** Lower-case letters, digits and hyphens. */
export function slugOf(text: string, longest: number): string {
  const slug = text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  return slug.replace(/^-+/, '').slice(0, longest).replace(/-+$/, '');
}

const mostParameters = 30;

/** Parameters as what they say they are: plain words, numbers, true and false. */
export function plainParameters(
  params: readonly { name: string; value: string }[],
): Record<string, string | number | boolean> {
  return Object.fromEntries(params.slice(0, mostParameters).flatMap(parameterOf));
}

function parameterOf({
  name,
  value,
}: {
  name: string;
  value: string;
}): [string, string | number | boolean][] {
  const text = value.trim();
  if (!/^[A-Za-z_]\w{0,60}$/.test(name) || soundsLikeOrder(text)) return [];
  if (/^(?:true|false)$/i.test(text)) return [[name, text.toLowerCase() === 'true']];
  const number = Number(text);
  if (text !== '' && Number.isFinite(number)) return [[name, number]];
  return /^[\w .+-]{1,60}$/.test(text) ? [[name, text]] : [];
}

const longestMinutes = 600;

/** Of training, within what one run may take. */
export function plainMinutes(minutes: number, mostMinutes: number): number {
  return Math.min(longestMinutes, Math.max(0.1, Math.min(minutes, mostMinutes)));
}
