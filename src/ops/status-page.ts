import type { ClosedReason, Health } from '../domain/health.ts';
import { escapeHtml, renderPage } from './page.ts';
import type { Status } from './status.ts';

const refreshSeconds = 15;

const overallWords: Readonly<Record<Status['status'], string>> = {
  healthy: 'Everything works.',
  degraded: 'It works, but not everything does.',
  unhealthy: 'It cannot work now.',
  starting: 'It starts; the first checks are not over.',
};

const closedWords: Readonly<Record<ClosedReason, string>> = {
  safe_mode: 'safe mode',
  isolated: 'isolated',
  waiting: 'waits its turn',
  emergency: 'emergency stop',
};

/**
 * The status for people, without a script; it loads itself anew.
 * @param queuesPath null where this process serves no page of the queues
 */
export function renderStatusPage(status: Status, queuesPath: string | null): string {
  const { at } = status;
  const body = [
    `<h1>Kaggle Agent <span class="status ${status.status}">${status.status}</span></h1>`,
    `<p>${overallWords[status.status]}</p>`,
    `<p class="soft">version ${escapeHtml(status.version)} · ${escapeHtml(status.roles.join(', '))} · up for ${ago(status.startedAt, at)} · ${time(at)}</p>`,
    healthTable('Modules', status.modules, at),
    healthTable('Services', status.services, at),
    queueTable(status, queuesPath),
    processTable(status),
    waitingLine(status),
  ];
  return renderPage(`Kaggle Agent: ${status.status}`, body.join('\n'), { refreshSeconds });
}

function healthTable(title: string, list: readonly Health[], at: Date): string {
  if (list.length === 0) return '';
  const rows = list.map((health) => {
    const { name, status, since, closed, failure, lastCheckedAt } = health;
    const state = closed === null ? status : 'closed';
    const words = closed === null ? status : closedWords[closed.reason];
    const checked = lastCheckedAt === null ? 'not yet' : `${ago(lastCheckedAt, at)} ago`;
    return row([
      cell(escapeHtml(name)),
      cell(words, `status ${state}`),
      cell(`for ${ago(since, at)}`, 'time'),
      cell(`checked ${checked}`, 'time'),
      cell(reasonOf(closed?.message, failure)),
    ]);
  });
  return table(title, ['name', 'status', 'since', 'last check', 'what is wrong'], rows, 'stack');
}

function reasonOf(closed: string | undefined, failure: Health['failure']): string {
  const told = [
    ...(closed === undefined ? [] : [escapeHtml(closed)]),
    ...(failure === null
      ? []
      : [`${escapeHtml(failure.message)} <span class="soft">${escapeHtml(failure.code)}</span>`]),
  ];
  return told.join('<br>');
}

const states = ['active', 'waiting', 'prioritized', 'delayed', 'waiting-children', 'failed', 'completed'];
const alwaysShown = new Set(['active', 'waiting', 'failed']);

function queueTable({ queues }: Status, queuesPath: string | null): string {
  const link = queuesPath === null ? '' : `<p><a href="${queuesPath}">The jobs one by one</a></p>`;
  if (queues === null) return `<h2>Queues</h2>\n<p class="unhealthy">The queues do not answer.</p>\n${link}`;
  const hasAny = (state: string) => Object.values(queues).some((counts) => (counts[state] ?? 0) > 0);
  const shown = states.filter((state) => alwaysShown.has(state) || hasAny(state));
  const rows = Object.entries(queues).map(([name, counts]) =>
    row([cell(escapeHtml(name)), ...shown.map((state) => cell(String(counts[state] ?? 0), 'number'))]),
  );
  return `${table('Queues', ['queue', ...shown], rows)}\n${link}`;
}

function processTable({ processes, at }: Status): string {
  if (processes === null) return '<h2>Processes</h2>\n<p class="unhealthy">The database does not answer.</p>';
  const rows = processes.map(({ role, host, pid, startedAt, heartbeatAt }) =>
    row([
      cell(escapeHtml(role)),
      cell(`${escapeHtml(host)}, pid ${pid}`),
      cell(`up for ${ago(new Date(startedAt), at)}`, 'time'),
      cell(`seen ${ago(new Date(heartbeatAt), at)} ago`, 'time'),
    ]),
  );
  return table('Processes', ['does', 'where', 'since', 'heartbeat'], rows, 'stack');
}

function waitingLine({ outbox, alerts }: Status): string {
  if (outbox === null || alerts === null) return '';
  const open = Object.entries(alerts).map(([severity, count]) => `${count} ${escapeHtml(severity)}`);
  const waiting =
    outbox.waiting === 0
      ? 'No event waits to be sent.'
      : `${outbox.waiting} events wait to be sent, the oldest for ${span(outbox.oldestSeconds)}.`;
  return `<h2>Also</h2>\n<p>${waiting}</p>\n<p>Open alerts: ${open.length === 0 ? 'none' : open.join(', ')}.</p>`;
}

function table(title: string, heads: readonly string[], rows: readonly string[], look = 'wide'): string {
  const head = heads.map((text, index) => {
    const isNumber = look === 'wide' && index > 0;
    return `<th scope="col"${isNumber ? ' class="number"' : ''}>${text}</th>`;
  });
  return [
    `<h2>${title}</h2>`,
    `<div class="wide"><table class="${look}">`,
    `<thead><tr>${head.join('')}</tr></thead>`,
    `<tbody>${rows.join('\n')}</tbody>`,
    '</table></div>',
  ].join('\n');
}

const row = (cells: readonly string[]): string => `<tr>${cells.join('')}</tr>`;
const cell = (html: string, look?: string): string =>
  `<td${look === undefined ? '' : ` class="${look}"`}>${html}</td>`;

const time = (at: Date): string =>
  at
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
const ago = (from: Date, at: Date): string => span((at.getTime() - from.getTime()) / 1000);

/** `40 s`, `12 min`, `5 h`, `3 d`: near enough for a look. */
function span(seconds: number): string {
  const steps = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
  ] as const;
  const step = steps.find(([size]) => seconds >= 2 * size);
  return step === undefined
    ? `${Math.max(0, Math.round(seconds))} s`
    : `${Math.floor(seconds / step[0])} ${step[1]}`;
}
