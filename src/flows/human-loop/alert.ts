import type { Context } from '../../context.ts';
import type { Health } from '../../domain/health.ts';
import { type Alert, clearAlert, raiseAlert } from '../../state/alerts.ts';
import { saveCard } from '../../state/cards.ts';

type AlertContext = Pick<Context, 'state' | 'actor'>;

/**
 * Something is wrong, or stays wrong: one message for as long as that lasts, counted up. Critical mentions people
 * in the home channel, whatever the hour; a warning stands in the alert channel; an info waits for the digest.
 */
export async function alertPeople(
  ctx: AlertContext,
  input: { kind: string; severity: Alert['severity']; code: string; message: string },
): Promise<Alert> {
  const { kind, severity, code, message } = input;
  const alert = await raiseAlert(ctx.state, { kind, severity, message, details: { code } });
  await showAlert(ctx, alert);
  return alert;
}

/** It is over: the open alert ends, and its message says so. @returns null where there was none */
export async function clearPeopleAlert(ctx: AlertContext, kind: string): Promise<Alert | null> {
  const alert = await clearAlert(ctx.state, kind);
  if (alert !== null) await showAlert(ctx, alert);
  return alert;
}

/** Shows an alert as its row says. */
export async function showAlert(ctx: AlertContext, alert: Alert): Promise<void> {
  const { id, severity, kind, message, count, since, clearedAt, details } = alert;
  if (severity === 'info') return;
  const isCritical = severity === 'critical';
  await saveCard(ctx.state, {
    subject: `alert:${id}`,
    competitionId: null,
    surface: isCritical ? 'home' : 'alerts',
    mention: isCritical ? 'operators' : 'nobody',
    isUrgent: isCritical,
    content: {
      kind: 'alert',
      alertId: id,
      severity,
      alertKind: kind,
      code: typeof details.code === 'string' ? details.code : kind,
      message,
      count,
      since,
      clearedAt,
    },
    actor: ctx.actor,
  });
}

/** A module waits for a setting to be mended. @param module the queue whose jobs wait, or `chat-slack` */
export async function alertConfiguration(
  ctx: AlertContext,
  input: { module: string; code: string; message: string },
): Promise<void> {
  const { module, code, message } = input;
  await alertPeople(ctx, { kind: `configuration:${module}`, severity: 'warning', code, message });
}

/** The module works again: people are told where they were told of the trouble. */
export async function clearConfigurationAlert(ctx: AlertContext, module: string): Promise<void> {
  await clearPeopleAlert(ctx, `configuration:${module}`);
}

/** What is checked has failed three times in a row: one warning for as long as that lasts. */
export async function alertUnhealthy(
  ctx: AlertContext,
  { name, kind, failure }: Pick<Health, 'name' | 'kind' | 'failure'>,
): Promise<void> {
  const message = failure?.message ?? 'It does not answer.';
  const code = failure?.code ?? 'health.unhealthy';
  await alertPeople(ctx, { kind: `${kind}:${name}`, severity: 'warning', code, message });
}

/** It is healthy again, or was all the time: no alert of an earlier process is left either. */
export async function clearUnhealthy(
  ctx: AlertContext,
  { name, kind }: Pick<Health, 'name' | 'kind'>,
): Promise<void> {
  await clearPeopleAlert(ctx, `${kind}:${name}`);
}
