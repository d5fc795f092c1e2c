import { expect, test } from 'vitest';
import { submit } from '../../src/flows/submission/submit.ts';
import { listTransitions } from '../../src/state/competitions.ts';
import { listNotebooks } from '../../src/state/notebooks.ts';
import type { StatePort } from '../../src/state/port.ts';
import { listApproaches } from '../../src/state/research.ts';
import { listSubmissions } from '../../src/state/submissions.ts';
import { notebookPython } from '../support/arena-notebooks.ts';
import {
  aCodeWorld,
  type CodeWorld,
  codeSlug,
  ruleScript,
  stagedRuleScript,
  submitToEnd,
} from '../support/code-world.ts';
import { driveTo, now } from '../support/practice-world.ts';

const signal = new AbortController().signal;
const hasPython = notebookPython() !== null;

const notebooksOf = ({ ctx, competition }: CodeWorld) => listNotebooks(ctx.state, competition.id);
const atVendor = ({ ctx }: CodeWorld) => ctx.kaggle.listSubmissions(codeSlug, { signal });

/** What must hold in the end, whatever happened before: one notebook of one version, one submission. */
async function expectOnce(run: CodeWorld): Promise<void> {
  const notebooks = await notebooksOf(run);
  expect(notebooks).toHaveLength(1);
  const [notebook] = notebooks;
  expect(notebook).toMatchObject({
    status: 'complete',
    stage: 'whole',
    accelerator: 'none',
    versionNumber: 1,
  });
  const found = notebook === undefined ? null : await run.ctx.kaggle.findNotebook(notebook, { signal });
  expect(found?.versionNumber).toBe(1);
  const listed = await atVendor(run);
  expect(listed).toHaveLength(1);
  const [sent] = await listSubmissions(run.ctx.state, run.competition.id);
  expect(sent).toMatchObject({ status: 'accepted', vendorRef: String(listed[0]?.ref) });
  expect(sent?.paramsHash).toBe(notebook?.paramsHash);
  expect(await now(run.world, run.competition)).toMatchObject({ state: 'submitted' });
}

/** A database that is lost once, at one function: before it runs, or after it ran and before its answer arrives. */
function losing(state: StatePort, name: string, when: 'before' | 'after'): StatePort {
  let isDead = false;
  const die = (): never => {
    isDead = true;
    throw new Error('the process dies here');
  };
  return {
    ...state,
    async call(called, args, answer) {
      const isHit = called === name && !isDead;
      if (isHit && when === 'before') die();
      const answered = await state.call(called, args, answer);
      return isHit ? die() : answered;
    },
  };
}

test.skipIf(!hasPython)(
  'a notebook is pushed, run, checked and handed in, and scores on the hidden test',
  async () => {
    const run = await aCodeWorld();

    // Two workers at the same job, as after one that was taken for dead.
    await Promise.all([submitToEnd(run), submitToEnd(run)]);

    await expectOnce(run);
    const [notebook] = await notebooksOf(run);
    expect(notebook?.slug).toMatch(/^ka-[0-9a-f]{8}-nb-[0-9a-f]{12}-1$/);
    const csv = notebook?.outputKey == null ? null : await run.ctx.objects.head(notebook.outputKey);
    expect(csv?.sizeBytes).toBeGreaterThan(10);
    await driveTo(run.world, run.competition, 'analyzing');
    const [scored] = await listSubmissions(run.ctx.state, run.competition.id);
    expect(scored).toMatchObject({ status: 'scored' });
    expect(Number(scored?.publicScore)).toBe(1);
  },
);

test.skipIf(!hasPython)('processes that die on the way leave one notebook and one submission', async () => {
  const run = await aCodeWorld();
  const deaths = [
    ['mark_notebook_sent', 'after'],
    ['mark_notebook_running', 'before'],
    ['complete_notebook', 'before'],
    ['mark_submission_sent', 'after'],
    ['accept_submission', 'before'],
  ] as const;
  const state = deaths.reduce((port, [name, when]) => losing(port, name, when), run.ctx.state);

  const story = await submitToEnd(run, { state });

  expect(story).toEqual(deaths.map(() => 'the process dies here'));
  await expectOnce(run);
});

test.skipIf(!hasPython)('answers that are lost, before and after their effect, double nothing', async () => {
  const lost = (method: string, when: 'before' | 'after') =>
    ({ method, action: { kind: 'drop', when } }) as const;
  const run = await aCodeWorld({
    arena: {
      faults: [
        lost('SaveKernel', 'before'),
        lost('SaveKernel', 'after'),
        lost('CreateCodeSubmission', 'before'),
        lost('CreateCodeSubmission', 'after'),
      ],
      // Nor is it ever told how the run stands.
      behaviour: { notebookStatusMisses: 1_000_000 },
    },
  });

  await submitToEnd(run, { now: () => new Date(Date.now() + 4 * 60_000) });

  await expectOnce(run);
});

