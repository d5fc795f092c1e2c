import { randomBytes } from 'node:crypto';

const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789';

/** An id as Slack's: a letter that tells the kind, then ten random letters and digits, `C0A1B2C3D4E`. */
export function makeId(prefix: string): string {
  const rest = [...randomBytes(10)].map((byte) => letters[byte % letters.length]).join('');
  return `${prefix}${rest}`;
}

export function makeSecret(sizeBytes: number): string {
  return randomBytes(sizeBytes).toString('hex');
}

export type TimestampClock = {
  /** A message's id, `seconds.micros6`; each is later than all before it. */
  next(): string;
  /** No later id is below this one. */
  atLeast(ts: string): void;
};

export function createTimestampClock(now: () => Date): TimestampClock {
  let lastMicros = 0;
  return {
    next() {
      lastMicros = Math.max(now().getTime() * 1000, lastMicros + 1);
      return formatTs(lastMicros);
    },
    atLeast(ts) {
      lastMicros = Math.max(lastMicros, Math.round(Number(ts) * 1_000_000));
    },
  };
}

function formatTs(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000);
  return `${seconds}.${String(micros % 1_000_000).padStart(6, '0')}`;
}
