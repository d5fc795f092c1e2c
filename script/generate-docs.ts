import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { commandsPage } from '../src/bot/commands-document.ts';
import { renderEnvExample, renderSettingsPage } from '../src/config/settings-document.ts';
import { renderEventsPage } from './events-page.ts';
import { renderExitCodesPage } from './exit-codes-page.ts';
import { renderMetricsPage } from './metrics-page.ts';
import { renderStatesPage } from './states-page.ts';

/**
 * Writes the documents that come from the code; with `--check` it only compares.
 * Exit 1 where a file is not what the code says.
 */
const root = resolve(import.meta.dirname, '..');

const documents: Readonly<Record<string, () => string>> = {
  'docs/configuration.md': renderSettingsPage,
  'docs/reference/commands.md': commandsPage,
  'docs/reference/events.md': renderEventsPage,
  'docs/reference/exit-codes.md': renderExitCodesPage,
  'docs/reference/metrics.md': renderMetricsPage,
  'docs/reference/states.md': renderStatesPage,
  '.env.example': renderEnvExample,
};

const isCheck = process.argv.includes('--check');
const stale: string[] = [];

for (const [name, render] of Object.entries(documents)) {
  const file = join(root, name);
  const wanted = render();
  if (wanted === current(file)) continue;
  if (isCheck) {
    stale.push(name);
    continue;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, wanted);
  console.error(`wrote ${name}`);
}

if (stale.length > 0) {
  console.error(`Not what the code says: ${stale.join(', ')}. Run: npm run generate`);
  process.exitCode = 1;
}

function current(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
