const burst = 10;
const refillEveryMs = 6_000;
/** More addresses than that, and the oldest are forgotten: memory is bounded whoever knocks. */
const mostAddresses = 10_000;

export type LoginLimit = {
  /** Seconds to wait; 0 where this address may try. */
  waitSeconds(address: string): number;
  failed(address: string): void;
};

/** Ten wrong passwords at once from one address, then one each six seconds. */
export function createLoginLimit(nowMs: () => number = () => performance.now()): LoginLimit {
  /** When the address has all its tries back; in the order of the last failure. */
  const fullAtMs = new Map<string, number>();

  const debtMs = (address: string): number => Math.max(0, (fullAtMs.get(networkOf(address)) ?? 0) - nowMs());

  return {
    waitSeconds(address) {
      const overMs = debtMs(address) - (burst - 1) * refillEveryMs;
      return overMs > 0 ? Math.ceil(overMs / 1000) : 0;
    },
    failed(address) {
      const network = networkOf(address);
      const next = nowMs() + debtMs(address) + refillEveryMs;
      fullAtMs.delete(network);
      fullAtMs.set(network, next);
      const [oldest] = fullAtMs.keys();
      if (fullAtMs.size > mostAddresses && oldest !== undefined) fullAtMs.delete(oldest);
    },
  };
}

/** Who has one IPv6 address has 2^64 of them. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!plain.includes(':')) return plain;
  const [head = ''] = plain.split('::');
  return head.split(':').slice(0, 4).join(':');
}
