import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { movesMigration } from '../../script/generate-moves.ts';
import {
  competitionEvents,
  competitionMoves,
  competitionStates,
  finalStates,
  isFinal,
  type MachineState,
  nextState,
} from '../../src/domain/competition-machine.ts';
import { listTransitions, transitionAnswer, transitionCompetition } from '../../src/state/competitions.ts';
import { listEvents } from '../../src/state/outbox.ts';
import { aCompetition, someActor } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

const propertyTimeoutMs = 60_000;

test('the migration in the repository is what the script prints', async () => {
  const file = new URL('../../supabase/migrations/0004_competition_moves.sql', import.meta.url);

  expect(await readFile(file, 'utf8')).toBe(movesMigration(competitionMoves));
});

test('the table in the database is the table in TypeScript', async () => {
  const { pool } = await freshState();

  const { rows } = await pool.query(
    `select from_state as "from", event, to_state as "to", remember, starts_round as "startsRound"
     from competition_moves order by from_state collate "C", event collate "C"`,
  );

  const byKey = (a: { from: string; event: string }, b: { from: string; event: string }) =>
    `${a.from} ${a.event}` < `${b.from} ${b.event}` ? -1 : 1;
  expect(rows.sort(byKey)).toEqual([...competitionMoves].sort(byKey));
});

test(
  'any sequence of events moves a competition as the table says, and nowhere else',
  async () => {
    const db = await freshState();

    await fc.assert(
      fc.asyncProperty(fc.array(aLikelyChoice, { maxLength: 25 }), async (choices) => {
        const competition = await aCompetition(db);
        let expected: MachineState = { state: 'discovered', resumeState: null, round: 0 };
        let version = 0;
        for (const choice of choices) {
          const event = pick(expected, choice);
          const next = nextState(expected, event);
          const answer = await db.state.call(
            'transition_competition',
            { p_id: competition.id, p_version: version, p_event: event, p_payload: {}, p_actor: someActor },
            transitionAnswer,
          );
          if (next === null) {
            expect(answer).toEqual({ outcome: 'refused', from: expected.state });
            continue;
          }
          version += 1;
          expected = next;
          expect(answer).toMatchObject({ outcome: 'moved', competition: { ...expected, version } });
          expect(competitionStates).toContain(expected.state);
        }
        await expectHistoryWithoutGaps(db, competition.id, version);
      }),
      { numRuns: 40 },
    );
  },
  propertyTimeoutMs,
);

/** A number that picks among the legal moves, or any event at all. */
const aLikelyChoice = fc.record({ legal: fc.integer({ min: 0, max: 9 }), index: fc.nat(1_000) });

function pick(current: MachineState, choice: { legal: number; index: number }) {
  const legal = competitionMoves.filter((move) => move.from === current.state).map((move) => move.event);
  const among = choice.legal > 0 && legal.length > 0 ? legal : competitionEvents;
  return among[choice.index % among.length] ?? 'stopped';
}

/** Dense versions, each beginning where the last ended, and exactly one event for each. */
async function expectHistoryWithoutGaps(
  db: Awaited<ReturnType<typeof freshState>>,
  competitionId: string,
  version: number,
) {
  const moves = (await listTransitions(db.state, competitionId)).filter(({ refused }) => !refused);
  expect(moves.map((move) => move.version)).toEqual(Array.from({ length: version }, (_, index) => index + 1));
  for (const [index, move] of moves.entries()) {
    expect(move.fromState).toBe(index === 0 ? 'discovered' : moves[index - 1]?.toState);
  }
  const events = await listEvents(db.state, { competitionId, after: 0, limit: 1_000 });
  expect(
    events.map(({ type, payload }) => [type, payload.version, payload.fromState, payload.toState]),
  ).toEqual(moves.map((move) => [move.event, move.version, move.fromState, move.toState]));
}

test('every state can be reached, and nothing leaves the final ones', () => {
  const reached = new Set<string>();
  const waiting: MachineState[] = [{ state: 'discovered', resumeState: null, round: 0 }];
  const seen = new Set<string>();
  for (let current = waiting.pop(); current !== undefined; current = waiting.pop()) {
    const key = `${current.state} ${current.resumeState}`;
    if (seen.has(key)) continue;
    seen.add(key);
    reached.add(current.state);
    const next = competitionEvents.map((event) => nextState({ ...current, round: 0 }, event));
    const isLast = next.every((state) => state === null);
    expect(isLast, current.state).toBe(isFinal(current.state));
    waiting.push(...next.filter((state) => state !== null));
  }

  expect([...reached].sort()).toEqual([...competitionStates].sort());
});

