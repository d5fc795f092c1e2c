import { expect, test } from 'vitest';
import { loadCompetition } from '../../src/arena/competition.ts';
import { pagesOf } from '../../src/arena/pages.ts';
import { metricFromText, metricNames } from '../../src/domain/metrics/catalog.ts';
import { aCompetitionFolder, anArena, call, competitionName } from './support.ts';

test.each(metricNames)('the evaluation page and the short name of %s can be read back', async (name) => {
  const metric = name === 'map_at_k' ? { name, k: 3 } : { name };
  const folder = await aCompetitionFolder({ fields: { metric } });
  const arena = await anArena({ folders: [folder] });

  const page = pagesOf(await loadCompetition(folder)).find((candidate) => candidate.name === 'evaluation');
  const { body } = await call(arena, 'GetCompetition', { competitionName });

  const read = { metric: name, k: name === 'map_at_k' ? 3 : null };
  expect(metricFromText(page?.content ?? '')).toEqual(read);
  expect(metricFromText(body.evaluationMetric)).toEqual(read);
});
