import { z } from 'zod';
import { SaladRefusal, saladPriorities } from './settings.ts';

/** What requests may hold; anything else is refused. Source: api-specs/salad-cloud.yaml, 0.9.0-alpha.17 */
export const namePattern = /^[a-z][a-z0-9-]{0,61}[a-z0-9]$/;
const gib = 2 ** 30;

const times = {
  initial_delay_seconds: z.number().int().min(0).max(1_200),
  period_seconds: z.number().int().min(1).max(120),
  timeout_seconds: z.number().int().min(1).max(60),
  success_threshold: z.number().int().min(1).max(10),
  failure_threshold: z.number().int().min(1).max(20),
};
const probe = z.strictObject({
  exec: z.strictObject({ command: z.array(z.string().min(1)).min(1) }),
  ...times,
});

/** Minute, hour, day of the month, month, day of the week; each a number in its range, or all. */
const cronRanges: readonly (readonly [least: number, most: number])[] = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
];
const cron = z.string().refine((line) => {
  const fields = line.split(' ');
  const isInRange = (field: string, index: number) => {
    const [least, most] = cronRanges[index] ?? [0, -1];
    return field === '*' || (/^\d{1,2}$/.test(field) && Number(field) >= least && Number(field) <= most);
  };
  return fields.length === cronRanges.length && fields.every(isInRange);
}, 'a cron line of five fields');
const scalingActions = z.array(
  z.strictObject({ schedule: cron, replicas: z.number().int().min(0).max(500) }),
);

const resources = z.strictObject({
  cpu: z.number().int().min(1).max(1_024),
  memory: z.number().int().min(1_024),
  gpu_classes: z.array(z.uuid()).max(100).optional(),
  storage_amount: z
    .number()
    .int()
    .min(gib)
    .max(250 * gib)
    .optional(),
  shm_size: z.number().int().min(64).optional(),
});

export const groupPrototype = z.strictObject({
  name: z.string().regex(namePattern),
  display_name: z
    .string()
    .regex(/^[ ,-.0-9A-Za-z]{2,63}$/)
    .optional(),
  replicas: z.number().int().min(0).max(500),
  restart_policy: z.enum(['always', 'on_failure', 'never']),
  autostart_policy: z.boolean(),
  country_codes: z
    .array(z.string().regex(/^[a-z]{2}$/))
    .min(1)
    .max(500)
    .optional(),
  container: z.strictObject({
    image: z.string().min(1).max(2_048),
    resources,
    command: z.array(z.string().min(1).max(1_000)).max(100).optional(),
    environment_variables: z.record(z.string().min(1), z.string().min(1).max(1_000)).optional(),
    priority: z.enum(saladPriorities as ['high', 'medium', 'low', 'batch']).optional(),
    image_caching: z.boolean().optional(),
  }),
  liveness_probe: probe.optional(),
  startup_probe: probe.optional(),
  readiness_probe: probe.optional(),
  'scheduled-scaling-enabled': z.boolean().optional(),
  'scaling-actions': scalingActions.optional(),
});
export type GroupPrototype = z.output<typeof groupPrototype>;

/** The part of a patch that is played here; the others would change the container. */
export const groupPatch = z.strictObject({
  replicas: z.number().int().min(0).max(500).optional(),
  'scheduled-scaling-enabled': z.boolean().optional(),
  'scaling-actions': scalingActions.optional(),
});

export const availabilityRequest = z.strictObject({
  gpu_classes: z.array(z.uuid()).min(1),
  cpu: z.number().int().min(1).optional(),
  memory: z.number().int().min(1_024).optional(),
  storage_amount: z.number().int().min(gib).optional(),
  country_codes: z.array(z.string().regex(/^[a-z]{2}$/)).optional(),
});

export const logRequest = z.strictObject({
  start_time: z.iso.datetime(),
  end_time: z.iso.datetime(),
  query: z.string().max(20_000),
  page_size: z.number().int().min(1).max(100),
  sort_order: z.enum(['asc', 'desc']).optional(),
});

export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new SaladRefusal(400, `The request is not valid: ${z.prettifyError(parsed.error)}`);
}
