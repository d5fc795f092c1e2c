import { z } from 'zod';

/** Answers of Vault's HTTP API, as far as we read them. Source: Vault's API documentation of each path. */

const seconds = z.number().nonnegative();

/** Of a login or a renewal. */
export const authSchema = z
  .object({
    auth: z.object({
      client_token: z.string().min(1),
      lease_duration: seconds,
      renewable: z.boolean(),
      token_policies: z.array(z.string()).nullish(),
      policies: z.array(z.string()).nullish(),
    }),
  })
  .transform(({ auth }) => ({
    token: auth.client_token,
    /** 0: it never ends. */
    ttlSeconds: auth.lease_duration,
    isRenewable: auth.renewable,
  }));
export type Auth = z.output<typeof authSchema>;

export const tokenSchema = z
  .object({
    data: z.object({
      ttl: seconds,
      creation_ttl: seconds.nullish(),
      renewable: z.boolean().nullish(),
      policies: z.array(z.string()).nullish(),
    }),
  })
  .transform(({ data }) => ({
    /** 0: it never ends (a root token). */
    ttlSeconds: data.ttl,
    isRenewable: data.renewable ?? false,
    policies: data.policies ?? [],
  }));
export type TokenFacts = z.output<typeof tokenSchema>;

/** A field of a secret; whatever is no text is told apart by its type. */
const field = z.union([
  z.string(),
  z.number().transform(String),
  z.boolean().transform(String),
  z.unknown().transform(() => null),
]);

/** The newest version of a secret of the key-value engine, version 2. */
export const secretSchema = z
  .object({
    data: z.object({
      data: z.record(z.string(), field),
      metadata: z.object({
        version: z.number().int().positive(),
        created_time: z.iso.datetime({ offset: true }),
        custom_metadata: z.record(z.string(), z.string()).nullish(),
      }),
    }),
  })
  .transform(({ data: { data, metadata } }) => ({
    /** null: no text, number or flag. */
    fields: data,
    version: metadata.version,
    createdAt: new Date(metadata.created_time),
    custom: metadata.custom_metadata ?? {},
  }));
export type SecretVersion = z.output<typeof secretSchema>;

/** What is known of a secret without its values: its newest version, and when that was, or will be, deleted. */
export const keyMetadataSchema = z
  .object({
    data: z.object({
      current_version: z.number().int().nonnegative(),
      versions: z.record(z.string(), z.object({ deletion_time: z.string(), destroyed: z.boolean() })),
    }),
  })
  .transform(({ data: { current_version: version, versions } }) => {
    const newest = versions[String(version)];
    const deletedAt = Date.parse(newest?.deletion_time ?? '');
    return {
      version,
      isDestroyed: newest?.destroyed ?? true,
      deletedAt: Number.isNaN(deletedAt) ? null : new Date(deletedAt),
    };
  });
export type KeyMetadata = z.output<typeof keyMetadataSchema>;

export const dynamicLoginSchema = z
  .object({
    lease_id: z.string().min(1),
    lease_duration: seconds,
    renewable: z.boolean(),
    data: z.object({ username: z.string().min(1), password: z.string().min(1) }),
  })
  .transform(({ lease_id: leaseId, lease_duration: ttlSeconds, renewable: isRenewable, data }) => {
    return { leaseId, ttlSeconds, isRenewable, login: data };
  });
export type DynamicLogin = z.output<typeof dynamicLoginSchema>;

export const staticLoginSchema = z
  .object({
    data: z.object({
      username: z.string().min(1),
      password: z.string().min(1),
      /** Until Vault changes the password. */
      ttl: seconds,
    }),
  })
  .transform(({ data: { username, password, ttl } }) => ({ login: { username, password }, ttlSeconds: ttl }));
export type StaticLogin = z.output<typeof staticLoginSchema>;

export const leaseSchema = z
  .object({ lease_id: z.string(), lease_duration: seconds, renewable: z.boolean() })
  .transform(({ lease_duration: ttlSeconds, renewable: isRenewable }) => ({ ttlSeconds, isRenewable }));
export type Lease = z.output<typeof leaseSchema>;

/** What a token may do, by path. */
export const capabilitiesSchema = z
  .object({ data: z.record(z.string(), z.unknown()) })
  .transform(({ data }) => {
    const listed = Object.entries(data).flatMap(([path, may]) => {
      const parsed = z.array(z.string()).safeParse(may);
      return parsed.success && path.includes('/') ? [[path, parsed.data] as const] : [];
    });
    return new Map<string, readonly string[]>(listed);
  });
export type CapabilityAnswer = z.output<typeof capabilitiesSchema>;
