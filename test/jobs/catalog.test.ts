import { expect, expectTypeOf, test } from 'vitest';
import {
  competitionEvents,
  competitionMoves,
  competitionStates,
  isFinal,
  workingStates,
} from '../../src/domain/competition-machine.ts';
import { eventTypes } from '../../src/events/topics.ts';
import { toldEvents } from '../../src/flows/human-loop/tell.ts';
import {
  type ItemPayload,
  type JobName,
  type JobPayload,
  jobCatalog,
  jobNames,
  type NotePayload,
  payloadSchemaOf,
  queueNames,
  type StagePayload,
} from '../../src/jobs/catalog.ts';
import { itemEndings, jobHandlers } from '../../src/jobs/handlers.ts';
import type { JobHandlers } from '../../src/jobs/registry.ts';
import { recordRoutes, routesOf, routeTable, stateJobs, workTypes } from '../../src/jobs/routes.ts';

const competitionId = '5c8cd1f0-5a1c-4c1e-9a4b-1f2f3a4b5c6d';

test('every job of the catalogue has a handler, and each handler takes the payload of its kind', () => {
  expectTypeOf<keyof JobHandlers>().toEqualTypeOf<JobName>();
  expectTypeOf<JobPayload<'research.plan'>>().toEqualTypeOf<StagePayload>();
  expectTypeOf<JobPayload<'gpu.train'>>().toEqualTypeOf<ItemPayload>();
  expectTypeOf<JobPayload<'human.tell'>>().toEqualTypeOf<NotePayload>();
  expectTypeOf<Omit<JobHandlers, 'gpu.train'>>().not.toExtend<JobHandlers>();

  expect(Object.keys(jobHandlers).sort()).toEqual([...jobNames].sort());
});

test('every fan-out job, and no other, says what becomes of a row whose job is dead', () => {
  const items = jobNames.filter((name) => jobCatalog[name].kind === 'item');

  expect(Object.keys(itemEndings).sort()).toEqual([...items].sort());
});

test('every job is named after its queue, and every queue of work has jobs', () => {
  for (const name of jobNames) expect(name.split('.')[0]).toBe(jobCatalog[name].queue);

  const used = new Set(jobNames.map((name) => jobCatalog[name].queue));
  expect([...used, 'schedule'].sort()).toEqual([...queueNames].sort());
});

test('a payload of another kind is refused', () => {
  expect(payloadSchemaOf('research.plan').safeParse({ competitionId, version: 3 }).success).toBe(true);
  expect(payloadSchemaOf('research.plan').safeParse({ competitionId }).success).toBe(false);
  expect(payloadSchemaOf('research.plan').safeParse({ competitionId: 'titanic', version: 3 }).success).toBe(
    false,
  );
  expect(payloadSchemaOf('gpu.train').safeParse({ itemId: 'x' }).success).toBe(false);
  expect(
    payloadSchemaOf('human.tell').safeParse({ eventId: 1, type: 'gone', competitionId, payload: {} }).success,
  ).toBe(false);
});

test('every move into a state where the agent works causes the job of that state, whatever event led there', () => {
  for (const state of workingStates) {
    const entries = competitionMoves.filter(({ to }) => to === state || to === 'resume');
    expect(entries.length).toBeGreaterThan(0);
    for (const { event } of entries) {
      const routes = routesOf({ type: event, payload: { toState: state, version: 1 } });
      expect(routes, `${event} into ${state}`).toContainEqual({ job: stateJobs[state] });
    }
  }
});

test('every state has its job, but for those that nothing works in', () => {
  const without = competitionStates.filter((state) => stateJobs[state] === undefined);

  expect(without.sort()).toEqual(['awaiting_decision', 'paused']);
});

test('a move that frees a place among the active competitions lets the next one in', () => {
  for (const { event, to } of competitionMoves) {
    if (to === 'resume') continue;
    const frees = isFinal(to) || to === 'failed' || to === 'paused';
    const routes = routesOf({ type: event, payload: { toState: to, version: 1 } });
    expect(routes.some((route) => 'job' in route && route.job === 'discovery.admit')).toBe(frees);
  }
});

test('an event of a fan-out causes one job for each row and one that joins them', () => {
  expect(routesOf({ type: 'research_planned', payload: { version: 1, items: ['a'] } })).toEqual([
    { each: 'research.query', join: 'research.rank' },
  ]);
  for (const routes of Object.values(recordRoutes)) {
    for (const route of routes) {
      if (!('each' in route)) continue;
      expect(jobCatalog[route.each].kind).toBe('item');
      expect(jobCatalog[route.join].kind).toBe('stage');
    }
  }
});

test('what people are told of goes to them, and only that', () => {
  for (const type of eventTypes) {
    const routes = routesOf({ type, payload: { version: 1 } });
    const isTold = routes.some((route) => 'job' in route && route.job === 'human.tell');
    expect(isTold).toBe(toldEvents.includes(type));
  }
});

test('the living messages follow every move', () => {
  for (const type of competitionEvents) {
    expect(routesOf({ type, payload: { version: 1 } }), type).toContainEqual({ job: 'human.status' });
  }
  expect(routesOf({ type: 'card_changed', payload: {} })).toEqual([]);
});

test('every job is caused by something', () => {
  const causes = [
    ...Object.values(recordRoutes).flat(),
    ...competitionMoves.flatMap(({ event, to }) =>
      to === 'resume' ? [] : routesOf({ type: event, payload: { toState: to, version: 1 } }),
    ),
  ];
  const caused = new Set(
    causes.flatMap((route) => ('job' in route ? [route.job] : [route.each, route.join])),
  );

  expect([...caused].sort()).toEqual([...jobNames].sort());
});

test('the sweep looks after every event that causes work of a stage', () => {
  for (const type of eventTypes) {
    const states = type === 'resumed' || type === 'auto_retry' ? workingStates : targetsOf(type);
    const works = states.some((toState) => {
      const payload = toState === undefined ? { version: 1 } : { version: 1, toState };
      return routesOf({ type, payload }).some(
        (route) => 'each' in route || jobCatalog[route.job].kind !== 'note',
      );
    });
    if (works) expect(workTypes, type).toContain(type);
  }
});

function targetsOf(type: string) {
  const isMove = competitionEvents.some((event) => event === type);
  if (!isMove) return [undefined];
  return competitionMoves.flatMap(({ event, to }) => (event === type && to !== 'resume' ? [to] : []));
}

test('the table of the docs names every route', () => {
  const table = routeTable();

  expect(table).toContainEqual({ cause: 'entering training', jobs: ['gpu.plan'] });
  expect(table).toContainEqual({
    cause: 'event training_planned',
    jobs: ['gpu.train for each, then gpu.compare'],
  });
  expect(table).toHaveLength(Object.keys(recordRoutes).length + Object.keys(stateJobs).length);
});
