import type { FlowsFor } from '../domain/command-results.ts';
import { SystemFailure } from '../domain/errors.ts';
import type { ObjectStore } from '../providers/objects/contract.ts';
import type { StatePort } from '../state/port.ts';

/** The same port; what it throws is considered, and thrown on. */
export function guardState(state: StatePort, consider: (error: unknown) => void): StatePort {
  const considered = <T>(answer: Promise<T>): Promise<T> =>
    answer.catch((error: unknown) => {
      consider(error);
      throw error;
    });
  return {
    call: (name, args, answer) => considered(state.call(name, args, answer)),
    ping: () => considered(state.ping()),
  };
}

/** The same store; what a put throws is considered, and thrown on: it may be for want of space. */
export function guardObjects(objects: ObjectStore, consider: (error: unknown) => void): ObjectStore {
  return {
    ...objects,
    put: (key, body, options) =>
      objects.put(key, body, options).catch((error: unknown) => {
        consider(error);
        throw error;
      }),
  };
}

/** The same flows. The chats still answer for a moment, so whoever asks just then hears why nothing happens. */
export function guardFlows(flowsFor: FlowsFor, signal: AbortSignal): FlowsFor {
  return (actor) =>
    new Proxy(flowsFor(actor), {
      get(flows, name, receiver) {
        const flow: unknown = Reflect.get(flows, name, receiver);
        if (!signal.aborted || typeof flow !== 'function') return flow;
        return async () => {
          throw stoppedFailure(signal.reason);
        };
      },
    });
}

function stoppedFailure(reason: unknown): SystemFailure {
  const why = reason instanceof Error ? ` ${reason.message}` : '';
  return new SystemFailure(`The agent has made an emergency stop and takes nothing on any more:${why}`, {
    code: 'agent.emergency_stop',
    scope: 'process',
    cause: reason,
  });
}
