import { expect, test } from 'vitest';
import { createFlowsFor } from '../../../src/app/command-flows.ts';
import { cardText } from '../../../src/bot/console/card-text.ts';
import type { Role } from '../../../src/domain/person.ts';
import { aPerson, aPlace, doorOver } from '../../support/door.ts';
import { aPracticeWorld, driveTo, practiceSlug, startedCompetition } from '../../support/practice-world.ts';

/** The door over the real flows, on a real database and a real practice arena. */
async function aDoor() {
  const world = await aPracticeWorld();
  const door = doorOver(createFlowsFor((actor) => ({ ...world.ctx, actor })));
  const ask = async (text: string, role: Role = 'admin') => {
    const reply = await door.command({ text, person: aPerson(role), where: aPlace({ now: new Date() }) });
    if (reply.kind !== 'card') throw new Error(`a card was expected, not ${reply.kind}`);
    return { audience: reply.audience, title: reply.card.title, text: cardText(reply.card) };
  };
  return { ...world, door, ask };
}

test('every command in the life of a competition is answered with what is true', async () => {
  const { ask, ...world } = await aDoor();

  expect((await ask('list')).title).toBe('Nothing is running');
  expect(await ask('list available')).toMatchObject({ title: expect.stringContaining('could be started') });
  expect(await ask(`start ${practiceSlug} budget=2.50 rounds=1`)).toMatchObject({
    audience: 'public',
    title: `🚀 Started ${practiceSlug}`,
  });
  expect(await ask(`start ${practiceSlug}`)).toMatchObject({
    audience: 'private',
    title: `${practiceSlug} is already here`,
  });
  const competition = await startedCompetition(world);
  await driveTo(world, competition, 'code_generating');
  expect(await ask('pause')).toMatchObject({ audience: 'public', title: `⏸ ${practiceSlug} paused` });
  expect(await ask('pause odd-or-even')).toMatchObject({
    audience: 'private',
    text: expect.stringContaining('is already paused. Nothing changed.'),
  });
  expect((await ask('resume')).text).toContain('It goes on with: writing code, round 1.');
  expect((await ask('research')).text).toContain('first-way');
  expect((await ask('status')).text).toMatch(/odd-or-even · writing code · round 1 of 1/);
  expect((await ask('logs 5')).title).toBe(`${practiceSlug}: nothing done yet`);
  expect((await ask('leaderboard')).title).toBe(`${practiceSlug}: no leaderboard yet`);
  expect((await ask(`budget ${practiceSlug}`)).text).toMatch(/odd-or-even .+ of \$2\.50/);
  expect((await ask('stop')).text).toContain('This ends it for good.');
  expect((await ask('list running')).text).toContain('odd-or-even');
}, 60_000);

test('what is unknown is answered with a way on, and nothing begins', async () => {
  const { ask, pool } = await aDoor();

  const start = await ask('start odd-or-evn');
  const status = await ask('status nothing-like-it');

  expect(start.text).toContain('Kaggle has no competition "odd-or-evn"');
  expect(start.text).toMatch(/Did you mean[\s\S]+\/kaggle start odd-or-even/);
  expect(status.text).toMatch(/I don't know a competition "nothing-like-it"/);
  expect((await pool.query('select 1 from competitions where requested_at is not null')).rows).toEqual([]);
});

test('settings and caps that were changed are what is shown from then on', async () => {
  const { ask } = await aDoor();

  expect(await ask('config set quiet-hours 22:00-8:00')).toMatchObject({ audience: 'public' });
  expect((await ask('config', 'viewer')).text).toMatch(/Quiet hours +22:00–08:00/);
  expect((await ask('config set time-zone Mars/Olympus')).text).toContain('"Mars/Olympus" is none of these');
  expect((await ask('budget gpu-day 5 final week')).text).toMatch(
    /→ \$5\.00, by mika\.\nReason: “final week”/,
  );
  expect((await ask('budget')).text).toMatch(/Machines .+\$0\.00 of \$5\.00/);
  expect((await ask('budget gpu-day 7', 'operator')).text).toContain('Only admins can do that.');
  expect((await ask('budget')).text).toContain('of $5.00');
});
