import { expect, test } from 'vitest';
import { tell } from '../../src/flows/human-loop/tell.ts';
import { submit } from '../../src/flows/submission/submit.ts';
import { Wait } from '../../src/flows/support/wait.ts';
import { findCard } from '../../src/state/cards.ts';
import {
  listNotebooks,
  markNotebookRunning,
  markNotebookSent,
  openNotebook,
} from '../../src/state/notebooks.ts';
import { listSubmissions } from '../../src/state/submissions.ts';
import { notebookPython } from '../support/arena-notebooks.ts';
import { aCompetition } from '../support/builders.ts';
import { aCodeWorld, type CodeWorld, submitToEnd } from '../support/code-world.ts';
import { aContext } from '../support/context.ts';
import { freshState } from '../support/database.ts';
import { now } from '../support/practice-world.ts';

const hasPython = notebookPython() !== null;

/** Calls the flow until its notebook runs. */
async function whileRunning({ ctx, competition }: CodeWorld): Promise<void> {
  const { id: competitionId, version } = competition;
  for (let calls = 0; calls < 20; calls += 1) {
    await submit(ctx, { competitionId, version }).catch((error: unknown) => {
      if (!(error instanceof Wait)) throw error;
    });
    const [notebook] = await listNotebooks(ctx.state, competitionId);
    if (notebook?.status === 'running') return;
  }
  throw new Error('no notebook runs');
}

test.skipIf(!hasPython)(
  'a notebook that an earlier round left running is taken up, not waited at',
  async () => {
    const run = await aCodeWorld();
    await whileRunning(run);
    await run.world.pool.query('update notebooks set round = 0');

    await submitToEnd(run);

    expect(await listNotebooks(run.ctx.state, run.competition.id)).toMatchObject([
      { status: 'complete', versionNumber: 1 },
    ]);
    expect(await listSubmissions(run.ctx.state, run.competition.id)).toMatchObject([{ status: 'accepted' }]);
  },
);

test.skipIf(!hasPython)(
  'the very notebook that failed before, under other names, is not waited for',
  async () => {
    const run = await aCodeWorld();
    await whileRunning(run);
    await run.world.pool.query(`update notebooks set status = 'failed', error = 'It failed before.'`);

    await submitToEnd(run);

    expect(await now(run.world, run.competition)).toMatchObject({
      state: 'recovering',
      resumeState: 'researching',
    });
  },
);

test('where a competition ends beside a notebook that runs at Kaggle, people are told where to end that', async () => {
  const db = await freshState();
  const ctx = await aContext({ state: db.state, judge: null });
  const { id } = await aCompetition(db, { state: 'training_completed', version: 6, round: 1 });
  const opened = await openNotebook(db.state, {
    competitionId: id,
    version: 6,
    stage: 'whole',
    paramsHash: 'hash',
    owner: 'alice',
    objectKey: 'notebooks/hash.ipynb',
    members: [],
    accelerator: 'gpu',
    timeLimitSeconds: 3_600,
    fileName: 'submission.csv',
    modelId: null,
  });
  const { id: notebookId = '', slug = '' } = opened?.notebook ?? {};
  const url = `https://www.kaggle.com/code/alice/${slug}`;
  await markNotebookSent(db.state, notebookId);
  await markNotebookRunning(db.state, notebookId, { slug, versionNumber: 1, url });

  for (const toState of ['paused', 'abandoned'] as const) {
    const type = toState === 'paused' ? 'paused' : 'stopped';
    const eventId = toState === 'paused' ? 1 : 2;
    await tell(ctx, { eventId, type, competitionId: id, payload: { toState } });
    const card = await findCard(db.state, `event:${eventId}:notebook:1`);
    expect(card?.content).toMatchObject({ event: 'notebook_runs_on', toState, url });
  }
});
