/** The one table of a competition's life: which event moves it from which state to which. */

export const competitionStates = [
  'discovered',
  'researching',
  'research_completed',
  'code_generating',
  'code_ready',
  'training',
  'training_completed',
  'submitted',
  'analyzing',
  'awaiting_decision',
  'recovering',
  'failed',
  'paused',
  'completed',
  'abandoned',
] as const;

export const competitionEvents = [
  'research_started',
  'research_completed',
  'generation_started',
  'code_ready',
  'training_started',
  'training_completed',
  'submission_completed',
  'submission_deferred',
  'score_received',
  'success',
  'next_round',
  'uncertainty_high',
  'retry_different_approach',
  'adjust_parameters',
  'skip_competition',
  'research_failed',
  'generation_failed',
  'training_failed',
  'submission_failed',
  'auto_retry',
  'manual_intervention_required',
  'abort',
  'paused',
  'resumed',
  'stopped',
] as const;

export type CompetitionState = (typeof competitionStates)[number];
export type CompetitionEvent = (typeof competitionEvents)[number];

/**
 * One legal move. `to: 'resume'` returns to the stored resume state; `remember` stores it:
 * `'from'` the state left, a state by name, or nothing (what is stored stays).
 */
export type Move = {
  from: CompetitionState;
  event: CompetitionEvent;
  to: CompetitionState | 'resume';
  remember: CompetitionState | 'from' | null;
  /** The move begins the next round. */
  startsRound: boolean;
};

type Plain = readonly [from: CompetitionState, event: CompetitionEvent, to: CompetitionState];

const mainLine: readonly Plain[] = [
  ['discovered', 'research_started', 'researching'],
  ['researching', 'research_completed', 'research_completed'],
  ['research_completed', 'generation_started', 'code_generating'],
  ['code_generating', 'code_ready', 'code_ready'],
  ['code_ready', 'training_started', 'training'],
  ['training', 'training_completed', 'training_completed'],
  ['training_completed', 'submission_completed', 'submitted'],
  ['training_completed', 'submission_deferred', 'analyzing'],
  ['submitted', 'score_received', 'analyzing'],
  ['analyzing', 'success', 'completed'],
  ['analyzing', 'next_round', 'researching'],
  ['analyzing', 'uncertainty_high', 'awaiting_decision'],
  ['recovering', 'manual_intervention_required', 'failed'],
  ['recovering', 'abort', 'abandoned'],
];

const answers: readonly Plain[] = (['awaiting_decision', 'failed'] as const).flatMap(
  (from): readonly Plain[] => [
    [from, 'retry_different_approach', 'researching'],
    [from, 'adjust_parameters', 'training'],
    [from, 'skip_competition', 'abandoned'],
  ],
);

/** Where what followed from an answer can still be undone: the question may be asked again, and is waited for. */
const askedAgain = (
  ['researching', 'research_completed', 'code_generating', 'code_ready', 'training'] as const
).map((from): Plain => [from, 'uncertainty_high', 'awaiting_decision']);

/** Which failure a stage reports from which state, and where a retry goes on ('from': the same state). */
const failures: readonly (readonly [
  from: CompetitionState,
  event: CompetitionEvent,
  retryAt: CompetitionState | 'from',
])[] = [
  ['researching', 'research_failed', 'from'],
  ['research_completed', 'generation_failed', 'researching'],
  ['code_generating', 'generation_failed', 'researching'],
  ['code_ready', 'training_failed', 'researching'],
  ['training', 'training_failed', 'researching'],
  ['training_completed', 'submission_failed', 'from'],
  // a code competition's notebook that failed at the vendor for its scripts
  ['training_completed', 'training_failed', 'researching'],
  ['submitted', 'submission_failed', 'from'],
  // or later, on the hidden test
  ['submitted', 'training_failed', 'researching'],
  ['analyzing', 'submission_failed', 'from'],
];

