import { randomUUID } from 'node:crypto';

/** How Vault answers a call: a status, and a body where there is one. */
export type Answer = { status: number; body?: unknown };

/** Source: Vault's API documentation, "Error response". */
export function refuse(status: number, ...errors: string[]): Answer {
  return { status, body: { errors } };
}

/** The envelope of every answer with content. */
export function answer(parts: {
  data?: unknown;
  auth?: unknown;
  lease?: { id: string; seconds: number; isRenewable: boolean };
  warnings?: string[];
  status?: number;
}): Answer {
  const { data = null, auth = null, lease, warnings = null, status = 200 } = parts;
  return {
    status,
    body: {
      request_id: randomUUID(),
      lease_id: lease?.id ?? '',
      renewable: lease?.isRenewable ?? false,
      lease_duration: lease?.seconds ?? 0,
      data,
      wrap_info: null,
      warnings,
      auth,
      mount_type: '',
    },
  };
}

export const permissionDenied: Answer = refuse(403, 'permission denied');
