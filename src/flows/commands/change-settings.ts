import type { Context } from '../../context.ts';
import type { BudgetResult, BudgetScope } from '../../domain/command-results.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import { type Preferences, preferencesSchema } from '../../domain/preferences.ts';
import { setBudget } from '../../state/money.ts';
import { changePreferences, readPreferences } from '../../state/preferences.ts';
import { readBudget } from './read-commands.ts';

/** A slip of the finger, not a budget. */
const mostUsd = 1_000_000;
const longestReason = 200;

/**
 * `/kaggle budget <cap> <amount>`: changes a cap from now on. It stands until somebody changes it again, or the
 * configuration says something new.
 * @throws BusinessFailure `budget.bad_amount`
 */
export async function changeBudget(
  ctx: Pick<Context, 'state' | 'actor' | 'log' | 'now'>,
  input: { scope: BudgetScope; usd: number; reason: string | null },
): Promise<BudgetResult> {
  const { scope, usd, reason } = input;
  if (!(usd >= 0 && usd <= mostUsd)) {
    throw new BusinessFailure(`A cap is an amount from 0 to ${mostUsd.toLocaleString('en')} US dollars.`, {
      code: 'budget.bad_amount',
    });
  }
  const words = reason?.trim().slice(0, longestReason) ?? '';
  await setBudget(ctx.state, scope, Math.round(usd * microUsd), ctx.actor, words === '' ? null : words);
  ctx.log.info({ scope, usd }, 'a cap was changed');
  return await readBudget(ctx, { slug: null });
}

/** How people want to be talked to. */
export async function readSettings(ctx: Pick<Context, 'state' | 'policy'>): Promise<Preferences> {
  return await readPreferences(ctx.state, ctx.policy.preferences);
}

/**
 * `/kaggle config set`: changes how everybody is talked to.
 * @throws BusinessFailure `preferences.invalid` with the first faulty one as `details.field`
 */
export async function changeSettings(
  ctx: Pick<Context, 'state' | 'policy' | 'actor' | 'log'>,
  changes: Partial<Preferences>,
): Promise<Preferences> {
  const parsed = preferencesSchema.partial().safeParse(changes);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = String(issue?.path[0] ?? 'setting');
    throw new BusinessFailure(
      `The ${nameOf(field)} cannot be set so: it ${issue?.message ?? 'is not known'}.`,
      {
        code: 'preferences.invalid',
        details: { field },
      },
    );
  }
  // Only what is there: a name without a value would be written as nothing.
  const named = Object.fromEntries(Object.entries(parsed.data).filter(([, value]) => value !== undefined));
  if (Object.keys(named).length === 0) return await readSettings(ctx);
  const changed = await changePreferences(ctx.state, {
    changes: named,
    defaults: ctx.policy.preferences,
    actor: ctx.actor,
  });
  ctx.log.info({ changes: named }, 'preferences were changed');
  return changed;
}

/** `quietHours` in words. */
function nameOf(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
