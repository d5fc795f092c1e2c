import { asFailure, type Failure } from '../../domain/errors.ts';

/** What happened, what it means, what to do. The same text in chat and on the command line. */
export type FailureText = { what: string; next: string[] };

/** Never a stack: an error that was not thrown on purpose shows only that something broke, and where to look. */
export function describeFailure(error: unknown, logFile: string): FailureText {
  const failure = asFailure(error);
  const next = [...offers(failure), ...adviceFor(failure, logFile)];
  return { what: failure.code === 'unexpected' ? 'Something broke on our side.' : failure.message, next };
}

/** `details.nearest`: names that were nearly typed. `details.next`: what the thrower advises. */
function offers({ details }: Failure): string[] {
  const nearest = textsOf(details.nearest);
  return [...(nearest.length === 0 ? [] : [`Did you mean ${nearest.join(', ')}?`]), ...textsOf(details.next)];
}

function adviceFor(failure: Failure, logFile: string): string[] {
  switch (failure.kind) {
    case 'transient':
      return ['It is tried again by itself; nothing for you to do.'];
    case 'system':
      return [`Details are in ${logFile}; please report it with that file.`];
    default:
      return [];
  }
}

function textsOf(value: unknown): string[] {
  const values = Array.isArray(value) ? value : [value];
  return values.filter((one): one is string => typeof one === 'string' && one !== '');
}

/** For chat: one paragraph, the code last so that it can be looked up. */
export function presentFailure(error: unknown, logFile: string): string {
  const { what, next } = describeFailure(error, logFile);
  return [what, ...next, `(${asFailure(error).code})`].join('\n  ');
}
