import { alignColumns } from '../bot/text-columns.ts';
import type { DoctorCheck } from './commands.ts';
import { count, duration } from './format.ts';

const order: readonly DoctorCheck['status'][] = ['error', 'warn', 'ok', 'off', 'note'];

/** What is broken first, then what is odd, what is fine, and what could be switched on. */
export function presentDoctor(checks: readonly DoctorCheck[]): string {
  const sorted = order.flatMap((status) => checks.filter((check) => check.status === status));
  const rows = sorted.map(({ status, port, message, next, elapsedMs }) => [
    status,
    port,
    [
      message,
      ...(elapsedMs === null ? [] : [elapsed(elapsedMs)]),
      ...(next === null ? [] : [`→ ${next}`]),
    ].join('  '),
  ]);
  const number = (status: DoctorCheck['status']): number =>
    checks.filter((check) => check.status === status).length;
  return [
    ...alignColumns(rows),
    `${count(number('error'), 'error')}, ${count(number('warn'), 'warning')}. Machine-readable: doctor --json`,
  ].join('\n');
}

function elapsed(elapsedMs: number): string {
  return elapsedMs < 1000 ? `${Math.round(elapsedMs)} ms` : duration(elapsedMs);
}
