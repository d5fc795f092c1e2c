import { z } from 'zod';

const amount = z.number().nonnegative();
const id = z.number().int().nonnegative();

/**
 * One row of a search. Prices: `dph_base` $/h of the GPU, `dph_total` with the disk that was asked for, `min_bid` $/h,
 * `storage_cost` $/GB/month, `inet_*_cost` $/GB. `gpu_ram`, `cpu_ram` in MB, `inet_down` in Mbit/s, `duration` in seconds.
 * Source: vast-ai/docs, api-reference/openapi/yaml/search_offers.yaml; vast-cli, vastai/data/query.
 */
export const vastOfferSchema = z.object({
  id,
  machine_id: id,
  gpu_name: z.string().min(1),
  num_gpus: z.number().int().positive(),
  gpu_ram: amount,
  gpu_frac: z.number().nullish(),
  cpu_cores_effective: amount.nullish(),
  cpu_ram: amount,
  disk_space: amount,
  dph_base: amount,
  dph_total: amount,
  min_bid: amount.nullish(),
  storage_cost: amount,
  inet_down_cost: amount,
  inet_up_cost: amount,
  inet_down: amount.nullish(),
  duration: amount.nullish(),
  reliability: z.number().nullish(),
  reliability2: z.number().nullish(),
  rentable: z.boolean().nullish(),
});
export type VastOffer = z.output<typeof vastOfferSchema>;

export const vastSearchSchema = z.object({ offers: z.array(z.unknown()) });

/** The answer also holds a key of the machine, which nobody here needs to know. */
export const vastCreatedSchema = z.object({ new_contract: id });

/**
 * A machine. What it was started with (`image_args`, `onstart`, `extra_env`) holds signed URLs, so it is not read.
 * Source: vast-ai/docs, api-reference/openapi/yaml/show_instances.yaml
 */
export const vastInstanceSchema = z.object({
  id,
  label: z.string().nullish(),
  machine_id: id.nullish(),
  actual_status: z.string().nullish(),
  intended_status: z.string().nullish(),
  status_msg: z.string().nullish(),
  /** Seconds since 1970. */
  start_date: z.number().nullish(),
  dph_base: amount.nullish(),
  dph_total: amount.nullish(),
  storage_total_cost: amount.nullish(),
});
export type VastInstance = z.output<typeof vastInstanceSchema>;

export const vastInstancesSchema = z.object({
  instances: z.array(vastInstanceSchema),
  next_token: z.string().nullish(),
  /** That pass the filters. */
  instances_found: z.number().nullish(),
  /** Of the account. */
  total_instances: z.number().nullish(),
});

export type VastInstances = z.output<typeof vastInstancesSchema>;

export const vastTakenSchema = z.object({ success: z.literal(true) });

/** `credit` is what can be spent. Source: vast-ai/docs, api-reference, "show user"; its guides read `credit`. */
export const vastUserSchema = z
  .object({
    credit: z.number().nullish(),
    balance: z.number().nullish(),
    autobill_amount: z.number().nullish(),
    autobill_threshold: z.number().nullish(),
  })
  .refine((user) => user.credit != null || user.balance != null, 'neither credit nor balance');

/** Sums per contract; `amount` is rounded to a tenth of a cent, the items are not. Times in seconds since 1970. */
export const vastChargesSchema = z.object({
  results: z.array(
    z.object({
      end: z.number().nullish(),
      amount: z.number(),
      metadata: z.object({ label: z.string().nullish() }).nullish(),
      items: z.array(z.object({ amount: z.number() })).nullish(),
    }),
  ),
  next_token: z.string().nullish(),
});
export type VastCharges = z.output<typeof vastChargesSchema>;
