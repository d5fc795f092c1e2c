import { expect, test } from 'vitest';
import { createFlowsFor } from '../../../src/app/command-flows.ts';
import { type ActionName, encodeAction } from '../../../src/bot/action.ts';
import type { Reply, Where } from '../../../src/bot/door.ts';
import { createPlainInk } from '../../../src/bot/inks/plain.ts';
import type { Actor } from '../../../src/domain/actor.ts';
import type { Person, Role } from '../../../src/domain/person.ts';
import { closeDecision, listDecisions, openDecision } from '../../../src/state/decisions.ts';
import { aCompetition, aDraft, someActor } from '../../support/builders.ts';
import { aContext } from '../../support/context.ts';
import { freshState } from '../../support/database.ts';
import { doorOver, thisInstallation } from '../../support/door.ts';

type Platform = 'slack' | 'discord';

/** The door over the real flows on a real database. */
async function anEmptyWorld() {
  const db = await freshState();
  const ctx = await aContext({ state: db.state });
  const door = doorOver(createFlowsFor((actor) => ({ ...ctx, actor })));
  const audit = async () =>
    (await db.pool.query<{ action: string }>('select action from audit_log order by id')).rows.map(
      ({ action }) => action,
    );
  return { db, door, audit };
}

type World = Awaited<ReturnType<typeof anEmptyWorld>>;

/** One open decision of one competition. */
async function ask({ db }: World, slug: string, kind: 'stagnation' | 'budget' = 'stagnation') {
  const { id: competitionId } = await aCompetition(db, {
    slug,
    state: 'analyzing',
    version: 3,
    round: 1,
    requested: true,
    admitted: true,
  });
  await openDecision(db.state, {
    competitionId,
    version: 3,
    move: 'uncertainty_high',
    draft: aDraft({ kind }),
    slaSeconds: 3_600,
    actor: someActor,
  });
  const [decision] = await listDecisions(db.state, { competitionId, onlyOpen: true });
  if (decision === undefined) throw new Error('no decision was opened');
  const record = async () => (await listDecisions(db.state, { competitionId, onlyOpen: false })).at(0);
  return { decision, record, competitionId };
}

async function aWorld(kind: 'stagnation' | 'budget' = 'stagnation') {
  const world = await anEmptyWorld();
  return { ...world, ...(await ask(world, 'titanic', kind)) };
}

function person(platform: Platform, role: Role | null, userId = '1'): Person {
  const actor =
    platform === 'slack'
      ? ({ type: 'slack', teamId: 'T1', userId } as const)
      : ({ type: 'discord', guildId: 'G1', userId } as const);
  return { actor, name: `${platform}-${userId}`, role, locale: 'en', timeZone: 'UTC' };
}

function place(platform: Platform): Where {
  const ink = createPlainInk();
  return { platform, channel: 'C1', threadId: null, canSlash: true, ink, now: new Date() };
}

function pressed(name: ActionName, args: readonly string[], installation = thisInstallation): string {
  return encodeAction({ installation, name, args });
}

function summaryOf(reply: Reply): string {
  if (reply.kind !== 'card') throw new Error(`a card was expected, not ${reply.kind}`);
  expect(reply.audience).toBe('private');
  return reply.card.summary;
}

const retry = 'retry_different_approach';
const platforms = ['slack', 'discord'] as const;
const people = [
  ['an approver', 'operator'],
  ['somebody who may only look', 'viewer'],
  ['a guest', null],
] as const;
const states = ['open', 'decided', 'expired', 'withdrawn', 'unknown'] as const;

const answers: Readonly<Record<(typeof states)[number], RegExp>> = {
  open: /^Recorded for c\d: A · /,
  decided: /already decided: A · /i,
  expired: /^This decision is closed since .+, with the default/,
  withdrawn: /^That decision of c\d is no longer needed\./,
  unknown: /^I do not know that decision\./,
};

