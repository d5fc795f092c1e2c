import {
  type CompetitionState,
  competitionEvents,
  competitionStates,
  isFinal,
} from '../domain/competition-machine.ts';
import { type EventType, eventTypes } from '../events/topics.ts';
import { toldEvents } from '../flows/human-loop/tell.ts';
import type { ClaimedEvent } from '../state/outbox.ts';
import type { JobName } from './catalog.ts';

/** A job that an event causes: one, or one for each of its rows and another that joins them. */
export type Route = { job: JobName } | { each: JobName; join: JobName };

/** The job that does the work of a state, whatever event led there: first entry, retry and resume alike. */
export const stateJobs: Readonly<Partial<Record<CompetitionState, JobName>>> = {
  // only ever entered again: by one that was paused before it began
  discovered: 'research.start',
  researching: 'research.plan',
  research_completed: 'codegen.start',
  code_generating: 'codegen.plan',
  code_ready: 'gpu.start',
  training: 'gpu.plan',
  training_completed: 'submission.submit',
  submitted: 'submission.watch',
  analyzing: 'submission.analyze',
  recovering: 'human.recover',
  failed: 'human.ask',
  completed: 'submission.finish',
  // what it taught
  abandoned: 'research.learn',
};

/** What follows from the events that are no move. */
export const recordRoutes: Readonly<Partial<Record<EventType, readonly Route[]>>> = {
  new_competition_found: [{ job: 'research.start' }],
  research_planned: [{ each: 'research.query', join: 'research.rank' }],
  generation_planned: [{ each: 'codegen.generate', join: 'codegen.finish' }],
  training_planned: [{ each: 'gpu.train', join: 'gpu.compare' }],
  decision_required: [{ job: 'human.present' }],
  human_decision_made: [
    { job: 'human.present' },
    { job: 'discovery.answer' },
    { job: 'discovery.gate' },
    { job: 'submission.select' },
    { job: 'human.models' },
    { job: 'research.learn' },
  ],
  decision_changed: [{ job: 'human.present' }],
};

/** Events that are no move, and change what the living messages show. */
const shownEvents: readonly EventType[] = [
  'new_competition_found',
  'decision_required',
  'human_decision_made',
];

/** Which jobs an event causes. An event without any is only a record. */
export function routesOf(event: Pick<ClaimedEvent, 'type' | 'payload'>): Route[] {
  const { toState } = event.payload;
  const isMove = competitionEvents.some((type) => type === event.type);
  const stateJob = isMove && toState !== undefined ? stateJobs[toState] : undefined;
  const frees =
    isMove && toState !== undefined && (isFinal(toState) || toState === 'failed' || toState === 'paused');
  return [
    ...(recordRoutes[event.type] ?? []),
    ...(stateJob === undefined ? [] : [{ job: stateJob }]),
    // A place among the active competitions is free.
    ...(frees ? [{ job: 'discovery.admit' } as const] : []),
    ...(toldEvents.includes(event.type) ? [{ job: 'human.tell' } as const] : []),
    ...(isMove || shownEvents.includes(event.type) ? [{ job: 'human.status' } as const] : []),
  ];
}

/** Event types that cause work of a stage: what the sweep must see run. */
export const workTypes: readonly EventType[] = eventTypes.filter((type) => {
  if (recordRoutes[type] !== undefined) return true;
  return competitionEvents.some((event) => event === type) && type !== 'paused';
});

/** Rows of the generated routes page: event, and the jobs that it causes. */
export function routeTable(): { cause: string; jobs: string[] }[] {
  const name = (route: Route) => ('job' in route ? route.job : `${route.each} for each, then ${route.join}`);
  const records = eventTypes.flatMap((type) => {
    const routes = recordRoutes[type];
    return routes === undefined ? [] : [{ cause: `event ${type}`, jobs: routes.map(name) }];
  });
  const states = competitionStates.flatMap((state) => {
    const job = stateJobs[state];
    return job === undefined ? [] : [{ cause: `entering ${state}`, jobs: [job] }];
  });
  return [...records, ...states];
}