/** States in which the agent itself is at work. */
export const workingStates = [
  'researching',
  'research_completed',
  'code_generating',
  'code_ready',
  'training',
  'training_completed',
  'submitted',
  'analyzing',
  'recovering',
] as const satisfies readonly CompetitionState[];

/** States in which a person is waited for. */
export const waitingStates = ['awaiting_decision', 'failed'] as const satisfies readonly CompetitionState[];

/** States that nothing leaves. */
export const finalStates = ['completed', 'abandoned'] as const satisfies readonly CompetitionState[];

const roundStarts: ReadonlySet<CompetitionEvent> = new Set([
  'research_started',
  'next_round',
  'retry_different_approach',
]);

/** True of an event that begins the next round, from whichever state. */
export function startsRound(event: CompetitionEvent): boolean {
  return roundStarts.has(event);
}

function plain([from, event, to]: Plain): Move {
  return { from, event, to, remember: null, startsRound: startsRound(event) };
}

/** Every legal move; the database holds the same table and refuses every other. */
export const competitionMoves: readonly Move[] = [
  ...mainLine.map(plain),
  ...answers.map(plain),
  ...askedAgain.map(plain),
  ...failures.map(([from, event, retryAt]): Move => {
    return { from, event, to: 'recovering', remember: retryAt, startsRound: false };
  }),
  { from: 'recovering', event: 'auto_retry', to: 'resume', remember: null, startsRound: false },
  // A pause while recovering keeps what recovery remembered: the resumed competition retries that stage. What has
  // its place but has not begun yet can be paused too.
  ...(['discovered', ...workingStates, ...waitingStates] as const).map((from): Move => {
    const remember = from === 'recovering' ? null : 'from';
    return { from, event: 'paused', to: 'paused', remember, startsRound: false };
  }),
  { from: 'paused', event: 'resumed', to: 'resume', remember: null, startsRound: false },
  ...competitionStates
    .filter((state) => !isFinal(state))
    .map((from): Move => ({ from, event: 'stopped', to: 'abandoned', remember: null, startsRound: false })),
];

/** True where nothing leaves the state. */
export function isFinal(state: CompetitionState): boolean {
  return finalStates.some((final) => final === state);
}

/** True from when a competition is asked for until its end: it is worked on, or waits for its place or at a gate. */
export function isUnderWay(competition: { requestedAt: Date | null; state: CompetitionState }): boolean {
  return competition.requestedAt !== null && !isFinal(competition.state);
}

/** What a competition remembers between moves. */
export type MachineState = { state: CompetitionState; resumeState: CompetitionState | null; round: number };

/**
 * The next state, as the database computes it.
 * @returns null for a move that is not in the table, or a resume with nothing remembered.
 */
export function nextState(current: MachineState, event: CompetitionEvent): MachineState | null {
  const move = competitionMoves.find((m) => m.from === current.state && m.event === event);
  if (move === undefined) return null;
  const to = move.to === 'resume' ? current.resumeState : move.to;
  if (to === null) return null;
  const remembered = move.remember === 'from' ? current.state : move.remember;
  return {
    state: to,
    resumeState: remembered ?? current.resumeState,
    round: current.round + (move.startsRound ? 1 : 0),
  };
}

/** The failure event that a state's stage reports when its work cannot go on; null where no stage works. */
export function failureEventOf(state: CompetitionState): CompetitionEvent | null {
  return failures.find(([from]) => from === state)?.[1] ?? null;
}

/** Mermaid text of the state diagram, generated into the docs. */
export function machineDiagram(): string {
  const lines = competitionMoves
    .filter((move) => move.event !== 'stopped' && move.event !== 'paused')
    .map((move) => `  ${move.from} --> ${move.to === 'resume' ? 'resume_state' : move.to}: ${move.event}`);
  return [
    'stateDiagram-v2',
    '  [*] --> discovered',
    ...lines,
    '  completed --> [*]',
    '  abandoned --> [*]',
    '  note right of paused: reached by `paused` from every state but the final two',
    '  note right of abandoned: reached by `stopped` from every state but the final two',
  ].join('\n');
}
