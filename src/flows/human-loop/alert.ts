import type { Context } from '../../context.ts';
import { clearAlert, raiseAlert } from '../../state/alerts.ts';
import { saveCard } from '../../state/cards.ts';

type AlertContext = Pick<Context, 'state' | 'actor'>;

/**
 * A module waits for a setting to be mended: one message for as long as that lasts, counted up, and an all-clear.
 * @param module the queue whose jobs wait
 */
export async function alertConfiguration(
  ctx: AlertContext,
  input: { module: string; code: string; message: string },
): Promise<void> {
  const kind = `configuration:${input.module}`;
  const raised = await raiseAlert(ctx.state, {
    kind,
    severity: 'warning',
    message: input.message,
    details: { code: input.code },
  });
  if (raised.count > 1) return;
  await saveCard(ctx.state, {
    subject: `alert:${raised.id}`,
    competitionId: null,
    content: {
      kind: 'alert',
      title: `${input.module} waits for a setting`,
      summary: input.message.slice(0, 300),
      body: `${input.message}\nWhat waits goes on by itself once that is mended.`.slice(0, 3000),
      facts: [{ label: 'code', value: input.code }],
      decisionId: null,
    },
    actor: ctx.actor,
  });
}

/** The module works again: the open alert ends, and people are told where there was one. */
export async function clearConfigurationAlert(ctx: AlertContext, module: string): Promise<void> {
  const cleared = await clearAlert(ctx.state, `configuration:${module}`);
  if (cleared === null) return;
  await saveCard(ctx.state, {
    subject: `alert:${cleared.id}`,
    competitionId: null,
    content: {
      kind: 'alert',
      title: `${module} works again`,
      summary: `${module} works again.`,
      body: '',
      facts: [],
      decisionId: null,
    },
    actor: ctx.actor,
  });
}
