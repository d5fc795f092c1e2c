import { expect, test } from 'vitest';
import { expireStages } from '../../src/flows/recovery/expire-stages.ts';
import { getCompetition } from '../../src/state/competitions.ts';
import { aCompetition } from '../support/builders.ts';
import { aContext } from '../support/context.ts';
import { freshState } from '../support/database.ts';

test('a code competition may wait longer for its score than others, and not for ever', async () => {
  const db = await freshState();
  const ctx = await aContext({ state: db.state, policy: { stageSlaSeconds: { submitted: 7_200 } } });
  const file = await aCompetition(db, { slug: 'takes-files', state: 'submitted' });
  const young = await aCompetition(db, { slug: 'takes-notebooks', state: 'submitted' });
  const old = await aCompetition(db, { slug: 'took-notebooks', state: 'submitted' });
  await db.pool.query(
    `update competitions set details = '{"takesNotebooksOnly": true}' where slug in ('takes-notebooks', 'took-notebooks')`,
  );
  for (const [{ id, version }, hours] of [
    [file, 10],
    [young, 10],
    [old, 30],
  ] as const) {
    await db.pool.query(
      `insert into transitions (competition_id, version, from_state, event, to_state, payload, actor, at)
       values ($1, $2, 'training_completed', 'submission_completed', 'submitted', '{}', '{}',
               clock_timestamp() - make_interval(hours => $3))`,
      [id, version, hours],
    );
  }

  await expireStages(ctx);

  const stateOf = async ({ id }: { id: string }) => (await getCompetition(ctx.state, id))?.state;
  expect(await stateOf(file)).toBe('recovering');
  expect(await stateOf(young)).toBe('submitted');
  expect(await stateOf(old)).toBe('recovering');
});