test.each(states)(
  'whoever presses on a decision that is %s gets one private answer, on either platform',
  async (state) => {
    const world = await anEmptyWorld();
    let count = 0;
    for (const platform of platforms) {
      for (const [, role] of people) {
        const slug = `c${count++}`;
        const { decision, record } = await ask(world, slug);
        const id = await bringTo(world, decision, state);
        const before = await record();

        const reply = await world.door.press({
          action: pressed('decide', [id, retry]),
          person: person(platform, role),
          where: place(platform),
        });

        const isAnswered = role === 'operator' && state === 'open';
        expect([slug, summaryOf(reply)]).toEqual([
          slug,
          expect.stringMatching(expectedFor(slug, role, state)),
        ]);
        if (isAnswered) expect(await record()).toMatchObject({ status: 'decided', option: retry });
        else expect(await record()).toEqual(before);
      }
    }
    const refusals = (await world.audit()).filter((action) => action.startsWith('refused.'));
    // What nobody knows, only a guest has to be refused.
    expect(refusals).toHaveLength(state === 'unknown' ? 2 : 4);
  },
);

function expectedFor(slug: string, role: Role | null, state: (typeof states)[number]): RegExp {
  if (role === null) return /^I only answer members/;
  if (role === 'operator' || state === 'unknown') return answers[state];
  return new RegExp(`^You are not an approver for ${slug}\\.$`);
}

/** @returns the id that is pressed */
async function bringTo(
  { db }: World,
  { id, draft }: Awaited<ReturnType<typeof ask>>['decision'],
  state: (typeof states)[number],
): Promise<string> {
  const close = (option: string, by: Actor) =>
    closeDecision(db.state, { id, option, note: null, byDefault: by.type === 'default', actor: by });
  switch (state) {
    case 'decided':
      await close(retry, { type: 'slack', teamId: 'T1', userId: '99' });
      return id;
    case 'expired':
      await db.pool.query(
        `update human_interventions set deadline = now() - interval '1 minute' where id = $1`,
        [id],
      );
      await close(draft.defaultOption, { type: 'default', reason: 'nobody answered' });
      return id;
    case 'withdrawn':
      await db.pool.query(`update human_interventions set status = 'withdrawn' where id = $1`, [id]);
      return id;
    case 'unknown':
      return '0198c1f0-0000-7000-8000-00000000ffff';
    default:
      return id;
  }
}

test('the same press delivered twice is answered once; another option is told who was first', async () => {
  const { door, decision } = await aWorld();
  const press = (option: string) =>
    door.press({
      action: pressed('decide', [decision.id, option]),
      person: person('slack', 'operator'),
      where: place('slack'),
    });

  expect(summaryOf(await press(retry))).toMatch(/^Recorded/);
  expect(await press(retry)).toEqual({ kind: 'silence' });
  expect(summaryOf(await press('skip_competition'))).toMatch(/already decided: A · /);
});

test('of 20 presses from both platforms one wins, and the others are told by whom', async () => {
  const { door, decision, record } = await aWorld();
  const options = decision.draft.options.map(({ id }) => id);

  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, index) => {
      const platform = index % 2 === 0 ? 'slack' : 'discord';
      return door.press({
        action: pressed('decide', [decision.id, options[index % options.length] ?? retry]),
        person: person(platform, 'operator', String(index)),
        where: place(platform),
      });
    }),
  );

  const summaries = replies.map(summaryOf);
  expect(summaries.filter((text) => text.startsWith('Recorded'))).toHaveLength(1);
  expect(summaries.filter((text) => /already decided/.test(text))).toHaveLength(19);
  expect(await record()).toMatchObject({ status: 'decided' });
});

test('a decision about money is for admins', async () => {
  const { door, decision } = await aWorld('budget');
  const press = (role: Role) =>
    door.press({
      action: pressed('decide', [decision.id, retry]),
      person: person('slack', role),
      where: place('slack'),
    });

  expect(summaryOf(await press('operator'))).toBe('You are not an approver for titanic.');
  expect(summaryOf(await press('admin'))).toMatch(/^Recorded/);
});

test('who can is said where the platform knows it', async () => {
  const { door, decision } = await aWorld();
  const where = { ...place('slack'), whoCan: () => '@kaggle-leads' };

  const reply = await door.press({
    action: pressed('decide', [decision.id, retry]),
    person: person('slack', 'viewer'),
    where,
  });

  expect(reply).toMatchObject({ card: { body: expect.arrayContaining(['Who can: @kaggle-leads.']) } });
});

