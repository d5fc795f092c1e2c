import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { expectArtifacts, expectWholeHistory } from './after-run.ts';
import { aFolder, projectRoot, python, runAgent } from './agent-process.ts';
import { created } from './invariants.ts';

/** The document that `run --json` promises, and nothing else in it. */
const runDocument = z.strictObject({
  schema: z.literal(1),
  competition: z.string(),
  status: z.literal('completed'),
  rounds: z.number().int().positive(),
  best: z.strictObject({
    approach: z.string(),
    cv: z.number(),
    submission: z.string(),
    score: z.number(),
    rank: z.number().int().positive(),
    entrants: z.number().int().min(4),
  }),
  submissions: z.array(
    z.strictObject({ key: z.string(), approach: z.string(), cv: z.number(), score: z.number() }),
  ),
  costUsd: z.literal(0),
  seconds: z.number().positive(),
});

/** Of the way from always saying the same to a linear model, which the best submission goes at least. */
const leastShare = 0.9;

test.skipIf(python === null).each([
  // README's first command goes through two.
  ['diabetes-progression', 'a regression', 1],
  ['spam-mail', 'texts', 1],
])('%s, %s, is run to its end; rounds: %i', async (slug, _, rounds) => {
  const dataFolder = await aFolder();
  const { code, stdout, stderr } = await runAgent(
    ['run', slug, '--json', '--max-rounds', String(rounds), '--data', dataFolder],
    {
      env: { KAGGLE_AGENT_APPROACHES_PER_ROUND: '1' },
    },
  );

  expect([code, stderr]).toEqual([0, expect.not.stringMatching(/^(error|warn)/m)]);
  const document = runDocument.parse(JSON.parse(stdout));
  expect(document).toMatchObject({ competition: slug, rounds });
  expect(document.submissions.map(({ key }) => key)).toContain(document.best.submission);
  expect(await shareOfTheWay(slug, document.best.score)).toBeGreaterThan(leastShare);
  const history = await expectWholeHistory(dataFolder);
  expect(created(history.journal)).toHaveLength(document.submissions.length);
  expect(history.submissions.every(({ status }) => status === 'scored')).toBe(true);
  await expectArtifacts(dataFolder, slug, rounds);
});

/** 0 for the constant reference entrant, 1 for the linear model, whichever way is better. */
async function shareOfTheWay(slug: string, score: number): Promise<number> {
  const text = await readFile(join(projectRoot, 'data/competitions', slug, 'entrants.json'), 'utf8');
  const entrants = z.array(z.object({ name: z.string(), overall: z.number() })).parse(JSON.parse(text));
  const scoreOf = (part: string) => entrants.find(({ name }) => name.includes(part))?.overall ?? Number.NaN;
  return (score - scoreOf('constant')) / (scoreOf('linear') - scoreOf('constant'));
}
