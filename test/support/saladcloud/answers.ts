import type { SaladGroup } from './group.ts';
import { type SaladClass, saladPriorities } from './settings.ts';

const mostEvents = 50;

export function classAnswer({ id, name, prices }: SaladClass) {
  return {
    id,
    name,
    gpu_class_type: 'community',
    is_high_demand: false,
    prices: saladPriorities.map((priority) => ({ priority, price: String(prices[priority]) })),
  };
}

/** Priority stands at the top; credentials of registries would not be echoed. */
export function groupAnswer(group: SaladGroup, place: { organization: string; project: string }) {
  const { prototype, state } = group;
  const { priority: _, ...container } = prototype.container;
  return {
    id: group.id,
    name: prototype.name,
    display_name: prototype.display_name ?? prototype.name,
    organization_name: place.organization,
    project_name: place.project,
    container,
    priority: group.priority,
    autostart_policy: prototype.autostart_policy,
    restart_policy: prototype.restart_policy,
    replicas: state.replicas,
    country_codes: prototype.country_codes ?? [],
    pending_change: false,
    version: 1,
    create_time: group.createdAt.toISOString(),
    update_time: group.createdAt.toISOString(),
    'scheduled-scaling-enabled': state.isScaling,
    'scaling-actions': state.scaling,
    current_state: {
      status: state.status,
      description: state.description,
      start_time: group.createdAt.toISOString(),
      finish_time: group.createdAt.toISOString(),
      instance_status_counts: {
        allocating_count: countOf(group, 'allocating'),
        creating_count: countOf(group, 'creating'),
        running_count: countOf(group, 'running'),
        stopping_count: countOf(group, 'stopping'),
      },
    },
  };
}

export function instancesAnswer({ state }: SaladGroup) {
  if (state.instance === null) return { instances: [] };
  return { instances: [instanceAnswer(state.instance)] };
}

export function instanceAnswer(instance: NonNullable<SaladGroup['state']['instance']>) {
  return {
    id: instance.id,
    machine_id: instance.machineId,
    state: instance.state,
    update_time: instance.updatedAt.toISOString(),
    version: 1,
    ...(instance.state === 'downloading' ? { pulling_progress: instance.progress } : {}),
  };
}

export function eventsAnswer(group: SaladGroup) {
  return {
    items: group
      .events()
      .slice(-mostEvents)
      .reverse()
      .map(({ name, at, instanceId, machineId }) => ({
        event_name: name,
        event_time: at.toISOString(),
        version: '1',
        ...(instanceId === null ? {} : { instance_id: instanceId, machine_id: machineId }),
        resource_cpu: group.prototype.container.resources.cpu,
        resource_memory: group.prototype.container.resources.memory,
        resource_gpu_class: '',
        resource_storage_amount: group.prototype.container.resources.storage_amount ?? 0,
      })),
  };
}

function countOf({ state }: SaladGroup, wanted: string): number {
  return state.instance?.state === wanted ? 1 : 0;
}
