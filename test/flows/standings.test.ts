import { expect, test } from 'vitest';
import { competitionOverview } from '../../src/flows/commands/competition-overview.ts';
import { readLeaderboard } from '../../src/flows/commands/read-leaderboard.ts';
import { checkScores } from '../../src/flows/submission/check-scores.ts';
import { lookAgainMs } from '../../src/flows/submission/collect-finals.ts';
import { recordScores } from '../../src/flows/submission/record-scores.ts';
import { snapshotLeaderboard } from '../../src/flows/submission/snapshot-leaderboard.ts';
import { getCompetition } from '../../src/state/competitions.ts';
import { getStanding, listLeaderboards } from '../../src/state/leaderboards.ts';
import { listSubmissions } from '../../src/state/submissions.ts';
import { dyingBefore } from '../support/dying-state.ts';
import { practiceSlug } from '../support/practice-world.ts';
import {
  aSentSubmission,
  aStandingWorld,
  hourMs,
  type StandingWorld,
  setHoursLeft,
} from '../support/standing-world.ts';

const boards = ({ ctx, competition }: StandingWorld) => listLeaderboards(ctx.state, competition.id, 50);
const rows = ({ ctx, competition }: StandingWorld) => listSubmissions(ctx.state, competition.id);

test('one call of the list gives all submissions of a competition their scores', async () => {
  const calls: string[] = [];
  const run = await aStandingWorld();
  for (const wrong of [1, 2, 3]) await aSentSubmission(run, { wrong, cv: 0.9 });
  const { kaggle } = run.ctx;
  const counting = {
    ...kaggle,
    listSubmissions: (...input: Parameters<typeof kaggle.listSubmissions>) => {
      calls.push(input[0]);
      return kaggle.listSubmissions(...input);
    },
  };

  expect(await checkScores({ ...run.ctx, kaggle: counting })).toBe(3);

  expect(calls).toEqual([practiceSlug]);
  expect((await rows(run)).map(({ status }) => status)).toEqual(['scored', 'scored', 'scored']);
});

test('at the real Kaggle the whole board is downloaded once in six hours, and its head in between', async () => {
  const run = await aStandingWorld({ fields: { awardsPoints: true } });
  await aSentSubmission(run, { wrong: 2, cv: 0.9 });
  await checkScores(run.ctx);

  await snapshotLeaderboard(run.ctx, run.competition);
  run.clock.now = new Date(run.clock.now.getTime() + 7 * hourMs);
  await checkScores(run.ctx);

  expect(await boards(run)).toMatchObject([
    { isWhole: true, rank: 1, awardsMedals: true, part: 'public', gold: expect.any(Number) },
    { isWhole: false, rank: 1, awardsMedals: true },
    { isWhole: true, rank: 1 },
  ]);
});

test('a download that the vendor refuses for now leaves the head of the board', async () => {
  const run = await aStandingWorld({
    arena: { faults: [{ method: 'DownloadLeaderboard', action: { kind: 'answer', status: 503 }, times: 9 }] },
  });
  await aSentSubmission(run, { wrong: 2, cv: 0.9 });
  await checkScores(run.ctx);

  const read = await boards(run);
  for (const { isWhole } of read) expect(isWhole).toBe(false);
});

test('after the deadline the private scores end it: our place, what counted, and the result is told once', async () => {
  const run = await aStandingWorld({ state: 'completed', hoursLeft: 10 });
  await aSentSubmission(run, { wrong: 6, cv: 0.9 });
  await aSentSubmission(run, { wrong: 2, cv: 0.8 });
  await checkScores(run.ctx);

  setHoursLeft(run, -1);
  await checkScores(run.ctx);
  await checkScores(run.ctx);

  const standing = await getStanding(run.ctx.state, run.competition.id);
  expect(standing).toMatchObject({ privateRank: 1, privateEntrants: expect.any(Number) });
  expect(standing?.endedAt).not.toBeNull();
  const scored = await rows(run);
  for (const { privateScore, finalScore } of scored)
    expect(Number(privateScore)).toBeCloseTo(finalScore ?? -1, 5);
  const counted = scored.find(({ id }) => id === standing?.countedSubmissionId);
  expect(counted?.finalRank).toBe(1);
  const competition = await getCompetition(run.ctx.state, run.competition.id);
  const overview = competition === null ? null : await competitionOverview(run.ctx, competition);
  expect(overview?.best).toMatchObject({ submission: counted?.key, rank: 1 });
  expect((await boards(run)).at(-1)).toMatchObject({ part: 'private' });
  const told = await run.world.pool.query(
    `select content from cards where kind = 'notice' and content ->> 'event' = 'final_result'`,
  );
  expect(told.rows).toMatchObject([{ content: { result: { rank: 1, awardsMedals: false, medal: null } } }]);
  const { submissions } = await readLeaderboard(run.ctx, { slug: practiceSlug });
  expect(submissions.filter(({ isCounted }) => isCounted)).toHaveLength(1);
});

