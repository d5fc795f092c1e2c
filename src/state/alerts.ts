import { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

export const alertRow = row({
  id: z.uuid(),
  kind: z.string(),
  severity: z.enum(['critical', 'warning', 'info']),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
  count: z.number().int(),
  since: timestamp,
  lastAt: timestamp,
  clearedAt: timestamp.nullable(),
});
export type Alert = z.output<typeof alertRow>;

/** One open alert per kind; raising it again counts up. */
export function raiseAlert(
  state: StatePort,
  input: {
    kind: string;
    severity: Alert['severity'];
    message: string;
    details?: Record<string, unknown>;
  },
): Promise<Alert> {
  return state.call(
    'raise_alert',
    {
      p_kind: input.kind,
      p_severity: input.severity,
      p_message: input.message,
      p_details: input.details ?? {},
    },
    alertRow,
  );
}

/** @returns the alert that is over now; null when none was open. */
export function clearAlert(state: StatePort, kind: string): Promise<Alert | null> {
  return state.call('clear_alert', { p_kind: kind }, alertRow.nullable());
}

export function listAlerts(state: StatePort): Promise<Alert[]> {
  return state.call('list_alerts', {}, z.array(alertRow));
}

/** Writes who did what into the audit log. */
export async function recordAudit(
  state: StatePort,
  input: { actor: Actor; action: string; competitionId: string | null; details: Record<string, unknown> },
): Promise<void> {
  await state.call(
    'record_audit',
    {
      p_actor: input.actor,
      p_action: input.action,
      p_competition_id: input.competitionId,
      p_details: input.details,
    },
    z.unknown(),
  );
}

/** The installation's id, which marks what is ours at a vendor. */
export async function readInstallation(state: StatePort): Promise<string> {
  const { id } = await state.call('read_installation', {}, z.object({ id: z.uuid() }));
  return id;
}
