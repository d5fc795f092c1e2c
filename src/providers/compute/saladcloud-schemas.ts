import { z } from 'zod';

/**
 * Only the fields that are used; what the vendor may leave out is nullish, what it may add is dropped (environment
 * variables of a group hold signed URLs).
 * Source: SaladTechnologies/salad-cloud-docs, api-specs/salad-cloud.yaml, 0.9.0-alpha.17
 */
const count = z.number().int().nonnegative();

/** A price is a decimal string, in US dollars an hour. One that is none takes its priority off the market, no more. */
const classPrice = z
  .object({ priority: z.string(), price: z.string().regex(/^\d{1,6}(\.\d{1,10})?$/) })
  .nullable()
  .catch(null);

export const gpuClassSchema = z.object({
  // Whatever its version: one class with an odd one must not take the others off the market.
  id: z.guid(),
  name: z.string(),
  prices: z.array(classPrice),
  gpu_count: count.nullish(),
  /** Megabytes. */
  min_ram: count.nullish(),
  max_ram: count.nullish(),
  min_vcpu: count.nullish(),
  max_vcpu: count.nullish(),
  /** Bytes. */
  min_storage: count.nullish(),
  max_storage: count.nullish(),
});
export type GpuClass = z.output<typeof gpuClassSchema>;
export const gpuClassesSchema = z.object({ items: z.array(gpuClassSchema) });

/** An estimate, no reservation. */
export const availabilitySchema = z.object({
  available_gpu_high: count.nullish(),
  available_gpu_medium: count.nullish(),
  available_gpu_low: count.nullish(),
  available_gpu_batch: count.nullish(),
});
export type Availability = z.output<typeof availabilitySchema>;

export const quotasSchema = z.object({
  container_groups_quotas: z.object({ container_replicas_quota: count, container_replicas_used: count }),
});
export type Quotas = z.output<typeof quotasSchema>['container_groups_quotas'];

export const groupSchema = z.object({
  name: z.string(),
  display_name: z.string().nullish(),
  container: z.object({
    image: z.string().nullish(),
    resources: z.object({ gpu_classes: z.array(z.string()).nullish() }).nullish(),
    /** Moved to the top level of answers in newer versions. */
    priority: z.string().nullish(),
  }),
  priority: z.string().nullish(),
  replicas: count.nullish(),
  current_state: z.object({
    status: z.string(),
    description: z.string().nullish(),
    instance_status_counts: z.object({ running_count: count.nullish() }).nullish(),
  }),
  create_time: z.iso.datetime({ offset: true }).nullish().catch(null),
});
export type Group = z.output<typeof groupSchema>;
export const groupsSchema = z.object({ items: z.array(groupSchema) });

export const instanceSchema = z.object({
  machine_id: z.string().nullish(),
  state: z.string(),
  pulling_progress: z.number().nullish(),
});
export type GroupInstance = z.output<typeof instanceSchema>;
export const instancesSchema = z.object({ instances: z.array(instanceSchema) });

/** The newest 50, in no order that is promised. */
export const eventSchema = z.object({
  event_name: z.string(),
  event_time: z.iso.datetime({ offset: true }),
  machine_id: z.string().nullish(),
});
export type GroupEvent = z.output<typeof eventSchema>;
export const eventsSchema = z.object({ items: z.array(eventSchema) });
