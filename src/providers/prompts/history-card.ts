import { metricSpec } from '../../domain/metrics/catalog.ts';
import { scoreGain } from '../../domain/metrics/score.ts';
import { fenced } from '../../domain/outside-text.ts';
import type { Problem } from '../../domain/problem.ts';
import type { MemoryEntry } from '../../domain/search/step.ts';
import { bounded, cell, fitting, section } from './bounded.ts';

const mostCharacters = 8_000;
const mostSiblingCharacters = 2_000;
const lastFailures = 3;
const longestLine = 260;

/**
 * What was tried: the best in full, the last failures with their reasons, one line for each of the others, by score and
 * then the newest first. Cross-validated scores only.
 */
export function historyCard(memory: readonly MemoryEntry[], metric: Problem['metric']): string {
  const scored = memory
    .flatMap((entry) => (entry.cv === null ? [] : [{ ...entry, cv: entry.cv }]))
    .toSorted((a, b) => scoreGain(metric, a.cv, b.cv));
  const [best] = scored;
  const failed = memory.filter(({ status }) => status === 'failed').toReversed();
  const told = new Set([best?.name, ...failed.slice(0, lastFailures).map(({ name }) => name)]);
  const rest = [...scored, ...failed, ...memory.toReversed()]
    .filter(
      (entry, place, all) =>
        !told.has(entry.name) && all.findIndex(({ name }) => name === entry.name) === place,
    )
    .map(lineOf);
  const head = [
    ...(best === undefined
      ? []
      : [`Best so far, ${metric} to ${metricSpec(metric).direction}:\n${fullOf(best)}`]),
    ...(failed.length === 0 ? [] : [`Failed last:\n${failed.slice(0, lastFailures).map(fullOf).join('\n')}`]),
  ].join('\n');
  const room = mostCharacters - head.length - 200;
  const others = rest.length === 0 ? '' : `Others:\n${fitting(rest, Math.max(0, room)).join('\n')}`;
  const body = bounded([head, others].filter((part) => part !== '').join('\n'), mostCharacters);
  return section('What was tried', body === '' ? '' : fenced('earlier solutions of this agent', body));
}

/** Plans that are made from the same: the next one has to differ from them. */
export function siblingsCard(siblings: readonly MemoryEntry[]): string {
  const lines = fitting(siblings.toReversed().map(lineOf), mostSiblingCharacters);
  return section(
    'Its siblings, to differ from',
    lines.length === 0 ? '' : fenced('earlier plans', lines.join('\n')),
  );
}

/** The failed ancestors of a script, oldest first, so that no fix is tried twice. */
export function chainCard(chain: readonly MemoryEntry[]): string {
  const body = bounded(chain.map(fullOf).join('\n'), mostSiblingCharacters * 2);
  return section('How it came here', body === '' ? '' : fenced('earlier attempts of this script', body));
}

function fullOf(entry: MemoryEntry): string {
  const from = entry.parents.length === 0 ? '' : ` from ${entry.parents.join(' and ')}`;
  const error = entry.error === null ? '' : ` It failed: ${cell(entry.error, 300)}`;
  const taught = entry.taught === undefined ? '' : ` It taught: ${cell(entry.taught, 500)}`;
  return `- ${entry.name} (round ${entry.round}, ${entry.operator}${from}, ${cell(entry.family)}): ${cell(entry.change, 400)}. ${scoreOf(entry)}${error}${taught}`;
}

function lineOf(entry: MemoryEntry): string {
  const error = entry.error === null ? '' : `; ${cell(entry.error, 80)}`;
  return cell(
    `- ${entry.name}, ${cell(entry.family, 40)}: ${entry.change}; ${scoreOf(entry)}${error}${entry.taught === undefined ? '' : `; ${entry.taught}`}`,
    longestLine,
  );
}

/** A score with its standard error. */
export function scoreOf({ cv, se, status }: Pick<MemoryEntry, 'cv' | 'se' | 'status'>): string {
  if (cv === null) return status === 'failed' ? 'failed' : 'not scored yet';
  return se === null ? `cv ${cv.toPrecision(6)}` : `cv ${cv.toPrecision(6)} ± ${se.toPrecision(2)}`;
}
