import { expect, test } from 'vitest';
import { watchAgreement } from '../../src/flows/analysis/watch-agreement.ts';
import { someActor } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

test('scores that disagree are one warning for as long as they do', async () => {
  const { state, pool } = await freshState();
  const watch = (verdict: 'agree' | 'unknown' | 'disagree') =>
    watchAgreement(
      { state, actor: someActor },
      { slug: 'titanic' },
      { verdict, spearman: verdict === 'unknown' ? null : 0.1, pairs: 6 },
    );
  const alerts = async () => (await pool.query('select kind, severity, cleared_at from alerts')).rows;

  await watch('disagree');
  await watch('disagree');
  await watch('unknown');
  expect(await alerts()).toEqual([{ kind: 'agreement:titanic', severity: 'warning', cleared_at: null }]);

  await watch('agree');
  expect(await alerts()).toMatchObject([{ cleared_at: expect.any(Date) }]);
});
