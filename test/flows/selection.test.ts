import { expect, test } from 'vitest';
import { presentDecision } from '../../src/flows/human-loop/present-decision.ts';
import { recordSelectionAnswer } from '../../src/flows/selection/answer-selection.ts';
import { checkScores } from '../../src/flows/submission/check-scores.ts';
import { Wait } from '../../src/flows/support/wait.ts';
import { transitionCompetition } from '../../src/state/competitions.ts';
import { closeDecision, type Decision, listDecisions } from '../../src/state/decisions.ts';
import { listSelections } from '../../src/state/selections.ts';
import { someActor } from '../support/builders.ts';
import { dyingBefore } from '../support/dying-state.ts';
import {
  aSentSubmission,
  aStandingWorld,
  hourMs,
  type StandingWorld,
  setHoursLeft,
  tick,
} from '../support/standing-world.ts';

const questions = async ({ ctx, competition }: StandingWorld): Promise<Decision[]> =>
  (await listDecisions(ctx.state, { competitionId: competition.id, onlyOpen: false })).filter(
    ({ kind }) => kind === 'final_selection',
  );

const selections = ({ ctx, competition }: StandingWorld) => listSelections(ctx.state, competition.id);

/** Three submissions: two as good as each other, and one that only the public board likes. */
async function withThree(run: StandingWorld): Promise<[best: number, like: number, lucky: number]> {
  const best = await aSentSubmission(run, { wrong: 6, cv: 0.9 });
  const like = await aSentSubmission(run, { wrong: 8, cv: 0.899 });
  const lucky = await aSentSubmission(run, { wrong: 0, cv: 0.7 });
  return [best, like, lucky];
}

async function answer(
  run: StandingWorld,
  decision: Decision | undefined,
  option: string,
  note: string | null = null,
): Promise<void> {
  const id = decision?.id ?? '';
  await closeDecision(run.ctx.state, { id, option, note, byDefault: false, actor: someActor });
}

const record = (run: StandingWorld, decision: Decision | undefined) =>
  recordSelectionAnswer(run.ctx, { payload: { decisionId: decision?.id } });

const hoursBefore = ({ end }: StandingWorld, hours: number) => new Date(end.getTime() - hours * hourMs);

const notices = async ({ world }: StandingWorld) =>
  (
    await world.pool.query<{ event: string; names: string[] | null }>(
      `select content ->> 'event' as event, content -> 'names' as names from cards where kind = 'notice' order by seq`,
    )
  ).rows;

test('48 hours before the end a person is asked once, with the robust picks and never by the public score', async () => {
  const run = await aStandingWorld();
  const [best, like, lucky] = await withThree(run);
  await checkScores(run.ctx);
  expect(await questions(run)).toEqual([]);

  setHoursLeft(run, 47);
  await checkScores(run.ctx);
  await checkScores(run.ctx);

  const [asked, ...others] = await questions(run);
  expect(others).toEqual([]);
  expect(asked).toMatchObject({
    status: 'open',
    blocking: false,
    draft: {
      defaultOption: 'leave',
      recommendedOption: 'done',
      options: [{ id: 'done' }, { id: 'change', wantsText: true }, { id: 'leave' }],
      link: { url: 'https://www.kaggle.com/competitions/odd-or-even/submissions' },
    },
  });
  expect(asked?.deadline).toEqual(run.end);
  const nudges = await run.world.pool.query('select remind_at, escalate_at from human_interventions');
  expect(nudges.rows).toEqual([{ remind_at: hoursBefore(run, 12), escalate_at: hoursBefore(run, 2) }]);
  expect(asked?.draft.facts?.map(({ label }) => label)).toEqual([
    '1 · round 1 · way-6',
    '2 · round 1 · way-8',
    '3 · round 1 · way-0',
  ]);
  expect(asked?.draft.context).toContain('Without a tick Kaggle takes the best public scores: 3 and 1');
  expect(await selections(run)).toMatchObject([
    { stage: 48, outcome: 'asked', picks: [{ ref: best }, { ref: like, role: 'diverse' }] },
  ]);
  expect((await selections(run))[0]?.listed).toEqual([best, like, lucky]);
});

test('the question stays while the work ends, and is asked anew only where the proposal changed', async () => {
  const run = await aStandingWorld({ hoursLeft: 40 });
  await withThree(run);
  await checkScores(run.ctx);
  setHoursLeft(run, 11);
  await checkScores(run.ctx);
  expect(await selections(run)).toMatchObject([{ stage: 48 }, { stage: 12, outcome: 'kept' }]);
  const better = await aSentSubmission(run, { wrong: 2, cv: 0.97 });
  await checkScores(run.ctx);
  const { id, version } = run.competition;
  await transitionCompetition(run.ctx.state, { id, version, event: 'success', actor: someActor });
  expect((await questions(run)).map(({ status }) => status)).toEqual(['open']);

  setHoursLeft(run, 1.9);
  await checkScores(run.ctx);

  expect((await questions(run)).map(({ status }) => status)).toEqual(['withdrawn', 'open']);
  expect((await selections(run)).at(-1)).toMatchObject({
    stage: 2,
    outcome: 'asked',
    picks: [{ ref: better }, {}],
  });
});

