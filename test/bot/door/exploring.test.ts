import { expect, test } from 'vitest';
import { decodeAction } from '../../../src/bot/action.ts';
import type { Card } from '../../../src/bot/card.ts';
import type { Reply } from '../../../src/bot/door.ts';
import type { CommandFlows } from '../../../src/domain/command-results.ts';
import type { Role } from '../../../src/domain/person.ts';
import { aPerson, aPlace, doorOver } from '../../support/door.ts';
import { aListedCompetition, aWhy } from '../../support/listings.ts';
import { flowsOver, now } from '../../support/overviews.ts';

function cardOf(reply: Reply): Card {
  if (reply.kind !== 'card') throw new Error(`no card but ${reply.kind}`);
  return reply.card;
}

async function ask(text: string, flows: CommandFlows, role: Role = 'operator'): Promise<Card> {
  return cardOf(await doorOver(flows).command({ text, person: aPerson(role), where: aPlace() }));
}

const many = Array.from({ length: 20 }, (_, index) => aListedCompetition({ slug: `number-${index}` }));

test('discover shows a page of competitions with what people choose by, and leads to the next page', async () => {
  const flows = flowsOver([], {
    discover: async ({ filter }) => ({
      filter,
      competitions: [
        aListedCompetition({
          slug: 'best',
          isNew: true,
          participation: {
            hasEntered: true,
            teamName: 'We',
            rank: 7,
            teams: 1_800,
            submissionsLeft: 2,
            submissionsUsed: 3,
            limitsReadAt: now,
            readAt: now,
          },
        }),
        aListedCompetition({ slug: 'unread', colour: 'red', score: 12, wasRead: false, keptOutBy: 'deny' }),
        ...many,
      ],
      lookedAt: now,
      errorCode: 'kaggle.failing',
      threshold: 70,
    }),
  });

  const card = await ask('discover', flows);

  expect(card.items).toHaveLength(8);
  expect(card.items[0]?.markup).toContain('🟢 92 best');
  expect(card.items[0]?.markup).toMatch(
    /\$50,000 · ends .* · 1,?800 teams · new · entered · team We · rank 7 of/,
  );
  expect(card.items[1]?.markup).toContain('kept out by the settings · first guess');
  expect(card.footer).toMatch(/Page 1 of 3.*kaggle\.failing.*suggested from feasibility 70 up/);
  const [next] = card.actions;
  const action = next?.kind === 'button' ? decodeAction(next.action) : null;
  expect(action).toMatchObject({ name: 'discover', args: ['best', '2'] });
});

test('before the first look discover says that there was none', async () => {
  const flows = flowsOver([], {
    discover: async ({ filter }) => ({
      filter,
      competitions: [],
      lookedAt: null,
      errorCode: null,
      threshold: 70,
    }),
  });

  const card = await ask('discover', flows);

  expect(card.body.join()).toContain('was not read yet');
});

test('why shows every factor with value, weight and reason, what would change it and what changed', async () => {
  const why = {
    ...aWhy({ isRequested: false }),
    overrides: ['data' as const],
    changes: [{ what: 'deadline', old: null, new: '2026-12-12T23:59:00Z', at: now }],
  };
  const flows = flowsOver([], { why: async () => why });

  const card = await ask('why titanic', flows);

  const text = card.body.join('\n');
  expect(text).toContain('Metric 0.25 (weight 0.15): it is unknown');
  expect(text).toContain('Kind of data 0.75 (weight 0.25): image classification');
  expect(text).toContain('Data 0.90 (weight 0.10): set by a person');
  expect(text).toMatch(/Time 1\.00 \(weight 0\.20\): 20 days left; one attempt takes about 2 h/);
  expect(text).toMatch(/What would change it: Metric \+\d+/);
  expect(text).toMatch(/Changed lately\n.*Deadline: none → .*Dec/);
  expect(card.facts.map(({ label }) => label)).toContain('Chance of a medal');
});

test('a closed gate stands first, and a factor is set by an operator alone', async () => {
  const flows = flowsOver([], { why: async () => aWhy({}, { submissionsDisabled: true }) });

  const closed = await ask('why titanic', flows);
  const refused = await ask('why titanic time 1', flows, 'viewer');
  await ask('why titanic time auto', flows);

  expect(closed.body[1]).toContain('It cannot be entered:\nSubmissions are switched off.');
  expect(closed.title).toContain('🔴');
  expect(refused.title).not.toContain('feasibility');
  expect(flows.calls.filter(({ name }) => name === 'setFactor')).toEqual([
    { name: 'setFactor', input: { slug: 'titanic', factor: 'time', value: null } },
  ]);
});
