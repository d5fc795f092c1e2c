import { readFile } from 'node:fs/promises';

/** A piece of Python: its import lines, and the definitions that need them. */
export type Fragment = { imports: string[]; body: string };

/** Reads a piece of Python from the folder beside this file, e.g. `features/numbers`. */
export async function loadFragment(name: string, signal: AbortSignal): Promise<Fragment> {
  const source = await readFile(new URL(`./python/${name}.py`, import.meta.url), {
    encoding: 'utf8',
    signal,
  });
  return splitImports(source);
}

/** Parts one-line imports at the top of a source from what follows. */
export function splitImports(source: string): Fragment {
  const lines = source.split('\n');
  const first = lines.findIndex((line) => line !== '' && !/^(import|from) /.test(line));
  const imports = lines.slice(0, first).filter((line) => line !== '');
  return { imports, body: lines.slice(first).join('\n').trim() };
}

const standardLibrary =
  /^(argparse|collections|contextlib|dataclasses|functools|hashlib|html|itertools|json|os|pathlib|platform|re|signal|time|warnings)$/;

/** Merges import lines as isort would: standard library first, one line a module, names in order. */
export function mergeImports(lines: readonly string[]): string {
  const plain = new Set<string>();
  const names = new Map<string, Set<string>>();
  for (const line of lines) {
    const from = /^from (\S+) import (.+)$/.exec(line);
    if (from?.[1] === undefined || from[2] === undefined) {
      plain.add(line);
      continue;
    }
    const known = names.get(from[1]) ?? new Set();
    for (const name of from[2].split(', ')) known.add(name);
    names.set(from[1], known);
  }
  const froms = [...names].map(
    ([module, wanted]) => `from ${module} import ${[...wanted].sort().join(', ')}`,
  );
  const sorted = [...[...plain].sort(), ...froms.sort()].map(wrapImport);
  const isStandard = (line: string) => standardLibrary.test(line.split(/[ .]/)[1] ?? '');
  const groups = [sorted.filter(isStandard), sorted.filter((line) => !isStandard(line))];
  return groups
    .filter((group) => group.length > 0)
    .map((group) => group.join('\n'))
    .join('\n\n');
}

function wrapImport(line: string): string {
  if (line.length <= 110) return line;
  const [head, tail = ''] = line.split(' import ');
  return `${head} import (\n${tail
    .split(', ')
    .map((name) => `    ${name},`)
    .join('\n')}\n)`;
}
