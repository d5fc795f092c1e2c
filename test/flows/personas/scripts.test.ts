import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scriptContractSchema } from '../../../src/domain/run-contract.ts';
import { createQualityGate } from '../../../src/providers/codegen/quality-gate.ts';
import { aProblem } from '../../domain/problems.ts';
import { countingScript, pipelineScript } from '../../support/claude/personas/scripts.ts';
import { writeBundleData } from '../../support/competition-data.ts';

import { runnerPath } from '../../support/runner-kit.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { findPythons } from '../../support/train-script.ts';

const row = (id: number) => ({ id: `${id}`, size: `${(id * 5) % 7}`, kind: ['a', 'b', 'c'][id % 3] ?? 'a' });
const train = Array.from({ length: 90 }, (_, id) => ({ ...row(id), target: (id * 5) % 7 > 3 ? '1' : '0' }));

test.each(findPythons())(
  'the scripts that a good model writes pass the whole gate with %s',
  async (python) => {
    const folder = await tempFolder();
    const dataFolder = join(folder, 'data');
    const problem = aProblem();
    await writeBundleData(dataFolder, {
      problem,
      train,
      gate: [row(500), row(501)],
      test: Array.from({ length: 30 }, (_, id) => row(1_000 + id)),
    });
    const gate = createQualityGate({
      python: { path: python, ruff: false },
      scratchFolder: join(folder, 'scratch'),
      runnerPath,
      threads: 1,
      memoryBytes: null,
      hiddenPaths: [],
      isOffline: true,
    });
    const contract = scriptContractSchema.parse(
      JSON.parse(await readFile(join(dataFolder, 'contract.json'), 'utf8')),
    );

    for (const script of [countingScript('counting'), pipelineScript('pipeline')]) {
      const report = await gate.check(
        {
          script,
          requirements: 'pandas>=1.5\nscikit-learn>=1.2\n',
          contract,
          dataFolder,
          seed: 1,
          debugLimitSeconds: 60,
          timeLimitSeconds: 600,
          keepsTimeLimit: false,
        },
        { signal: AbortSignal.timeout(120_000) },
      );

      expect(report.checks.filter(({ status }) => status === 'failed')).toEqual([]);
      expect(report.parts.length).toBeGreaterThan(1);
    }
  },
  120_000,
);
