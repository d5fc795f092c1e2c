import { z } from 'zod';
import type { Context } from '../../context.ts';
import { localDay } from '../../domain/quiet-hours.ts';
import { listDiscovered } from '../../state/card-facts.ts';
import { saveCard } from '../../state/cards.ts';
import type { Competition } from '../../state/competitions.ts';
import { readPreferences } from '../../state/preferences.ts';
import { deadlineOf } from '../support/deadline.ts';

const feasibilitySchema = z.object({ score: z.number(), priority: z.number().catch(0) });
/** More than any message shows. */
const mostKept = 30;

function priorityOf({ feasibility }: Competition): number {
  const judged = feasibilitySchema.safeParse(feasibility).data;
  return judged === undefined ? 0 : judged.priority * 1_000 + judged.score;
}

/** New competitions are one message a day, which grows. */
export async function saveDiscovered(
  ctx: Pick<Context, 'state' | 'actor' | 'policy' | 'now'>,
): Promise<void> {
  const { timeZone } = await readPreferences(ctx.state, ctx.policy.preferences);
  const now = ctx.now();
  const { day, startedAt } = localDay(now, timeZone);
  const competitions = await listDiscovered(ctx.state, startedAt, new Date(now.getTime() + 1_000));
  if (competitions.length === 0) return;
  const best = competitions.toSorted((a, b) => priorityOf(b) - priorityOf(a)).slice(0, mostKept);
  await saveCard(ctx.state, {
    subject: `discovered:${day}`,
    competitionId: null,
    surface: 'alerts',
    content: {
      kind: 'discovered',
      day,
      count: competitions.length,
      competitions: best.map((competition) => ({
        slug: competition.slug,
        title: competition.title,
        deadline: deadlineOf(competition),
        feasibility: feasibilitySchema.safeParse(competition.feasibility).data?.score ?? null,
      })),
    },
    actor: ctx.actor,
  });
}
