import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

function filesUnder(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => file.endsWith(ending) && statSync(file).isFile());
}

const pages = [
  ...filesUnder(join(root, 'docs'), '.md'),
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].map((name) => join(root, name)),
];
const sources = filesUnder(join(root, 'src'), '.ts');

/** As the usual renderers make anchors from headings. */
function anchorsOf(page: string): Set<string> {
  const headings = readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, text = '']) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

test.each(pages.map((page) => relative(root, page)))('every link of %s leads somewhere', (name) => {
  const page = join(root, name);
  const links = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);

  const broken = links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? page : resolve(dirname(page), file);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(target).has(anchor);
    });
  expect(broken).toEqual([]);
});

test('every document that a message names exists', () => {
  const named = sources.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/docs\/[\w/-]+\.md/g)].map(([path]) => path),
  );

  expect([...new Set(named)].filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

const troubleshooting = readFileSync(join(root, 'docs/how-to/troubleshooting.md'), 'utf8');
/** Codes stand in the first cell of a row, one or several. */
const explained = [...troubleshooting.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/`([a-z_.]+)`/g)].map(([, code = '']) => code),
);

test('every code of the troubleshooting page is one that the sources throw, and stands there once', () => {
  const text = sources.map((file) => readFileSync(file, 'utf8')).join('\n');
  /** Some are made of what a vendor says. */
  const isMade = (code: string) => {
    const [area = '', reason = ''] = code.split('.');
    const isOfVendor = text.includes(`\`${area}.\${`) && new RegExp(`\\b${reason}\\b`).test(text);
    // Or what every vendor's calls may come to.
    return isOfVendor || (text.includes(`'${area}'`) && text.includes(`}.${reason}\``));
  };

  expect(explained.length).toBeGreaterThan(100);
  expect(explained.filter((code) => !text.includes(`'${code}'`) && !isMade(code))).toEqual([]);
  expect(explained.filter((code, index) => explained.indexOf(code) !== index)).toEqual([]);
});

/** Faults of ours that no input brings about, waits that nobody is told of, and what another page explains. */
const notExplained: readonly string[] = [
  ...['blend.no_members', 'compare.fold_mismatch', 'compute.bad_key', 'compute.no_capacity'],
  ...[
    'kaggle.bad_description',
    'objects.bad_key',
    'objects.checksum',
    'objects.refused',
    'objects.too_large',
  ],
  // docs/how-to/storage.md
  'objects.unreachable',
  // told as llm.*
  ...['claude.stalled', 'claude.timeout'],
];

test.each(['bot', 'domain', 'embedded', 'flows', 'providers'])(
  'every code that src/%s throws is explained',
  (folder) => {
    const thrown = filesUnder(join(root, 'src', folder), '.ts').flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\bcode: ([^,;{}]*)/g)].flatMap(([, value = '']) =>
        [...value.matchAll(/'([a-z_]+\.[a-z_]+)'/g)].map(([, code = '']) => code),
      ),
    );

    expect(thrown.length).toBeGreaterThan(5);
    const known = [...explained, ...notExplained];
    expect([...new Set(thrown)].filter((code) => !known.includes(code))).toEqual([]);
  },
);

/** Variables that a notebook of the practice arena finds: nobody sets them. */
const givenToNotebooks: readonly string[] = ['KAGGLE_INPUT_DIR', 'KAGGLE_WORKING_DIR'];

test('every setting and every script that a page names exists', () => {
  const settings = readFileSync(join(root, 'docs/configuration.md'), 'utf8');
  const text = pages.map((page) => readFileSync(page, 'utf8')).join('\n');
  const names = [...text.matchAll(/\bKAGGLE_[A-Z_]+\b/g)].map(([name]) => name.replace(/_FILE$/, ''));
  const scripts = [...text.matchAll(/\bscript\/[a-z-]+(?:\.ts)?/g)].map(([path]) => path);

  const unknown = names.filter(
    (name) => !settings.includes(`\`${name}\``) && !givenToNotebooks.includes(name),
  );
  expect([...new Set(unknown)]).toEqual([]);
  expect([...new Set(scripts)].filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
