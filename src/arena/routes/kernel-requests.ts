import { z } from 'zod';
import { denied } from '../api-error.ts';
import type { ArenaContext } from '../context.ts';
import type { KernelVersion } from '../notebooks/kernel-events.ts';
import type { Kernel } from '../notebooks/kernel-history.ts';
import { optionalText } from './method.ts';

/** Names a notebook. Keys in snake_case are unknown fields, so such a request names none and is refused. */
export const kernelRequest = z.object({ userName: optionalText, kernelSlug: optionalText });

/**
 * @param slug a notebook's, or `slug/version`
 * @throws ApiError 403 for an unknown notebook or another account's, and never 404
 */
export function requireKernel(
  ctx: ArenaContext,
  owner: string,
  slug: string,
  permission = 'kernels.get',
): { kernel: Kernel; version: KernelVersion } {
  const [name = '', number] = slug.split('/', 2);
  const kernel = owner === ctx.credentials.username ? ctx.account.kernels.bySlug(name) : null;
  if (kernel === null) throw denied(permission);
  if (number === undefined) return { kernel, version: kernel.latest };
  const version = kernel.versions.find((one) => String(one.version) === number);
  if (version === undefined) throw denied(permission);
  return { kernel, version };
}
