import { z } from 'zod';
import { SlackApiError } from '../api-error.ts';
import { checkModal } from '../blocks/check.ts';
import { walkBlocks } from '../blocks/walk.ts';
import type { SlackContext } from '../context.ts';
import type { ViewRecord } from '../views.ts';

const answerSchema = z.discriminatedUnion('response_action', [
  z.object({ response_action: z.literal('errors'), errors: z.record(z.string(), z.string().min(1)) }),
  z.object({ response_action: z.literal('update'), view: z.unknown() }),
  z.object({ response_action: z.literal('push'), view: z.unknown() }),
  z.object({ response_action: z.literal('clear') }),
]);

/**
 * Does what the acknowledgement of a submitted view asks for; an empty one closes the view.
 * @returns whether Slack understood it
 */
export function answerSubmission(ctx: SlackContext, record: ViewRecord, payload: unknown): boolean {
  if (isEmpty(payload)) {
    ctx.views.close(record);
    return true;
  }
  const answer = answerSchema.safeParse(payload);
  if (!answer.success) return false;
  try {
    return apply(ctx, record, answer.data);
  } catch (error) {
    if (error instanceof SlackApiError) return false;
    throw error;
  }
}

function apply(ctx: SlackContext, record: ViewRecord, answer: z.output<typeof answerSchema>): boolean {
  switch (answer.response_action) {
    case 'errors': {
      const inputs = walkBlocks(record.view.blocks).filter(({ type }) => type === 'input');
      const known = new Set(inputs.map(({ blockId }) => blockId));
      if (!Object.keys(answer.errors).every((blockId) => known.has(blockId))) return false;
      ctx.views.change(record, { errors: answer.errors });
      return true;
    }
    case 'update':
      ctx.views.update(record, checkModal(answer.view, ctx.blockRules), undefined);
      return true;
    case 'push':
      ctx.views.push(record.userId, checkModal(answer.view, ctx.blockRules));
      return true;
    case 'clear':
      ctx.views.clear(record.userId);
      return true;
  }
}

function isEmpty(payload: unknown): boolean {
  if (payload === null || payload === undefined || payload === '') return true;
  return typeof payload === 'object' && Object.keys(payload).length === 0;
}
