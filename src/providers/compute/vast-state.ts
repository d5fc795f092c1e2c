import type { Instance } from './contract.ts';
import { hideSignatures } from './hide-links.ts';
import { untoldPriceUsd } from './untold-price.ts';
import type { VastInstance } from './vast-schemas.ts';

type Trouble = NonNullable<Instance['trouble']>;

/** How long a machine may stay as it is before it is given up. */
export type VastPatience = {
  /** Not a word of progress while it starts. Pulls tell each layer. */
  startingMs: number;
  /** Made, but not begun. */
  createdMs: number;
  /** Its host is silent. */
  unknownMs: number;
  /** Its host is away. */
  offlineMs: number;
  rebootMs: number;
};

/** Ours, after what operators tell; Vast.ai names no times. */
export const vastPatience: VastPatience = {
  startingMs: 600_000,
  createdMs: 300_000,
  unknownMs: 180_000,
  offlineMs: 300_000,
  rebootMs: 300_000,
};

/** Words after which a container never comes up. Source: dstack, backends/vastai. */
const failedWords = /error|OCI runtime create failed|failed to set up container/i;
/** Nobody's machine can fetch this image. Source: the Docker registry's and daemon's own words. */
const noImageWords =
  /manifest unknown|manifest for .* not found|pull access denied|repository does not exist|invalid reference format|no matching manifest/i;
const shownCharacters = 200;

const troubles = {
  imageMissing: {
    code: 'compute.image_missing',
    message: 'The container image cannot be fetched; look at its name and whether it is public.',
  },
  startFailed: { code: 'compute.start_failed', message: 'The machine cannot start the container.' },
  stalled: { code: 'compute.stalled', message: 'The machine makes no progress in starting.' },
  interrupted: { code: 'compute.interrupted', message: 'The machine was taken away; somebody bid more.' },
  noCredit: {
    code: 'compute.no_credit',
    message: 'Vast.ai stopped the machine; the account has no credit left.',
  },
  stopped: { code: 'compute.interrupted', message: 'Vast.ai stopped the machine.' },
  exited: { code: 'compute.exited', message: 'The main process of the machine ended before its time.' },
  lost: { code: 'compute.node_lost', message: 'The host of the machine is away.' },
} as const satisfies Record<string, Trouble>;

/** Of which states a machine costs its disk alone. Source: docs.vast.ai, "Billing"; whether `exited` is one is unsure. */
const diskOnly = new Set(['stopped', 'scheduling']);
const startingStates = new Set(['created', 'loading', 'rebooting', 'recycling']);

/** The status of Vast.ai in our words; one that is new to us counts as running and goes by its heartbeat. */
export function stateOf({ actual_status: status }: VastInstance): Instance['state'] {
  return status == null || startingStates.has(status) ? 'starting' : 'running';
}

/** $/h as the machine is now; until it runs, as it will be. One that runs and has no price is taken for a dear one. */
export function priceOf(instance: VastInstance): number {
  const { actual_status: status, dph_base: gpu, dph_total: total, storage_total_cost: disk } = instance;
  const untold = stateOf(instance) === 'running' ? untoldPriceUsd : 0;
  const whole = total ?? (gpu == null ? untold : gpu + (disk ?? 0));
  return diskOnly.has(status ?? '') ? Math.min(disk ?? whole, whole) : whole;
}

/**
 * Why a machine will not come up, or not again.
 * Source: vast-cli, SKILL.md and docs.vast.ai, "Hello world" (statuses); the rest as named above.
 * @param unchangedMs since its status and message last changed @param hasCredit false: the account is empty
 */
export function troubleOf(
  instance: VastInstance,
  { unchangedMs, hasCredit, patience }: { unchangedMs: number; hasCredit: boolean; patience: VastPatience },
): Trouble | null {
  const words = instance.status_msg ?? '';
  const after = (limitMs: number, trouble: Trouble) => (unchangedMs > limitMs ? trouble : null);
  switch (instance.actual_status ?? 'provisioning') {
    case 'provisioning':
    case 'loading':
      return brokenStart(words) ?? after(patience.startingMs, troubles.stalled);
    case 'created':
      return brokenStart(words) ?? after(patience.createdMs, troubles.stalled);
    case 'rebooting':
    case 'recycling':
      return after(patience.rebootMs, troubles.stalled);
    case 'stopped':
    case 'scheduling':
      if (!hasCredit) return troubles.noCredit;
      return instance.intended_status === 'stopped' ? troubles.stopped : troubles.interrupted;
    case 'exited':
      return brokenStart(words) ?? troubles.exited;
    case 'frozen':
      return troubles.stopped;
    case 'offline':
      return after(patience.offlineMs, troubles.lost);
    case 'unknown':
      return after(patience.unknownMs, troubles.lost);
    default:
      return null;
  }
}

function brokenStart(words: string): Trouble | null {
  if (noImageWords.test(words)) return troubles.imageMissing;
  return failedWords.test(words) ? troubles.startFailed : null;
}

/** Their own words, for people. @returns null where there are none */
export function detailOf(instance: VastInstance): string | null {
  const said = [instance.actual_status, instance.status_msg].filter((part) => part != null && part !== '');
  const words = hideSignatures(said.join(': '))
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return words === '' ? null : words.slice(0, shownCharacters);
}
