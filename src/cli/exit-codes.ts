import { asFailure, type Failure } from '../domain/errors.ts';
import { gateKinds, isForPerson } from '../domain/gate.ts';
import { Interrupted } from './interrupted.ts';

/** What a shell is told. The table of docs/reference/exit-codes.md is made from this one. */
export const exitCodes = {
  done: 0,
  badResult: 1,
  wrongUsage: 2,
  configuration: 3,
  personNeeded: 4,
  ruleSaidNo: 5,
  noAnswerInTime: 6,
  taken: 7,
  ourFault: 70,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: 'done',
  badResult: 'done, but the result is bad: a run without a score, an error found by doctor',
  wrongUsage: 'wrong usage: an unknown verb, flag or competition',
  configuration: 'a setting is missing, refused or not writable',
  personNeeded: 'a person is needed: rules to accept, an account to verify, an answer to give',
  ruleSaidNo: 'a rule said no: budget, deadline, daily limit, quality bar',
  noAnswerInTime: 'something needed did not answer in time',
  taken: 'already running here, or a port is taken',
  ourFault: 'our fault; the log says more',
  interrupted: 'interrupted (Ctrl-C), work saved',
  terminated: 'terminated, work saved',
};

/** Codes whose reason decides more exactly than their kind. */
const byReason: readonly (readonly [reasons: readonly string[], code: ExitCode])[] = [
  [['unknown_competition', 'competition.unknown', 'usage.invalid'], exitCodes.wrongUsage],
  [['already_running', 'in_use', 'taken', 'locked'], exitCodes.taken],
  [[...gateKinds.filter(isForPerson), 'not_joined', 'person_needed', 'ambiguous'], exitCodes.personNeeded],
];

const byKind: Readonly<Record<Failure['kind'], ExitCode>> = {
  transient: exitCodes.noAnswerInTime,
  configuration: exitCodes.configuration,
  business: exitCodes.ruleSaidNo,
  system: exitCodes.ourFault,
};

/** The exit code for anything thrown, derived in this one place. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Interrupted) {
    return error.signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated;
  }
  const failure = asFailure(error);
  const reason = failure.code.split('.').at(-1) ?? '';
  const exact = byReason.find(([reasons]) =>
    reasons.some((ending) => reason.endsWith(ending) || failure.code === ending),
  );
  return exact?.[1] ?? byKind[failure.kind];
}
