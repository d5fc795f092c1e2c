import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const biome = resolve(root, 'node_modules/.bin/biome');

/** Lints planted files under the project's own rules, in a folder of their own. @returns the files that the rule names */
function plant(imports: readonly (readonly [file: string, imported: string])[]): Set<string> {
  const folder = mkdtempSync(join(tmpdir(), 'kaggle-agent-arrows-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'));
  for (const [index, [file, imported]] of imports.entries()) {
    const path = join(folder, plantedName(file, index));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `import { planted } from '${imported}';\n\nexport const used = planted;\n`);
  }
  const args = ['lint', '--only=style/noRestrictedImports', '--max-diagnostics=none', '--colors=off', '.'];
  const { stdout, stderr } = spawnSync(biome, args, { cwd: folder, encoding: 'utf8' });
  const named = `${stdout}${stderr}`.matchAll(/(src\/\S+\.ts):\d+:\d+ lint\/style\/noRestrictedImports/g);
  return new Set([...named].map(([, file]) => file ?? ''));
}

/** Each import in a file of its own. */
function plantedName(file: string, index: number): string {
  return file.replace('planted', `planted-${index}`);
}

/** One import that each folder must not make. */
const forbidden: readonly (readonly [file: string, imported: string])[] = [
  ['src/domain/planted.ts', '../flows/gpu/train.ts'],
  ['src/domain/planted.ts', 'node:fs'],
  ['src/domain/planted.ts', 'pg'],
  ['src/events/planted.ts', '../state/port.ts'],
  ['src/config/planted.ts', '../infra/redis.ts'],
  ['src/infra/planted.ts', '../state/port.ts'],
  ['src/state/planted.ts', '../providers/http.ts'],
  ['src/state/planted.ts', 'bullmq'],
  ['src/providers/kaggle/planted.ts', '../../state/port.ts'],
  ['src/providers/kaggle/planted.ts', '../../infra/redis.ts'],
  ['src/flows/gpu/planted.ts', '../../jobs/queues.ts'],
  ['src/flows/gpu/planted.ts', '../../bot/commands.ts'],
  ['src/flows/gpu/planted.ts', 'bullmq'],
  ['src/flows/gpu/planted.ts', '../../providers/kaggle/client.ts'],
  ['src/jobs/planted.ts', '../bot/commands.ts'],
  ['src/jobs/planted.ts', '../state/submissions.ts'],
  ['src/jobs/planted.ts', '../providers/http.ts'],
  ['src/bot/planted.ts', '../jobs/queues.ts'],
  ['src/bot/planted.ts', '../state/port.ts'],
  ['src/ops/planted.ts', '../jobs/queues.ts'],
  ['src/ops/planted.ts', '../providers/http.ts'],
  ['src/arena/planted.ts', '../flows/gpu/train.ts'],
  ['src/embedded/planted.ts', '../state/port.ts'],
];

test('an import against the arrows fails the lint, folder by folder', () => {
  const named = plant(forbidden);

  const missed = forbidden.filter(([file], index) => !named.has(plantedName(file, index)));
  expect(missed).toEqual([]);
});

/** One import along the arrows for each folder that has any. */
const allowed: readonly (readonly [file: string, imported: string])[] = [
  ['src/flows/gpu/planted.ts', '../../state/training.ts'],
  ['src/flows/gpu/planted.ts', '../../providers/kaggle/contract.ts'],
  ['src/jobs/planted.ts', '../flows/gpu/train.ts'],
  ['src/jobs/planted.ts', '../state/outbox.ts'],
  ['src/bot/planted.ts', '../domain/overview.ts'],
  ['src/providers/kaggle/planted.ts', '../http.ts'],
];

test('imports along the arrows pass', () => {
  expect([...plant(allowed)]).toEqual([]);
});
