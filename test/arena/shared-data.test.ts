import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { loadCompetition } from '../../src/arena/competition.ts';
import { scoreSubmission } from '../../src/arena/scoring.ts';
import { anArena, call } from './support.ts';

const data = resolve(import.meta.dirname, '../../../shared/data');
const isHere = existsSync(join(data, 'reference-scores.json'));
if (!isHere) console.log('skipped: no competitions of real data beside the repository (../shared/data)');

const referenceSchema = z.object({
  competitions: z.record(
    z.string(),
    z.object({
      scores: z.object({
        sample_submission: z.object({ score: z.number(), public: z.number(), private: z.number() }),
      }),
    }),
  ),
});

test.skipIf(!isHere)('the sample submissions of real competitions have their known scores', async () => {
  const reference = referenceSchema.parse(
    JSON.parse(await readFile(join(data, 'reference-scores.json'), 'utf8')),
  );

  const found: Record<string, unknown> = {};
  const known: Record<string, unknown> = {};
  for (const [slug, { scores }] of Object.entries(reference.competitions)) {
    const competition = await loadCompetition(join(data, slug));
    found[slug] = scoreSubmission(
      competition,
      await readFile(join(data, slug, 'public/sample_submission.csv')),
    );
    const { score, public: publicScore, private: privateScore } = scores.sample_submission;
    known[slug] = {
      status: 'COMPLETE',
      overallScore: expect.closeTo(score, 4),
      publicScore: expect.closeTo(publicScore, 4),
      privateScore: expect.closeTo(privateScore, 4),
    };
  }

  expect(found).toEqual(known);
});

test.skipIf(!isHere)('a real leaderboard of thousands is served in pages', async () => {
  const arena = await anArena({ folders: [data] });

  const { body } = await call(arena, 'GetLeaderboard', { competitionName: 'titanic', pageSize: 200 });

  expect(arena.skipped).toEqual([]);
  expect(body.submissions).toHaveLength(200);
  expect(body.submissions[0]).toMatchObject({ teamName: 'team-000001', score: '1.00000' });
  expect((await call(arena, 'GetCompetition', { competitionName: 'titanic' })).body.teamCount).toBe(15739);
});