test('while the private scores are not told it looks again, less and less often, and not for ever', async () => {
  expect([0, 2, 30, 24 * 8].map((hours) => lookAgainMs(hours * hourMs) / hourMs)).toEqual([1, 1, 6, 24]);
  const run = await aStandingWorld({
    state: 'completed',
    hoursLeft: 10,
    fields: { privateScoresAt: '2099-01-01T00:00:00Z' },
  });
  await aSentSubmission(run, { wrong: 2, cv: 0.8 });
  await checkScores(run.ctx);
  setHoursLeft(run, -1);
  await checkScores(run.ctx);
  expect((await getStanding(run.ctx.state, run.competition.id))?.endedAt).toBeNull();

  setHoursLeft(run, -31 * 24);
  await checkScores(run.ctx);

  expect(await getStanding(run.ctx.state, run.competition.id)).toMatchObject({
    endedAt: expect.any(Date),
    privateRank: null,
  });
});

test.each([
  ['training', 0.1],
  ['awaiting_decision', 0.1],
  ['paused', 0.1],
  ['submitted', 25],
] as const)('a deadline that passes while %s ends the competition in order', async (state, hoursAfter) => {
  const run = await aStandingWorld({ state, hoursLeft: 1 });
  await checkScores(run.ctx);
  expect((await getCompetition(run.ctx.state, run.competition.id))?.state).toBe(state);

  setHoursLeft(run, -hoursAfter);
  await checkScores(run.ctx);

  expect(await getCompetition(run.ctx.state, run.competition.id)).toMatchObject({
    state: 'abandoned',
    outcome: 'the competition has ended: its deadline has passed',
  });
});

test('what is at the vendor already is waited for after the deadline', async () => {
  const run = await aStandingWorld({ state: 'submitted', hoursLeft: 1 });
  setHoursLeft(run, -1);
  await checkScores(run.ctx);

  expect((await getCompetition(run.ctx.state, run.competition.id))?.state).toBe('submitted');
});

test('a score that the loop did not wait for is told like any other, a new best included', async () => {
  const run = await aStandingWorld({ state: 'researching' });
  await aSentSubmission(run, { wrong: 2, cv: 0.9 });
  await checkScores(run.ctx);
  await checkScores(run.ctx);

  const { rows: cards } = await run.world.pool.query<{ kind: string }>(
    `select kind from cards where competition_id = $1 order by seq`,
    [run.competition.id],
  );
  expect(cards.map(({ kind }) => kind)).toEqual(['notice', 'new_best']);
});

const cardsOf = async ({ world, competition }: StandingWorld) =>
  (
    await world.pool.query<{ kind: string; event: string | null; reason: string | null }>(
      `select kind, content ->> 'event' as event, content ->> 'reason' as reason from cards
       where competition_id = $1 and kind in ('notice', 'new_best') order by seq`,
      [competition.id],
    )
  ).rows;

test('a score that somebody else wrote down is told all the same, and once', async () => {
  const run = await aStandingWorld({ state: 'researching' });
  await aSentSubmission(run, { wrong: 2, cv: 0.9 });
  // as the loop does while it waits for another submission, or a process that was killed before it said a word
  await recordScores(run.ctx, run.competition);

  expect(await checkScores(run.ctx)).toBe(0);
  await checkScores(run.ctx);

  expect(await cardsOf(run)).toMatchObject([{ event: 'score_received' }, { kind: 'new_best' }]);
});

test('what the vendor could not score beside the loop is told with its reason', async () => {
  const run = await aStandingWorld({ state: 'researching' });
  await aSentSubmission(run, { wrong: 2, cv: 0.9, approach: 'boosting' });
  await run.world.pool.query(
    `update submissions set status = 'error', error = 'Row 3 has no value', scored_at = clock_timestamp()`,
  );

  await checkScores(run.ctx);

  expect(await cardsOf(run)).toEqual([
    {
      kind: 'notice',
      event: 'score_failed',
      reason:
        'Kaggle could not score the submission of boosting (Row 3 has no value), so the work goes on without it.',
    },
  ]);
});

test.each(['save_card', 'end_standing'])(
  'a process that is killed before %s while it tells the end leaves it to the next look',
  async (name) => {
    const run = await aStandingWorld({ state: 'completed', hoursLeft: 10 });
    await aSentSubmission(run, { wrong: 2, cv: 0.8 });
    await checkScores(run.ctx);
    setHoursLeft(run, -1);

    await checkScores(dyingBefore(run.ctx, name, name === 'end_standing' ? 2 : 1)).catch(() => undefined);
    setHoursLeft(run, -3);
    await checkScores(run.ctx);

    expect((await cardsOf(run)).filter(({ event }) => event === 'final_result')).toHaveLength(1);
    const standing = await getStanding(run.ctx.state, run.competition.id);
    expect(standing).toMatchObject({ privateRank: 1, endedAt: expect.any(Date) });
  },
);

test('where a team mate made what counted, our place is taken from the board after some days', async () => {
  const run = await aStandingWorld({ state: 'completed', hoursLeft: 10 });
  await aSentSubmission(run, { wrong: 6, cv: 0.9 });
  await aSentSubmission(run, { wrong: 0, cv: 0.8 });
  await checkScores(run.ctx);
  // handed in by hand, so our rows do not know it
  await run.world.pool.query(`delete from submissions where approach = 'way-0'`);
  setHoursLeft(run, -1);
  await checkScores(run.ctx);
  expect((await getStanding(run.ctx.state, run.competition.id))?.endedAt).toBeNull();

  setHoursLeft(run, -80);
  await checkScores(run.ctx);

  const standing = await getStanding(run.ctx.state, run.competition.id);
  expect(standing).toMatchObject({ privateRank: 1, endedAt: expect.any(Date) });
});
