import { SystemFailure } from '../../domain/errors.ts';
import type { StartSpec } from './contract.ts';
import { bootCommand, bootVariables } from './runner-boot.ts';
import type { Priority } from './saladcloud-market.ts';

const mib = 2 ** 20;
const minuteMs = 60_000;

/** Source: api-specs/salad-cloud.yaml, names of container groups */
const groupName = /^[a-z][a-z0-9-]{0,61}[a-z0-9]$/;
/** The default of 64 MB kills the data loaders of PyTorch. */
const mostSharedMemoryMb = 8_192;
const leastStorageBytes = 2 ** 30;

/**
 * `stay.py` touches its file every 15 s; a machine that cannot do even that for ten minutes (disk full or gone, starved of
 * memory) is changed for another one. Only a file that is there and old says so: a probe that cannot look must not end a
 * training.
 */
const livenessProbe = {
  exec: { command: ['sh', '-c', 'test -z "$(find "$(printenv TMPDIR || echo /tmp)/ka-alive" -mmin +10)"'] },
  initial_delay_seconds: 900,
  period_seconds: 60,
  timeout_seconds: 30,
  success_threshold: 1,
  failure_threshold: 5,
} as const;

/** The vendor does not say in which time zone it reads schedules; none is further than 14 hours from UTC. */
const farthestZoneMs = 14 * 60 * minuteMs;

/**
 * What is sent to create a group: one replica that runs one job sheet. Its name is the key, so that the same order given
 * twice makes one machine.
 * Source: api-specs/salad-cloud.yaml, ContainerGroupPrototype
 * @throws SystemFailure `compute.bad_key`, `compute.incomplete_start`, `compute.start_too_long`
 */
export function groupRequest(
  spec: StartSpec,
  wanted: { classId: string; priority: Priority; countries: readonly string[] },
  now: Date,
) {
  const { offer, image, key } = spec;
  if (!groupName.test(key))
    throw refused('compute.bad_key', 'A machine on SaladCloud needs a key that can name it.');
  if (image === null) throw refused('compute.incomplete_start', 'A rented machine needs a container image.');
  const variables = bootVariables(spec, now);
  if (variables === null)
    throw refused(
      'compute.start_too_long',
      'The links for a rented machine are longer than SaladCloud takes.',
    );
  const memory = Math.ceil(offer.memoryBytes / mib);
  return {
    name: key,
    display_name: displayName(offer.pricePerHourUsd),
    container: {
      image,
      resources: {
        cpu: offer.cpuCores,
        memory,
        gpu_classes: [wanted.classId],
        storage_amount: Math.max(leastStorageBytes, Math.ceil(spec.diskBytes)),
        shm_size: Math.min(mostSharedMemoryMb, Math.floor(memory / 2)),
      },
      command: bootCommand(),
      environment_variables: variables,
      // Left out, it is the dearest.
      priority: wanted.priority,
    },
    autostart_policy: true,
    restart_policy: 'on_failure',
    replicas: 1,
    ...(wanted.countries.length === 0 ? {} : { country_codes: wanted.countries }),
    liveness_probe: livenessProbe,
    'scheduled-scaling-enabled': true,
    'scaling-actions': deadManActions(new Date(now.getTime() + spec.maxLifeSeconds * 1_000)),
  };
}

/** For people in the portal, and for us where the vendor does not say its prices. */
function displayName(pricePerHourUsd: number): string {
  return `Kaggle Agent, ${pricePerHourUsd.toFixed(4)} USD per hour`;
}

/** @returns null for a name of another form */
export function readDisplayedPrice(name: string): number | null {
  const price = /^Kaggle Agent, (\d{1,6}\.\d{4}) USD per hour$/.exec(name)?.[1];
  return price === undefined ? null : Number(price);
}

/**
 * The switch for the day on which nobody is left to end the machine: at `until`, and once more when it is that time in
 * every zone that the schedule may be read in. That it works is not confirmed by the vendor; prepaid credit without
 * automatic recharge is the last line.
 * Source: api-specs/salad-cloud.yaml, scaling-actions
 */
export function deadManActions(until: Date): { schedule: string; replicas: 0 }[] {
  const minute = new Date(Math.ceil(until.getTime() / minuteMs) * minuteMs);
  return [minute, new Date(minute.getTime() + farthestZoneMs)].map((at) => ({
    schedule: `${at.getUTCMinutes()} ${at.getUTCHours()} ${at.getUTCDate()} ${at.getUTCMonth() + 1} *`,
    replicas: 0,
  }));
}

function refused(code: string, message: string): SystemFailure {
  return new SystemFailure(message, { code, details: { surelyNothingHappened: true } });
}
