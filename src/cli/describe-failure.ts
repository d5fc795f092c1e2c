import { asFailure, type Failure, SystemFailure } from '../domain/errors.ts';

/** What happened, what it means, what to do. */
export type FailureText = { what: string; next: string[] };

/** Never a stack: an error that was not thrown on purpose shows only that something broke, and where to look. */
export function describeFailure(error: unknown, logFile: string): FailureText {
  const failure = asFailure(error);
  const next = [...offers(failure), ...adviceFor(failure, logFile)];
  return { what: failure.code === 'unexpected' ? 'Something broke on our side.' : failure.message, next };
}

/** `nearest`, `suggestions`: names that were nearly typed. `next`: what the thrower advises. */
function offers({ details }: Failure): string[] {
  const nearest = [...new Set([...textsOf(details.nearest), ...textsOf(details.suggestions)])];
  return [...(nearest.length === 0 ? [] : [`Did you mean ${nearest.join(', ')}?`]), ...textsOf(details.next)];
}

function adviceFor(failure: Failure, logFile: string): string[] {
  switch (failure.kind) {
    case 'transient':
      // The thrower knows better where nothing goes on without the person.
      if (textsOf(failure.details.next).length > 0) return [];
      return ['Nothing is lost; run the same command again when it answers.'];
    case 'system':
      // The ground's loss is no fault of the agent's that could be reported.
      if (failure instanceof SystemFailure && failure.scope === 'process')
        return [`Details are in ${logFile}.`];
      return [`Details are in ${logFile}; please report it with that file.`];
    default:
      return [];
  }
}

function textsOf(value: unknown): string[] {
  const values = Array.isArray(value) ? value : [value];
  return values.filter((one): one is string => typeof one === 'string' && one !== '');
}
