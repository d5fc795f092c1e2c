import type { Instance } from './contract.ts';
import { readDisplayedPrice } from './saladcloud-group.ts';
import { dearestPrice, type Priority, priorities } from './saladcloud-market.ts';
import type { GpuClass, Group, GroupEvent, GroupInstance } from './saladcloud-schemas.ts';
import { untoldPriceUsd } from './untold-price.ts';

/** A runner that ends without a result is started again by the vendor, for ever and at our cost. */
const mostExits = 3;
const shownCharacters = 200;

const doing: Readonly<Record<string, string>> = {
  allocating: 'waiting for a machine',
  downloading: 'fetching the image',
  creating: 'starting the container',
  running: 'running',
  stopping: 'stopping',
};

/** Source: docs.salad.com, billing and deployment lifecycle */
const unbilled = new Set(['allocating', 'downloading', 'creating', 'stopping']);

/**
 * One group of ours as a machine. Its replica may be moved to another machine at any time; then it starts anew there.
 * @param instances null where they could not be read: the group's own counters must do
 */
export function machineOf(
  group: Group,
  seen: { instances: readonly GroupInstance[] | null; events: readonly GroupEvent[] },
  { provider, classes }: { provider: string; classes: readonly GpuClass[] },
): Instance {
  const instance = mostAlive(seen.instances ?? []);
  const events = [...seen.events].sort((one, other) => timeOf(other) - timeOf(one));
  return {
    id: group.name,
    provider,
    key: group.name,
    state: stateOf(group, seen.instances),
    startedAt: typeof group.create_time === 'string' ? new Date(group.create_time) : null,
    pricePerHourUsd: priceOfGroup(group, classes),
    node: instance?.machine_id ?? null,
    trouble: troubleOf(group, events),
    detail: detailOf(group, instance, events),
  };
}

/** Only what runs is billed; a state that is new to us counts as if it did. */
function stateOf(group: Group, instances: readonly GroupInstance[] | null): Instance['state'] {
  const states = instances?.map(({ state }) => state) ?? [];
  const running = instances === null ? (group.current_state.instance_status_counts?.running_count ?? 0) : 0;
  if (states.some((state) => !unbilled.has(state)) || running > 0) return 'running';
  if (isEnding(group) || (states.length > 0 && states.every((state) => state === 'stopping')))
    return 'stopping';
  return 'starting';
}

/** Nothing of it comes up again by itself. */
function isEnding({ replicas, current_state }: Group): boolean {
  return replicas === 0 || ['stopped', 'succeeded'].includes(current_state.status);
}

function troubleOf(group: Group, events: readonly GroupEvent[]): Instance['trouble'] {
  const said = shorten(group.current_state.description ?? '');
  if (group.current_state.status === 'failed') {
    const reason = said === '' ? '' : ` It says: ${said}`;
    const message = `SaladCloud could not prepare the image ${shorten(group.container.image ?? '')}.${reason}`;
    return { code: 'compute.image_missing', message };
  }
  if (isEnding(group)) {
    return {
      code: 'compute.interrupted',
      message: 'SaladCloud has ended the machine (its time was over, the credit used up, or by hand).',
    };
  }
  const startFailure = events.find(({ event_name }) => /^(Instance )?Start ?Failure/i.test(event_name));
  const exits = exitsOf(events);
  if (exits.length >= mostExits) {
    return {
      code: 'compute.keeps_ending',
      message: `The container on SaladCloud ended ${exits.length} times (last with status ${exits[0]}) and was started again each time.`,
    };
  }
  if (startFailure === undefined || hasRunSince(startFailure, events)) return null;
  return {
    code: 'compute.start_failed',
    message: `SaladCloud could not start the container: ${shorten(startFailure.event_name)}.`,
  };
}

/** Exit codes, the newest first. The feed of events is the only place that has them. */
function exitsOf(events: readonly GroupEvent[]): string[] {
  return events.flatMap(({ event_name }) => /^Instance Exited:\s*(-?\d+)/.exec(event_name)?.[1] ?? []);
}

function hasRunSince(event: GroupEvent, events: readonly GroupEvent[]): boolean {
  return events.some((one) => one.event_name === 'Instance Running' && timeOf(one) > timeOf(event));
}

function detailOf(
  group: Group,
  instance: GroupInstance | null,
  events: readonly GroupEvent[],
): string | null {
  const progress = instance?.state === 'downloading' ? instance.pulling_progress : null;
  const parts = [
    instance === null ? group.current_state.status : (doing[instance.state] ?? shorten(instance.state)),
    typeof progress === 'number' ? `${Math.round(progress)} %` : null,
    interruptionOf(events),
  ];
  return parts.filter((part) => part !== null).join(', ');
}

/** The last time that the vendor took the machine away. */
function interruptionOf(events: readonly GroupEvent[]): string | null {
  const found = events.find(({ event_name }) => /^Instance (Interrupted|Reallocated)/.test(event_name));
  return found === undefined ? null : `last interruption: ${shorten(found.event_name)}`;
}

function mostAlive(instances: readonly GroupInstance[]): GroupInstance | null {
  const order = ['running', 'creating', 'downloading', 'allocating'];
  const rank = ({ state }: GroupInstance) => (order.includes(state) ? order.indexOf(state) : order.length);
  return [...instances].sort((one, other) => rank(one) - rank(other))[0] ?? null;
}

/** What the vendor says, else what it said at the start, else more than any class costs. */
function priceOfGroup(group: Group, classes: readonly GpuClass[]): number {
  const classIds = group.container.resources?.gpu_classes ?? [];
  return (
    dearestPrice(classes, classIds, priorityOf(group)) ??
    readDisplayedPrice(group.display_name ?? '') ??
    untoldPriceUsd
  );
}

/** Left out, the vendor takes the dearest. */
function priorityOf(group: Group): Priority {
  const word = group.priority ?? group.container.priority;
  return priorities.find((one) => one === word) ?? 'high';
}

function timeOf({ event_time }: GroupEvent): number {
  return Date.parse(event_time);
}

/** The vendor's words are for people to read, and no more of them than fits a line. */
function shorten(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, shownCharacters);
}
