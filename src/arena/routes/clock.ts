import { z } from 'zod';
import { notFound } from '../api-error.ts';
import type { ArenaContext } from '../context.ts';
import { readRequest } from './method.ts';

const clockRequest = z.object({ advanceSeconds: z.number().finite().default(0) });

/** Moves the arena's clock, where its owner allowed it. @returns what time it is now */
export function moveClock(ctx: ArenaContext, body: unknown): { now: string } {
  if (!ctx.isClockMovable) throw notFound();
  ctx.clock.advance(readRequest(clockRequest, body).advanceSeconds * 1000);
  return { now: ctx.now().toISOString() };
}
