import { expect, test } from 'vitest';
import {
  aCompetitionFolder,
  anArena,
  aSubmission,
  call,
  competitionName,
  type Json,
  judge,
  listOf,
  submit,
  type TestArena,
} from './support.ts';

const hourMs = 3_600_000;

async function found(arena: TestArena, slug = competitionName) {
  const { body } = await call(arena, 'ListCompetitions', { search: slug });
  return (body.competitions ?? []).find(({ ref }: { ref: string }) => ref.endsWith(`/${slug}`)) ?? null;
}

async function refusalOf(arena: TestArena, method: string): Promise<string> {
  const request = { competitionName, fileName: 'a.csv', contentLength: 1 };
  return (await call(arena, method, request)).body.error?.message ?? 'none';
}

const participate = "Permission 'competitions.participate' was denied";

test('who has not verified an identity has joined, and is refused like one who has not', async () => {
  const arena = await anArena({
    folders: [await aCompetitionFolder({ fields: { needsVerification: true } })],
  });

  expect(await found(arena)).toMatchObject({ userHasEntered: true });
  for (const method of ['StartSubmissionUpload', 'ListSubmissions', 'DownloadDataFiles']) {
    expect(await refusalOf(arena, method)).toBe(participate);
  }
  arena.changeCompetition(competitionName, { needsVerification: false });
  expect(await refusalOf(arena, 'ListSubmissions')).toBe('none');
});

test('nobody joins after the last day of entry, or without an invitation', async () => {
  const fields = { rulesAccepted: false, newEntrantDeadline: '2026-11-22T12:00:00Z' };
  const arena = await anArena({ folders: [await aCompetitionFolder({ fields })] });
  expect((await found(arena)).newEntrantDeadline).toMatch(/^2026-11-22T12:00:00/);

  arena.advanceClock(3 * hourMs);
  expect((await judge(arena, 'rules')).status).toBe(403);
  arena.changeCompetition(competitionName, { newEntrantDeadline: null, isInvitationOnly: true });
  expect((await judge(arena, 'rules')).status).toBe(403);
  arena.changeCompetition(competitionName, { isInvitationOnly: false });
  expect((await judge(arena, 'rules')).status).toBe(200);
  expect(await found(arena)).toMatchObject({ userHasEntered: true });
});

test('a hidden competition is as unknown as a misspelt one', async () => {
  const arena = await anArena({ folders: [await aCompetitionFolder({ fields: { isHidden: true } })] });

  expect(await found(arena)).toBeNull();
  expect(await refusalOf(arena, 'GetCompetition')).toBe("Permission 'competitions.get' was denied");
});

test('a leaderboard that the host hides is refused', async () => {
  const arena = await anArena({ folders: [await aCompetitionFolder({ fields: { hasLeaderboard: false } })] });

  for (const method of ['GetLeaderboard', 'DownloadLeaderboard']) {
    expect((await call(arena, method, { competitionName })).status).toBe(403);
  }
});

test('competitions come, change and go while the arena runs', async () => {
  const arena = await anArena();
  await arena.addCompetition(await aCompetitionFolder({ fields: { slug: 'newcomer' } }));
  arena.changeCompetition(competitionName, { reward: '$1,000', deadline: new Date('2026-12-24T00:00:00Z') });

  expect(await found(arena, 'newcomer')).not.toBeNull();
  expect(await found(arena)).toMatchObject({
    reward: '$1,000',
    deadline: expect.stringMatching(/^2026-12-24/),
  });
  arena.changeCompetition(competitionName, { rules: 'No pencils.' });
  const { body } = await call(arena, 'ListCompetitionPages', { competitionName, pageName: 'rules' });
  expect(body.pages[0].content).toContain('No pencils.');
  arena.removeCompetition('newcomer');
  expect(await found(arena, 'newcomer')).toBeNull();
});

test('after the deadline late submissions are scored, and the private score shows when it is time', async () => {
  const fields = {
    deadline: '2026-11-22T12:00:00Z',
    privateScoresAt: '2026-11-23T12:00:00Z',
    allowsLateSubmissions: true,
  };
  const arena = await anArena({
    folders: [await aCompetitionFolder({ fields })],
    behaviour: { pendingPolls: 0 },
  });
  await submit(arena, aSubmission(8));
  await listOf(arena);

  arena.advanceClock(3 * hourMs);
  await submit(arena, aSubmission(10), 'late');
  const [late] = await listOf(arena);
  expect(late).toMatchObject({ description: 'late', publicScore: '1.00000' });
  expect(late.privateScore).toBeUndefined();
  arena.advanceClock(24 * hourMs);
  const [shown, first] = await listOf(arena);
  expect([shown.privateScore, first.privateScore]).toEqual(['1.00000', '0.50000']);
  const board = (await call(arena, 'GetLeaderboard', { competitionName })).body.submissions;
  expect(board.at(-1).score).toBe('0.50000');
});

