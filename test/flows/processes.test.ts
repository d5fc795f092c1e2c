import { expect, test } from 'vitest';
import { createEmergencyAlert } from '../../src/flows/human-loop/emergency-alert.ts';
import { noticeCrashes, watchProcesses } from '../../src/flows/human-loop/watch-processes.ts';
import { listAlerts } from '../../src/state/alerts.ts';
import { findCard } from '../../src/state/cards.ts';
import { createPgPort } from '../../src/state/pg-port.ts';
import { heartbeatWorker, stopWorker } from '../../src/state/stage-runs.ts';
import { aContext } from '../support/context.ts';
import { freshState, testPool } from '../support/database.ts';
import { aRecordingChat } from '../support/recording-chat.ts';
import { silentLog } from '../support/silent-log.ts';

const staleSeconds = 30;

async function aPlace() {
  const db = await freshState();
  const ctx = await aContext({ state: db.state });
  const beat = (id: string, role = 'all') => heartbeatWorker(db.state, { id, role, host: 'here', pid: 1 });
  /** Its heart has not beaten for so long. */
  const silent = (id: string, seconds: number) =>
    db.pool.query(
      `update workers set heartbeat_at = heartbeat_at - make_interval(secs => $2) where id = $1`,
      [id, seconds],
    );
  const alertAges = () => db.pool.query(`update alerts set last_at = last_at - interval '11 minutes'`);
  return { db, ctx, beat, silent, alertAges };
}

test('a process that was killed is told of at the next start, once, as critical', async () => {
  const { ctx, beat, db } = await aPlace();
  await beat('stopped well');
  await stopWorker(db.state, 'stopped well');
  await beat('killed');
  await beat('mine');
  const start = () => noticeCrashes(ctx, { workerId: 'mine', isAlone: true, staleSeconds });

  expect(await start()).toBe(1);
  expect(await start()).toBe(0);

  const [alert] = await listAlerts(db.state);
  expect(alert).toMatchObject({ kind: 'process:all', severity: 'critical', count: 1 });
  expect(await findCard(db.state, `alert:${alert?.id}`)).toMatchObject({
    surface: 'home',
    mention: 'operators',
    isUrgent: true,
    content: {
      kind: 'alert',
      code: 'process.crashed',
      message: expect.stringMatching(/goes on where it was/),
    },
  });
});

test('a process that an error of its own ended is told of with that error, unless another one is meant', async () => {
  const { ctx, beat, db } = await aPlace();
  await beat('mine');
  const start = (pid: number) =>
    noticeCrashes(ctx, {
      workerId: 'mine',
      isAlone: true,
      staleSeconds,
      crash: { pid, message: 'x is null' },
    });
  await beat('crashed');
  await start(1);
  const [crashed] = await listAlerts(db.state);
  await beat('killed');
  await start(2);
  const [killed] = await listAlerts(db.state);

  expect(crashed).toMatchObject({
    details: { code: 'process.failed' },
    message: expect.stringMatching(/error of its own .+: x is null\. It runs again/),
  });
  expect(killed).toMatchObject({ details: { code: 'process.crashed' } });
});

test('where several processes run, the fresh heartbeat of another is no crash', async () => {
  const { ctx, beat, silent } = await aPlace();
  await beat('other');
  await beat('mine');
  const start = () => noticeCrashes(ctx, { workerId: 'mine', isAlone: false, staleSeconds });

  expect(await start()).toBe(0);
  await silent('other', 60);
  expect(await start()).toBe(1);
});

test('another role that falls silent is told of once, however many processes look, and once it is back', async () => {
  const { ctx, beat, silent, db, alertAges } = await aPlace();
  await beat('bot-1', 'bot');
  await silent('bot-1', 60);
  const others = Array.from({ length: 4 }, () => createPgPort(testPool(db.connectionString, 2)));
  const look = () => Promise.all(others.map((state) => watchProcesses({ ...ctx, state }, { staleSeconds })));

  await look();
  await look();

  expect(await listAlerts(db.state)).toMatchObject([
    { kind: 'process:bot', severity: 'critical', count: 1, message: expect.stringMatching(/bot on here/) },
  ]);
  await alertAges();
  await look();
  // still nobody plays that role
  expect(await listAlerts(db.state)).toHaveLength(1);
  await beat('bot-1', 'bot');
  await look();
  expect(await listAlerts(db.state)).toEqual([]);
  // falling silent again is news
  await silent('bot-1', 60);
  await look();
  expect(await listAlerts(db.state)).toMatchObject([{ kind: 'process:bot', count: 1 }]);
});

test('the all-clear after a crash waits until every chat had time to show the alarm', async () => {
  const { ctx, beat, db, alertAges } = await aPlace();
  await beat('killed');
  await beat('mine');
  await noticeCrashes(ctx, { workerId: 'mine', isAlone: true, staleSeconds });

  await watchProcesses(ctx, { staleSeconds });
  expect(await listAlerts(db.state)).toHaveLength(1);
  await alertAges();
  await watchProcesses(ctx, { staleSeconds });
  expect(await listAlerts(db.state)).toEqual([]);
});

test('an emergency is said in every chat and on standard error, once, whatever a chat does', async () => {
  const lines: string[] = [];
  const good = aRecordingChat();
  const broken = { ...aRecordingChat(), sayDirectly: () => Promise.reject(new Error('down')) };
  const hanging = { ...aRecordingChat(), sayDirectly: () => new Promise<void>(() => undefined) };
  const alert = createEmergencyAlert({
    chats: () => [broken, hanging, good],
    writeError: (line) => void lines.push(line),
    log: silentLog,
    timeoutMs: 20,
  });

  await alert.tell({ severity: 'critical', text: 'The disk is full.' });
  await alert.tell({ severity: 'critical', text: 'The disk is full.' });
  await alert.tell({ severity: 'warning', text: 'It is warm.' });

  expect(good.said).toEqual(['The disk is full.', 'It is warm.']);
  expect(lines).toEqual(['critical: The disk is full.', 'warning: It is warm.']);
});
