import { classAnswer, eventsAnswer, groupAnswer, instanceAnswer, instancesAnswer } from './answers.ts';
import type { SaladGroup } from './group.ts';
import { answerLogs } from './logs.ts';
import { availabilityRequest, groupPatch, groupPrototype, parseBody } from './prototypes.ts';
import { SaladRefusal } from './settings.ts';
import type { SaladWorld } from './world.ts';

/** What a fault names. */
export type SaladRoute =
  | 'gpu-classes'
  | 'availability'
  | 'quotas'
  | 'create'
  | 'groups'
  | 'group'
  | 'patch'
  | 'delete'
  | 'start'
  | 'stop'
  | 'instances'
  | 'instance'
  | 'reallocate'
  | 'recreate'
  | 'restart'
  | 'events'
  | 'logs';

export type SaladRequest = {
  method: string;
  path: string;
  query: string;
  contentType: string;
  body: unknown;
};
export type SaladAnswer = { status: number; body?: unknown; headers?: Record<string, string> };
export type SaladCall = {
  route: SaladRoute;
  /** Of the group it is about. */
  group: string | null;
  run(): SaladAnswer;
};

const json = 'application/json';
const mergePatch = 'application/merge-patch+json';
const group = '([^/]+)';
/** What goes beyond it is left out without a word: there are no pages. */
const mostListed = 100;
type Handler = (world: SaladWorld, request: SaladRequest, found: SaladGroup) => SaladAnswer;

const table: [SaladRoute, string, string, Handler][] = [
  [
    'gpu-classes',
    'GET',
    'gpu-classes',
    (world) => ({ status: 200, body: { items: world.classes.map(classAnswer) } }),
  ],
  ['availability', 'POST', 'availability/sce-gpu-availability', answerAvailability],
  ['quotas', 'GET', 'quotas', answerQuotas],
  ['logs', 'POST', 'log-entries', (world, { body }) => ({ status: 200, body: answerLogs(world, body) })],
  ['groups', 'GET', 'P', (world) => ({ status: 200, body: { items: listed(world) } })],
  ['create', 'POST', 'P', create],
  ['group', 'GET', `P/${group}`, (world, _, found) => ({ status: 200, body: shown(world, found) })],
  ['patch', 'PATCH', `P/${group}`, patch],
  ['delete', 'DELETE', `P/${group}`, (_, __, found) => accepted(() => found.remove())],
  ['start', 'POST', `P/${group}/start`, (_, __, found) => accepted(() => found.start())],
  ['stop', 'POST', `P/${group}/stop`, (_, __, found) => accepted(() => found.stop())],
  [
    'instances',
    'GET',
    `P/${group}/instances`,
    (_, __, found) => ({ status: 200, body: instancesAnswer(found) }),
  ],
  // The specification says 202 for success.
  [
    'instance',
    'GET',
    `P/${group}/instances/([^/]+)`,
    (_, { path }, found) => ({ status: 202, body: instanceAnswer(instanceAt(found, path)) }),
  ],
  [
    'reallocate',
    'POST',
    `P/${group}/instances/([^/]+)/reallocate`,
    (_, { path }, found) => {
      instanceAt(found, path.replace(/\/reallocate$/, ''));
      return accepted(() => found.move('Instance Reallocated by User'));
    },
  ],
  [
    'recreate',
    'POST',
    `P/${group}/instances/([^/]+)/(?:recreate|restart)`,
    (_, { path }, found) => {
      instanceAt(found, path.replace(/\/[a-z]+$/, ''));
      return accepted(() => found.recreate());
    },
  ],
  ['events', 'GET', `P/${group}/system-logs`, (_, __, found) => ({ status: 200, body: eventsAnswer(found) })],
];

/** Finds what a request asks for. @throws SaladRefusal 404, 405 */
export function findCall(world: SaladWorld, request: SaladRequest): SaladCall {
  const { organization, project } = world.settings;
  const base = `/organizations/${organization}`;
  const containers = `projects/${project}/containers`;
  const matching = table.flatMap(([route, method, pattern, handler]) => {
    const full = `^${base}/${pattern.replace(/^P/, containers)}$`;
    const match = new RegExp(full).exec(request.path);
    return match === null ? [] : [{ route, method, handler, name: match[1] ?? null }];
  });
  if (matching.length === 0) throw new SaladRefusal(404, 'There is nothing here.');
  const chosen = matching.find(({ method }) => method === request.method);
  if (chosen === undefined) throw new SaladRefusal(405, 'Not this method.');
  requireForm(request);
  const { route, name, handler } = chosen;
  return { route, group: name, run: () => handler(world, request, groupAt(world, name)) };
}

function requireForm({ method, contentType, query, body }: SaladRequest): void {
  if (query !== '') throw new SaladRefusal(400, 'There are no parameters here.');
  const wanted = method === 'PATCH' ? mergePatch : json;
  if (body !== undefined && contentType !== wanted) throw new SaladRefusal(415, `Only ${wanted} is taken.`);
}

/** Where the path names none, nobody asks for it. */
function groupAt(world: SaladWorld, name: string | null): SaladGroup {
  const found = name === null ? world.groups()[0] : world.group(decodeURIComponent(name));
  if (found === undefined && name !== null) throw new SaladRefusal(404, 'There is no such container group.');
  return found as SaladGroup;
}

function answerAvailability(world: SaladWorld, { body }: SaladRequest): SaladAnswer {
  const wanted = parseBody(availabilityRequest, body);
  const free = wanted.gpu_classes.reduce((sum, id) => sum + world.freeMachines(world.classById(id).id), 0);
  const counts = {
    available_gpu_high: free,
    available_gpu_medium: free,
    available_gpu_low: free,
    available_gpu_batch: free,
  };
  return { status: 200, body: { ...counts, on_call_gpu: 0 } };
}

function answerQuotas(world: SaladWorld): SaladAnswer {
  return {
    status: 200,
    body: {
      container_groups_quotas: {
        container_replicas_quota: world.settings.quota,
        container_replicas_used: world.usedReplicas(),
        max_container_group_reallocations_per_minute: 10,
      },
    },
  };
}

function create(world: SaladWorld, { body, path }: SaladRequest): SaladAnswer {
  const made = world.create(parseBody(groupPrototype, body));
  return {
    status: 201,
    headers: { location: `${path}/${made.prototype.name}` },
    body: shown(world, made),
  };
}

function patch(world: SaladWorld, { body }: SaladRequest, found: SaladGroup): SaladAnswer {
  const wanted = parseBody(groupPatch, body);
  found.state.isScaling = wanted['scheduled-scaling-enabled'] ?? found.state.isScaling;
  found.state.scaling = wanted['scaling-actions'] ?? found.state.scaling;
  if (wanted.replicas !== undefined) found.scale(wanted.replicas);
  return { status: 200, headers: { 'content-type': mergePatch }, body: shown(world, found) };
}

function accepted(work: () => void): SaladAnswer {
  work();
  return { status: 202 };
}

function instanceAt({ state }: SaladGroup, path: string) {
  const id = path.split('/').at(-1);
  if (state.instance === null || state.instance.id !== id)
    throw new SaladRefusal(404, 'There is no such instance.');
  return state.instance;
}

function listed(world: SaladWorld) {
  const groups = world.groups().slice(0, mostListed);
  return groups.map((one) => shown(world, one));
}

function shown(world: SaladWorld, one: SaladGroup) {
  return groupAnswer(one, world.settings);
}