test('after "done" Kaggle is looked at, and what it shows is said', async () => {
  const run = await aStandingWorld({ hoursLeft: 40 });
  const [best, like] = await withThree(run);
  await checkScores(run.ctx);
  const [asked] = await questions(run);
  await answer(run, asked, 'done');

  await expect(record(run, asked)).rejects.toBeInstanceOf(Wait);
  await tick(run, [best, like]);
  await record(run, asked);

  expect(await selections(run)).toMatchObject([
    { outcome: 'chosen', chosen: [best, like], seen: expect.arrayContaining([best, like]) },
  ]);
  expect((await selections(run))[0]?.confirmedAt).not.toBeNull();
  const confirmed = (await notices(run)).filter(({ event }) => event === 'selection_confirmed');
  expect(confirmed).toHaveLength(1);
  expect(confirmed[0]?.names?.join()).toContain('way-6');
  // settled: nobody is asked again
  setHoursLeft(run, 11);
  await checkScores(run.ctx);
  expect(await questions(run)).toHaveLength(1);
});

test('where Kaggle does not show it a person is told, and asked again later', async () => {
  const run = await aStandingWorld({ hoursLeft: 40 });
  await withThree(run);
  await checkScores(run.ctx);
  const [asked] = await questions(run);
  await answer(run, asked, 'done');
  run.clock.now = new Date(run.clock.now.getTime() + hourMs);
  await record(run, asked);
  expect((await notices(run)).map(({ event }) => event)).toContain('selection_missing');

  setHoursLeft(run, 11);
  await checkScores(run.ctx);

  expect((await questions(run)).map(({ status }) => status)).toEqual(['decided', 'open']);
});

test('other submissions are chosen by their numbers in the list', async () => {
  const run = await aStandingWorld({ hoursLeft: 40 });
  const [best, , lucky] = await withThree(run);
  await checkScores(run.ctx);
  const [asked] = await questions(run);
  await answer(run, asked, 'change', '1 と ３');
  await tick(run, [best, lucky]);
  await record(run, asked);

  expect(await selections(run)).toMatchObject([{ outcome: 'chosen', chosen: [best, lucky] }]);
});

test('what is ticked at Kaggle without an answer settles the question by itself', async () => {
  const run = await aStandingWorld({ hoursLeft: 40 });
  const [best, like] = await withThree(run);
  await checkScores(run.ctx);
  await tick(run, [like, best]);

  await checkScores(run.ctx);

  expect(await questions(run)).toMatchObject([{ status: 'decided', option: 'done' }]);
  expect((await notices(run)).map(({ event }) => event)).toEqual(
    expect.arrayContaining(['selection_confirmed']),
  );
});

test.each(['answer_decision', 'see_selection', 'save_card'])(
  'a process that is killed before %s leaves the question to the next look, which settles it',
  async (name) => {
    const run = await aStandingWorld({ hoursLeft: 40 });
    const [best, like] = await withThree(run);
    await checkScores(run.ctx);
    await tick(run, [like, best]);

    await checkScores(dyingBefore(run.ctx, name)).catch(() => undefined);
    await checkScores(run.ctx);

    expect(await questions(run)).toMatchObject([{ status: 'decided', option: 'done' }]);
    expect((await notices(run)).filter(({ event }) => event === 'selection_confirmed')).toHaveLength(1);
    expect((await selections(run)).at(-1)?.confirmedAt).toEqual(expect.any(Date));
  },
);

test('two submissions count anyway: nobody is asked, and that is said once', async () => {
  const run = await aStandingWorld({ hoursLeft: 40 });
  await aSentSubmission(run, { wrong: 6, cv: 0.9 });
  await aSentSubmission(run, { wrong: 8, cv: 0.8 });
  await checkScores(run.ctx);
  setHoursLeft(run, 5);
  await checkScores(run.ctx);

  expect(await questions(run)).toEqual([]);
  expect((await notices(run)).filter(({ event }) => event === 'selection_all')).toHaveLength(1);
});

test('left to Kaggle, nobody is asked again', async () => {
  const run = await aStandingWorld({ hoursLeft: 40 });
  await withThree(run);
  await checkScores(run.ctx);
  const [asked] = await questions(run);
  await answer(run, asked, 'leave');
  await record(run, asked);
  setHoursLeft(run, 11);
  await checkScores(run.ctx);

  expect(await selections(run)).toMatchObject([{ outcome: 'left', chosen: null }, { outcome: 'kept' }]);
});

test('where the host moves the end, the question is asked again before the new one', async () => {
  const run = await aStandingWorld({ hoursLeft: 40 });
  await withThree(run);
  await checkScores(run.ctx);
  const later = new Date(run.end.getTime() + 7 * 24 * hourMs);
  await run.world.pool.query('update competitions set details = $1', [
    JSON.stringify({ deadline: later.toISOString() }),
  ]);
  run.clock.now = new Date(later.getTime() - 40 * hourMs);
  await checkScores(run.ctx);

  expect(await questions(run)).toMatchObject([{ status: 'withdrawn' }, { status: 'open', deadline: later }]);
});

test('where nobody can be asked it is left to Kaggle, and that is on file', async () => {
  const run = await aStandingWorld({ hoursLeft: 40 });
  await withThree(run);
  await checkScores(run.ctx);
  const [asked] = await questions(run);
  await presentDecision({ ...run.ctx, canBeAsked: () => false }, { decisionId: asked?.id ?? '' });
  await record(run, asked);

  expect(await questions(run)).toMatchObject([{ status: 'expired', option: 'leave' }]);
  expect(await selections(run)).toMatchObject([{ outcome: 'left' }]);
});
