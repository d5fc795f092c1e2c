import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import { ApiError, errorBody } from './api-error.ts';
import type { ArenaContext } from './context.ts';
import type { FaultAction } from './faults.ts';

/**
 * Asks the plan whether this call is to fail, and lets it fail now if the fault comes before the effect.
 * @returns `answered` when the call is over; else the fault that is still to come, or null
 */
export async function faultBefore(
  ctx: ArenaContext,
  method: string,
  reply: FastifyReply,
): Promise<FaultAction | 'answered' | null> {
  const { latencyMs } = ctx.behaviour;
  if (latencyMs > 0) await wait(latencyMs, undefined, { signal: ctx.signal }).catch(() => undefined);
  const fault = ctx.faults.next(method);
  if (fault === null) return null;
  // Cutting a body in the middle is the storage's own business.
  if (fault.when === 'after' || (fault.kind === 'drop' && fault.afterBytes !== undefined)) return fault;
  return (await strike(ctx, fault, reply)) === 'answered' ? 'answered' : null;
}

/** Lets a call fail whose effect has happened already. */
export function faultAfter(
  ctx: ArenaContext,
  fault: FaultAction,
  reply: FastifyReply,
): Promise<'answered' | 'go on'> {
  return fault.when === 'after' ? strike(ctx, fault, reply) : Promise.resolve('go on');
}

async function strike(
  ctx: ArenaContext,
  fault: FaultAction,
  reply: FastifyReply,
): Promise<'answered' | 'go on'> {
  switch (fault.kind) {
    case 'answer': {
      const error = new ApiError(fault.status, fault.message ?? 'Fault on demand');
      const body = fault.body ?? errorBody(error, fault.shape ?? 'nested');
      if (fault.body === undefined) reply.type('application/json; charset=utf-8');
      reply.code(fault.status).headers(fault.headers ?? {});
      // Not awaited: the reply ends when it is sent, and resolves only then.
      void reply.send(body);
      return 'answered';
    }
    case 'hang':
      reply.hijack();
      return 'answered';
    case 'drop':
      reply.hijack();
      reply.raw.socket?.destroy();
      return 'answered';
    case 'delay':
      await wait(fault.ms, undefined, { signal: ctx.signal }).catch(() => undefined);
      return 'go on';
  }
}
