/** Vast.ai's month. Source: vast-ai/docs, search_offers.yaml: 0.149333 $/GB/month x 10 GB / 720 = its `diskHour`. */
const hoursPerMonth = 720;
const bytesPerGb = 1e9;
/** Source: vast-ai/docs, create_instance.yaml, `disk`. */
const leastDiskGb = 8;
/** A bid at the floor is outbid by the first who comes; so much above it is our guess of what holds for hours. */
const bidMargin = 0.15;
/** Bids are in tenths of a thousandth of a dollar here; Vast.ai takes from 0.001 on. */
const bidStep = 10_000;
const leastBidUsd = 0.001;

/** What a machine costs once it is there may differ so much from its offer: they round, and count the disk anew. */
const slack = { share: 0.01, usd: 0.0001 };

/** What is promised for an offer, and so fits under the caps also where the machine costs a little more. In $/h. */
export function promisedUsd(offered: number): number {
  return offered * (1 + slack.share) + slack.usd;
}

/** What an offer may cost at most whose promise stays within that. In $/h. */
export function offeredWithin(promised: number): number {
  return (promised - slack.usd) / (1 + slack.share);
}

/** A machine's disk in the whole gigabytes that are ordered and billed. @param bytes with the image's own room */
export function diskGbFor(bytes: number): number {
  return Math.max(leastDiskGb, Math.ceil(bytes / bytesPerGb));
}

/** @param storageCost $/GB/month */
export function diskPerHourUsd(storageCost: number, diskGb: number): number {
  return (storageCost * diskGb) / hoursPerMonth;
}

/** Both ways are billed by the byte. Costs in $/GB. */
export function transferUsd(
  bytes: { download: number; upload: number },
  costs: { download: number; upload: number },
): number {
  return (bytes.download * costs.download + bytes.upload * costs.upload) / bytesPerGb;
}

/**
 * What to bid an hour for a machine.
 * @param minBid the floor of this machine @param most what the GPU may cost, without its disk
 * @returns null where the floor is above it
 */
export function bidFor(minBid: number, most: number): number | null {
  const floor = Math.max(minBid, leastBidUsd);
  if (floor > most) return null;
  const bid = Math.min(floor * (1 + bidMargin), most);
  // Down to the step, but never under the floor.
  return Math.max(Math.floor(bid * bidStep) / bidStep, floor);
}