test.skipIf(!hasPython)(
  'scripts that can part the two fit in one notebook and predict in another',
  async () => {
    const run = await aCodeWorld({ scripts: { 'first-way': stagedRuleScript } });

    await submitToEnd(run);

    const notebooks = await notebooksOf(run);
    expect(notebooks).toMatchObject([
      { stage: 'model', status: 'complete', outputKey: null },
      { stage: 'inference', status: 'complete', modelId: notebooks[0]?.id },
    ]);
    await driveTo(run.world, run.competition, 'analyzing');
    expect(Number((await atVendor(run))[0]?.publicScore)).toBe(1);
  },
);

const failing = `${ruleScript}\nraise KeyError("a column that is not there")\n`;

test.skipIf(!hasPython)(
  'scripts that fail at Kaggle are given up one by one, with their words, and another approach is looked for',
  async () => {
    const approaches = ['first-way', 'second-way'];
    const run = await aCodeWorld({ approaches, scripts: { 'first-way': failing, 'second-way': failing } });

    await submitToEnd(run);

    const notebooks = await notebooksOf(run);
    expect(new Set(notebooks.map(({ status }) => status))).toEqual(new Set(['failed']));
    expect(notebooks[0]).toMatchObject({ errorCode: 'notebook.run_failed' });
    expect(notebooks[0]?.error).toContain('a column that is not there');
    expect(notebooks[0]?.logTail).toContain('::failed 1-');
    const blamed = notebooks.flatMap(({ failedCodes }) => failedCodes);
    expect(new Set(blamed).size).toBe(2);
    expect(blamed).toHaveLength(2);
    const tried = await listApproaches(run.ctx.state, run.competition.id);
    expect(tried.map(({ status }) => status)).toEqual(['failed', 'failed']);
    expect(tried[0]?.error).toContain('a column that is not there');
    // Another approach is looked for, as after a training that failed.
    expect(await now(run.world, run.competition)).toMatchObject({
      state: 'recovering',
      resumeState: 'researching',
    });
    const moves = await listTransitions(run.ctx.state, run.competition.id);
    expect(moves.at(-1)).toMatchObject({
      event: 'training_failed',
      payload: { code: 'notebook.run_failed' },
    });
    await expect(atVendor(run)).resolves.toEqual([]);
  },
);

test.skipIf(!hasPython)(
  'a notebook that Kaggle gives no data waits for its gate, and goes on after it',
  async () => {
    // For a GPU, in a week whose hours are used up: it takes the CPU. And the rows of the stub are all alike.
    const run = await aCodeWorld({
      scripts: { 'first-way': ruleScript.replace('> 3', '> 30') },
      approach: { packages: ['torch'] },
      arena: { behaviour: { gpuSecondsUsed: 107_000 } },
    });
    run.world.arena.changeCompetition(codeSlug, { rulesAccepted: false });
    const input = { competitionId: run.competition.id, version: run.competition.version };
    await expect(submit(run.ctx, input)).rejects.toMatchObject({ code: 'kaggle.rules_not_accepted' });
    expect(await notebooksOf(run)).toMatchObject([{ status: 'planned' }]);

    run.world.arena.changeCompetition(codeSlug, { rulesAccepted: true });
    await submitToEnd(run);

    expect(await notebooksOf(run)).toMatchObject([
      { status: 'complete', versionNumber: 2, accelerator: 'none' },
    ]);
    await expect(atVendor(run)).resolves.toHaveLength(1);
  },
);

const failsOnHidden = `${ruleScript}\nassert len(rows("test.csv")) < 10, "too many rows"\n`;

test.skipIf(!hasPython)(
  'a notebook that fails on the hidden test sends the round back for another approach',
  async () => {
    const run = await aCodeWorld({ scripts: { 'first-way': failsOnHidden } });
    await submitToEnd(run);

    const competition = await driveTo(run.world, run.competition, 'recovering');

    expect(competition).toMatchObject({ resumeState: 'researching' });
    const [notebook] = await notebooksOf(run);
    expect(notebook).toMatchObject({ status: 'failed', errorCode: 'notebook.hidden_run_failed' });
    expect(await listApproaches(run.ctx.state, run.competition.id)).toMatchObject([{ status: 'failed' }]);
    expect(await listSubmissions(run.ctx.state, run.competition.id)).toMatchObject([{ status: 'error' }]);
  },
);
