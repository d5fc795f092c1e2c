import type { LifecycleRule } from '@aws-sdk/client-s3';
import { z } from 'zod';
import type { LifecycleRules } from './lifecycle.ts';

const ownPrefix = 'kaggle-agent-';

/**
 * Our rules as those of a bucket. S3 lets an earlier state go when both of its conditions hold, so age and number
 * take a rule each; where several rules fit, the first that is due counts.
 * Source: Amazon S3 API reference, `NoncurrentVersionExpiration`.
 */
export function bucketRules(rules: LifecycleRules): LifecycleRule[] {
  const everything = { Prefix: '' };
  return [
    {
      ID: `${ownPrefix}older-versions`,
      Status: 'Enabled',
      Filter: everything,
      NoncurrentVersionExpiration: { NoncurrentDays: rules.olderVersionDays },
      // What is left of a removed object once its earlier states are gone.
      Expiration: { ExpiredObjectDeleteMarker: true },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: rules.unfinishedUploadDays },
    },
    {
      ID: `${ownPrefix}many-versions`,
      Status: 'Enabled',
      Filter: everything,
      NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: rules.olderVersionsKept },
    },
    {
      ID: `${ownPrefix}scratch`,
      Status: 'Enabled',
      Filter: { Prefix: rules.scratchPrefix },
      Expiration: { Days: rules.scratchDays },
      NoncurrentVersionExpiration: { NoncurrentDays: 1 },
    },
  ];
}

/** @returns what is to be stored, others' rules included; null where the bucket has ours already */
export function mergedRules(
  found: readonly LifecycleRule[],
  wanted: readonly LifecycleRule[],
): LifecycleRule[] | null {
  const own = found.filter(isOwn);
  const isSame =
    own.length === wanted.length &&
    wanted.every((rule) => own.some((other) => canonical(other) === canonical(rule)));
  return isSame ? null : [...found.filter((rule) => !isOwn(rule)), ...wanted];
}

/** Somebody's rule that would remove what belongs to a competition's record. @returns its name */
export function dangerousRule(found: readonly LifecycleRule[], rules: LifecycleRules): string | null {
  const dangerous = found.find((rule) => {
    const expires = rule.Expiration?.Days !== undefined || rule.Expiration?.Date !== undefined;
    const prefix = rule.Filter?.Prefix ?? rule.Filter?.And?.Prefix ?? '';
    return rule.Status === 'Enabled' && expires && !prefix.startsWith(rules.scratchPrefix);
  });
  return dangerous === undefined ? null : (dangerous.ID ?? 'without a name');
}

function isOwn({ ID = '' }: LifecycleRule): boolean {
  return ID.startsWith(ownPrefix);
}

const shape = z.object({
  ID: z.string(),
  Status: z.string(),
  Filter: z.object({ Prefix: z.string().default('') }).default({ Prefix: '' }),
  Expiration: z
    .object({ Days: z.number().optional(), ExpiredObjectDeleteMarker: z.boolean().optional() })
    .optional(),
  NoncurrentVersionExpiration: z
    .object({ NoncurrentDays: z.number(), NewerNoncurrentVersions: z.number().optional() })
    .optional(),
  AbortIncompleteMultipartUpload: z.object({ DaysAfterInitiation: z.number() }).optional(),
});

/** As text, whatever the order and the additions of the server. */
function canonical(rule: LifecycleRule): string {
  const parsed = shape.safeParse(rule);
  return parsed.success ? JSON.stringify(parsed.data) : '';
}