test('details, more time and asking again are answered to whoever pressed', async () => {
  const { door, decision } = await aWorld();
  const press = (name: ActionName, role: Role = 'operator') =>
    door.press({
      action: pressed(name, [decision.id]),
      person: person('slack', role),
      where: place('slack'),
    });

  expect(summaryOf(await press('details', 'viewer'))).toMatch(/^titanic: decision needed/);
  expect(summaryOf(await press('snooze'))).toMatch(/^titanic: you now have until /);
  expect(summaryOf(await press('snooze'))).toMatch(/cannot wait any longer/);
  expect(summaryOf(await press('snooze', 'viewer'))).toBe('Only operators can do that.');
  await door.press({
    action: pressed('decide', [decision.id, retry]),
    person: person('slack', 'operator'),
    where: place('slack'),
  });
  expect(summaryOf(await press('again'))).toMatch(/^I asked again for titanic/);
});

test.each([
  ['an older version', 'k0.0198c1f0.decide.x'],
  ['nobody', ''],
  ['an attacker', "k1.0198c1f0.decide.'; drop table cards;--"],
  ['an attacker', 'k1.0198c1f0.stop-now.<script>'],
  ['an attacker', `k1.0198c1f0.decide.${'x'.repeat(5_000)}`],
  ['a button without its competition', 'k1.0198c1f0.stop-now'],
  ['something that is no slug', 'k1.0198c1f0.stop-now.UPPER_CASE'],
])('a payload of %s changes nothing and says so', async (_, action) => {
  const { door, record } = await aWorld();

  const reply = await door.press({ action, person: person('slack', 'admin'), where: place('slack') });

  expect(summaryOf(reply)).toMatch(/Nothing changed\.$/);
  expect(await record()).toMatchObject({ status: 'open' });
});

test("another installation's button changes nothing here", async () => {
  const { door, record, decision } = await aWorld();

  const reply = await door.press({
    action: pressed('decide', [decision.id, retry], 'ffffffff'),
    person: person('slack', 'admin'),
    where: place('slack'),
  });

  expect(summaryOf(reply)).toMatch(/^This button belongs to another installation/);
  expect(await record()).toMatchObject({ status: 'open' });
});

test('stopping takes two presses, and a finished competition says that it has ended', async () => {
  const { door } = await aWorld();
  const press = (name: ActionName) =>
    door.press({
      action: pressed(name, ['titanic']),
      person: person('slack', 'operator'),
      where: place('slack'),
    });

  const question = await press('stop');
  expect(question).toMatchObject({
    audience: 'private',
    card: { actions: [{ action: pressed('stop-now', ['titanic']), style: 'danger' }, {}] },
  });
  expect(await press('stop-now')).toMatchObject({ audience: 'public', card: { title: '⏹ titanic stopped' } });
  expect(summaryOf(await press('stop-now'))).toMatch(/^titanic has ended before/);
  expect(summaryOf(await press('stop'))).toMatch(/^titanic has ended before/);
});

test('a form with words answers the decision, and an option that wants words opens it', async () => {
  const { door, decision, record } = await aWorld();
  const who = { person: person('slack', 'operator'), where: place('slack') };
  const note = 'x'.repeat(501);

  const form = await door.press({ action: pressed('note', [decision.id]), ...who });
  expect(form).toMatchObject({ kind: 'form', form: { fields: [{ id: 'option' }, { id: 'note' }] } });
  const action = pressed('note', [decision.id]);
  expect(await door.submit({ action, answers: { option: retry, note }, ...who })).toMatchObject({
    kind: 'errors',
    fields: { note: 'At most 500 characters.' },
  });
  expect(await door.submit({ action, answers: { option: 'Z', note: 'no' }, ...who })).toMatchObject({
    kind: 'errors',
    fields: { option: expect.any(String) },
  });
  const reply = await door.submit({ action, answers: { option: 'a', note: ' skip nets ' }, ...who });

  expect(reply).toMatchObject({ kind: 'card', card: { title: 'Recorded' } });
  expect(await record()).toMatchObject({ status: 'decided', option: retry, note: 'skip nets' });
});

test('more time and asking again can be typed as well, and a typed answer to a closed one says how it ended', async () => {
  const { door, decision } = await aWorld();
  const type = (text: string) =>
    door.command({ text, person: person('slack', 'operator'), where: place('slack') });
  const shortId = decision.id.slice(-8);

  expect(summaryOf(await type(`decide ${shortId} later`))).toMatch(/^titanic: you now have until /);
  expect(summaryOf(await type(`decide ${shortId} A skip nets`))).toMatch(/^Recorded for titanic: A · /);
  expect(summaryOf(await type(`decide ${shortId} B`))).toMatch(/already decided: A · /);
  expect(summaryOf(await type(`decide ${shortId} again`))).toMatch(/^I asked again for titanic/);
});
