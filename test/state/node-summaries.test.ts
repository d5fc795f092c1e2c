import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { keepNodeSummary, listNodeSummaries } from '../../src/state/node-summaries.ts';
import { listNodes } from '../../src/state/search.ts';
import { aTrainingCompetition } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

test('what is said of a node first stays, and what is said of no node is not kept', async () => {
  const db = await freshState();
  const { competition } = await aTrainingCompetition(db);
  const [first, second] = await listNodes(db.state, competition.id);
  const summary = { approachId: first?.id ?? '', taught: 'Counts help.', failureClass: null };

  expect(await keepNodeSummary(db.state, summary)).toBe(true);
  expect(await keepNodeSummary(db.state, { ...summary, taught: 'Something else.' })).toBe(false);
  expect(
    await keepNodeSummary(db.state, {
      approachId: second?.id ?? '',
      taught: 'It broke.',
      failureClass: 'schema',
    }),
  ).toBe(true);
  expect(await keepNodeSummary(db.state, { ...summary, approachId: randomUUID() })).toBe(false);

  expect(await listNodeSummaries(db.state, competition.id)).toEqual([
    summary,
    { approachId: second?.id, taught: 'It broke.', failureClass: 'schema' },
  ]);
  expect(await listNodeSummaries(db.state, randomUUID())).toEqual([]);
});