test('a paused competition goes on exactly where it was, from every state that can be paused', async () => {
  const db = await freshState();
  const pausable = competitionMoves.filter((move) => move.event === 'paused' && move.from !== 'recovering');

  for (const { from } of pausable) {
    const competition = await aCompetition(db, { state: from, version: 5, resumeState: 'submitted' });
    const paused = await transitionCompetition(db.state, {
      id: competition.id,
      version: 5,
      event: 'paused',
      actor: someActor,
    });
    const resumed = await transitionCompetition(db.state, {
      id: competition.id,
      version: 6,
      event: 'resumed',
      actor: someActor,
    });

    expect([paused?.state, resumed?.state, resumed?.version]).toEqual(['paused', from, 7]);
  }
});

test('a competition that is paused while it recovers retries, when it goes on, what recovery had in mind', async () => {
  const db = await freshState();
  const competition = await aCompetition(db, { state: 'training' });
  const steps = ['training_failed', 'paused', 'resumed'] as const;

  let version = 0;
  let last = null;
  for (const event of steps) {
    last = await transitionCompetition(db.state, {
      id: competition.id,
      version: version++,
      event,
      actor: someActor,
    });
  }

  expect(last).toMatchObject({ state: 'researching', version: 3, round: 0 });
});

test('final states are final, whoever asks for what', async () => {
  const db = await freshState();

  for (const state of finalStates) {
    const { id } = await aCompetition(db, { state });
    for (const event of competitionEvents) {
      await expect(
        transitionCompetition(db.state, { id, version: 0, event, actor: someActor }),
      ).rejects.toMatchObject({
        kind: 'system',
        code: 'transition.illegal',
      });
    }
    await expect(
      db.pool.query(`update competitions set state = 'training', version = 1 where id = $1`, [id]),
    ).rejects.toMatchObject({ code: 'KA001' });
  }
});

test('an update past the function is refused, even by the owner of the database', async () => {
  const { pool, state } = await freshState();
  const { id } = await aCompetition({ pool, state }, { state: 'researching' });
  const set = (assignments: string) =>
    pool.query(`update competitions set ${assignments} where id = $1`, [id]);

  await expect(set(`state = 'training', version = version + 1`)).rejects.toMatchObject({ code: 'KA001' });
  await expect(set(`state = 'research_completed'`)).rejects.toMatchObject({ code: 'KA001' });
  await expect(set(`state = 'nowhere', version = version + 1`)).rejects.toMatchObject({ code: 'KA001' });
  await set(`title = 'another title'`);

  const { rows } = await pool.query('select state, version, title from competitions');
  expect(rows).toEqual([{ state: 'researching', version: 0, title: 'another title' }]);
});

test('a move with an old version does nothing and leaves no trace', async () => {
  const { pool, state } = await freshState();
  const { id } = await aCompetition({ pool, state }, { state: 'researching', version: 3 });
  const move = (version: number) =>
    transitionCompetition(state, { id, version, event: 'research_completed', actor: someActor });

  expect(await move(2)).toBeNull();
  expect(await move(4)).toBeNull();
  expect(await listTransitions(state, id)).toEqual([]);
  expect((await move(3))?.state).toBe('research_completed');
  expect(await move(3)).toBeNull();
  expect((await pool.query('select count(*)::int as events from events')).rows).toEqual([{ events: 1 }]);
});

test('a refused move is recorded with who asked for it', async () => {
  const { pool, state } = await freshState();
  const { id } = await aCompetition({ pool, state }, { state: 'discovered' });

  await expect(
    transitionCompetition(state, {
      id,
      version: 0,
      event: 'success',
      payload: { why: 'hope' },
      actor: someActor,
    }),
  ).rejects.toMatchObject({ code: 'transition.illegal' });

  expect(await listTransitions(state, id)).toMatchObject([
    {
      event: 'success',
      fromState: 'discovered',
      toState: null,
      refused: true,
      version: 0,
      actor: someActor,
      payload: { why: 'hope' },
    },
  ]);
  expect((await pool.query('select 1 from events')).rowCount).toBe(0);
});

test('many moves at once from the same version: one wins, the others hear that it is over', async () => {
  const { pool, state } = await freshState();
  const { id } = await aCompetition({ pool, state }, { state: 'researching' });

  const answers = await Promise.all(
    Array.from({ length: 20 }, () =>
      transitionCompetition(state, { id, version: 0, event: 'research_completed', actor: someActor }),
    ),
  );

  expect(answers.filter((answer) => answer !== null)).toHaveLength(1);
  expect((await pool.query('select 1 from events')).rowCount).toBe(1);
  expect(await listTransitions(state, id)).toHaveLength(1);
});