test('the allowance of the day comes back at midnight UTC', async () => {
  const fields = { dailySubmissions: 1 };
  const arena = await anArena({ folders: [await aCompetitionFolder({ fields })] });
  await submit(arena, aSubmission());
  arena.advanceClock(13 * hourMs);
  expect((await submit(arena, aSubmission())).body.error.message).toContain('(1) today');
  arena.advanceClock(hourMs);
  expect((await submit(arena, aSubmission())).status).toBe(200);
});

test('a limit in all binds before that of the day', async () => {
  const arena = await anArena({ folders: [await aCompetitionFolder({ fields: { totalSubmissions: 1 } })] });
  await submit(arena, aSubmission());

  const { body } = await call(arena, 'GetSubmissionLimits', { competitionName });
  expect(body).toEqual({ numToday: 1, numTotal: 1, limitedByTotal: true });
  expect((await submit(arena, aSubmission())).body.error.message).toContain('all of its 1 Submissions');
});

test('a host may name no metric, write its own pages and add some', async () => {
  const pages = { evaluation: 'Whoever is closest wins.', Timeline: 'Soon.' };
  const arena = await anArena({
    folders: [await aCompetitionFolder({ fields: { evaluationMetric: '', pages } })],
  });

  expect((await found(arena)).evaluationMetric).toBeUndefined();
  const { body } = await call(arena, 'ListCompetitionPages', { competitionName });
  expect(Object.fromEntries(body.pages.map(({ name, content }: Json) => [name, content]))).toMatchObject(
    pages,
  );
  expect(body.pages).toHaveLength(5);
});

test('a clock on the wire moves only where it is allowed', async () => {
  const move = async (arena: TestArena) =>
    await fetch(`${arena.apiUrl}/arena/v1/clock`, {
      method: 'POST',
      headers: { authorization: `Bearer ${arena.options.token}` },
      body: JSON.stringify({ advanceSeconds: 3600 }),
    });

  expect((await move(await anArena())).status).toBe(404);
  const moved = await move(await anArena({ isClockMovable: true }));
  expect(await moved.json()).toEqual({ now: '2026-11-22T11:00:00.123Z' });
});

test('what a person ticks is listed as selected, and counts at the end', async () => {
  const arena = await anArena({ behaviour: { pendingPolls: 0 } });
  await submit(arena, aSubmission(6), 'public best');
  await submit(arena, aSubmission(5), 'ticked');
  const [ticked] = await listOf(arena);

  expect((await judge(arena, 'select', { refs: [1] })).status).toBe(400);
  expect((await judge(arena, 'select', { refs: [ticked.ref] })).status).toBe(200);
  const group = 'SUBMISSION_GROUP_SELECTED';
  const { body } = await call(arena, 'ListSubmissions', { competitionName, page: -1, group });
  expect(body.submissions.map(({ description }: { description: string }) => description)).toEqual(['ticked']);
});

test('what was handed in can be fetched again, and stands for the team', async () => {
  const arena = await anArena({ behaviour: { pendingPolls: 0 } });
  const { ref } = (await submit(arena, aSubmission(9))).body;
  await listOf(arena);

  const asked = await call(arena, 'DownloadSubmission', { ref });
  expect(asked.status).toBe(302);
  expect(await (await fetch(asked.headers.get('location') ?? '')).text()).toBe(aSubmission(9));
  expect((await call(arena, 'DownloadSubmission', { ref: 1 })).status).toBe(404);
  const board: Json[] = (await call(arena, 'GetLeaderboard', { competitionName })).body.submissions;
  const teamId = board.find((entry) => entry.teamName === 'kaggle-agent')?.teamId;
  const { body } = await call(arena, 'ListTeamPublicSubmissions', { teamId });
  expect(body.submissions).toEqual([expect.objectContaining({ id: ref, publicScore: '1.00000' })]);
});
