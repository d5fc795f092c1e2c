import { mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import type { Lifetimes, OwnFiles } from '../../src/domain/retention.ts';
import { findThreadCompetition, readKnown } from '../../src/flows/commands/look-around.ts';
import { readDecision, readDecisionLog } from '../../src/flows/commands/manage-decision.ts';
import {
  readBudget,
  readDecisions,
  readList,
  readLogs,
  readStatus,
} from '../../src/flows/commands/read-commands.ts';
import { readLeaderboard } from '../../src/flows/commands/read-leaderboard.ts';
import { readStatusFacts } from '../../src/flows/commands/read-status-facts.ts';
import { readFacts } from '../../src/flows/human-loop/competition-facts.ts';
import { deliverNext } from '../../src/flows/human-loop/deliver-card.ts';
import { refreshStatus } from '../../src/flows/human-loop/status-card.ts';
import { tell } from '../../src/flows/human-loop/tell.ts';
import { readResearchBrief } from '../../src/flows/research/read-brief.ts';
import { purge } from '../../src/flows/retention/purge.ts';
import { finishCompetition } from '../../src/flows/submission/finish-competition.ts';
import { registerChat } from '../../src/state/card-deliveries.ts';
import { type Competition, getCompetition } from '../../src/state/competitions.ts';
import { closeDecision, listDecisions, openDecision } from '../../src/state/decisions.ts';
import { claimEvents, markEventDispatched } from '../../src/state/outbox.ts';
import { listTrainingJobs } from '../../src/state/training.ts';
import { aDraft, someActor } from '../support/builders.ts';
import { aContext } from '../support/context.ts';
import { freshState } from '../support/database.ts';
import { someLifetimes } from '../support/lifetimes.ts';
import {
  aPracticeWorld,
  driveTo,
  now,
  type PracticeWorld,
  startedCompetition,
} from '../support/practice-world.ts';
import { aRecordingChat, type RecordingChat } from '../support/recording-chat.ts';
import { recordingLog } from '../support/silent-log.ts';
import { tempFolder } from '../support/temp-folder.ts';

function withLifetimes(
  ctx: Context,
  lifetimes: Partial<Lifetimes>,
  files: readonly OwnFiles[] = [],
): Context {
  return { ...ctx, policy: { ...ctx.policy, retention: { lifetimes, files } } };
}

/** As if everything had happened so many days earlier. */
async function age(pool: pg.Pool, days: number): Promise<void> {
  const { rows } = await pool.query<{ name: string; columns: string }>(
    `select table_name as name, string_agg(format('%1$I = %1$I - make_interval(days => ${days})', column_name), ', ') as columns
     from information_schema.columns
     where table_schema = 'public' and data_type = 'timestamp with time zone' group by table_name`,
  );
  for (const { name, columns } of rows) await pool.query(`update ${name} set ${columns}`);
}

/** A competition that ended, and one of the same name that goes on, both a long time ago, told to a chat. */
async function twoOldCompetitions(): Promise<{
  world: PracticeWorld;
  over: Competition;
  active: Competition;
}> {
  const world = await aPracticeWorld();
  const { ctx, pool } = world;
  const chat = aRecordingChat();
  await registerChat(ctx.state, chat);
  const first = await startedCompetition(world);
  await driveTo(world, first, 'completed');
  await askAndAnswer(world, first.id);
  for (const event of await claimEvents(ctx.state, { worker: 'rest', limit: 500, leaseSeconds: 60 })) {
    await tell(ctx, { ...event, eventId: event.id });
    await markEventDispatched(ctx.state, event.id, 'rest');
  }
  await finishCompetition(ctx, { competitionId: first.id });
  const second = await startedCompetition(world);
  await driveTo(world, second, 'submitted');
  await askAndAnswer(world, second.id);
  for (const { id } of [first, second]) await refreshStatus(ctx, id);
  await showAll(ctx, chat);
  await pool.query(
    `insert into stage_runs (event_id, delivery, job, competition_id, attempt, status, worker_id, ended_at)
     select id, 0, 'a.job', competition_id, 1, 'done', 'test', clock_timestamp() from events where type <> 'card_changed'`,
  );
  await pool.query(
    `insert into leaderboard_snapshots (competition_id, taken_at, entrants, rank)
     select c.id, clock_timestamp() - make_interval(mins => n), 10, n % 7 from competitions c, generate_series(1, 150) n`,
  );
  await pool.query('update events set dispatched_at = created_at');
  await age(pool, 400);
  return { world, over: await now(world, first), active: await now(world, second) };
}

/** Shows every message; those of one lane may wait for those of another. */
async function showAll(ctx: Context, chat: RecordingChat): Promise<void> {
  let sent: number;
  do {
    sent = 0;
    for (const lane of [0, 1, 2, 3] as const) {
      const turn = { lane, worker: 'test', isOtherwiseWell: true };
      if ((await deliverNext(ctx, chat, turn)).kind === 'sent') sent += 1;
    }
  } while (sent > 0);
}

async function askAndAnswer({ ctx, pool }: PracticeWorld, competitionId: string): Promise<void> {
  const competition = await getCompetition(ctx.state, competitionId);
  const { version = 0 } = competition ?? {};
  const draft = aDraft({ blocking: false, kind: 'budget' });
  await openDecision(ctx.state, {
    competitionId,
    version,
    move: null,
    draft,
    slaSeconds: 600,
    actor: someActor,
  });
  const [asked] = await listDecisions(ctx.state, { competitionId, onlyOpen: true });
  const answer = {
    option: 'skip_competition',
    note: 'enough',
    byDefault: false,
    byName: 'Ann',
    actor: someActor,
  };
  await closeDecision(ctx.state, { id: asked?.id ?? '', ...answer });
  // Somebody came too late, which the log shows as well.
  await closeDecision(ctx.state, { id: asked?.id ?? '', ...answer, option: 'adjust_parameters' });
  await pool.query(
    `insert into audit_log (actor, action) values ('{"type": "command", "user": "x"}', 'preferences.set')`,
  );
}

/** Everything that commands and messages say of a competition. */
async function answersAbout(ctx: Context, pool: pg.Pool, { id, slug }: Competition) {
  const competition = await getCompetition(ctx.state, id);
  if (competition === null) throw new Error('it is gone');
  const decisions = await listDecisions(ctx.state, { competitionId: id, onlyOpen: false });
  const { rows: messages } = await pool.query<{ platform: string; channel: string; message: string }>(
    `select platform, channel, message_id as message from card_deliveries join cards on cards.id = card_id
     where competition_id = $1 and message_id is not null order by seq`,
    [id],
  );
  expect(messages.length).toBeGreaterThan(0);
  const threads = messages.map(({ platform, channel, message }) =>
    findThreadCompetition(ctx, { platform, channel, threadId: message }),
  );
  return {
    status: await readStatus(ctx, { slug }),
    facts: await readFacts(ctx, competition),
    statusFacts: await readStatusFacts(ctx, { slug }),
    leaderboard: await readLeaderboard(ctx, { slug }),
    research: await readResearchBrief(ctx, { slug }),
    budget: await readBudget(ctx, { slug }),
    open: await readDecisions(ctx, { slug }),
    decisions: await Promise.all(decisions.map((one) => readDecision(ctx, { decisionId: one.id }))),
    decisionLog: await readDecisionLog(ctx, { slug, limit: 100 }),
    jobs: await listTrainingJobs(ctx.state, id),
    threads: await Promise.all(threads),
    all: [await readList(ctx), await readKnown(ctx), await readDecisionLog(ctx, { slug: null, limit: 100 })],
  };
}

test('whatever is purged, every answer about a competition that goes on or is over stays what it was', async () => {
  const { world, over, active } = await twoOldCompetitions();
  const { ctx, pool } = world;
  const answers = async () => ({
    over: await answersAbout(ctx, pool, over),
    active: await answersAbout(ctx, pool, active),
    runs: await readLogs(ctx, { slug: active.slug, limit: 100 }),
  });
  const before = await answers();
  expect(before.over.decisionLog.map(({ action }) => action)).toEqual([
    'decision.answered',
    'decision.too_late',
  ]);
  expect(before.active.status.submissions).toHaveLength(1);
  expect(before.runs.runs.length).toBeGreaterThan(3);

  // Shorter lifetimes take more, so the shortest of all stands for every other.
  const shortest: Lifetimes = {
    eventDays: 1,
    cardChangeDays: 1,
    auditDays: 1,
    processDays: 1,
    snapshotDays: 1,
    alertDays: 1,
    messageDays: 1,
    objectVersionDays: 1,
    logDays: 1,
    scratchDays: 1,
    diagnosticsDays: 1,
  };
  const purged = await purge(withLifetimes(ctx, shortest));

  expect(purged.events).toBeGreaterThan(10);
  expect(purged.snapshots).toBeGreaterThan(50);
  expect(await answers()).toEqual(before);
  // What was there to go did go.
  expect(await readLogs(ctx, { slug: over.slug, limit: 100 })).toEqual({ runs: [] });
  const { rows } = await pool.query(
    `select count(*)::int as left from audit_log where action = 'preferences.set'`,
  );
  expect(rows).toEqual([{ left: 0 }]);
});

test('a competition that was at work all the while goes on to its end after a purge', async () => {
  const { world, active } = await twoOldCompetitions();
  await purge(withLifetimes(world.ctx, { ...someLifetimes, eventDays: 1 }));
  await world.pool.query(
    `update events set dispatched_at = null where id = (select max(id) from events where competition_id = $1 and type = 'submission_completed')`,
    [active.id],
  );

  expect(await driveTo(world, active, 'completed')).toMatchObject({ state: 'completed' });
});

test('a backlog is removed in small steps until nothing is left', async () => {
  const { pool, state } = await freshState();
  const { log, lines } = recordingLog();
  const ctx = await aContext({ state, log });
  await pool.query(
    `insert into events (type, actor, created_at, dispatched_at)
     select 'card_changed', '{"type": "console", "user": "tester"}', now() - interval '30 days', now() - interval '30 days'
     from generate_series(1, 1201)`,
  );

  const purged = await purge(ctx);

  expect(purged).toMatchObject({ events: 1_201, stageRuns: 0 });
  expect((await pool.query('select from events')).rowCount).toBe(0);
  expect(lines).toEqual([{ level: 'info', message: expect.stringContaining('removed'), fields: { purged } }]);
  expect(await purge(ctx)).toMatchObject({ events: 0 });
  expect(lines).toHaveLength(1);
});

test('an agent that stops leaves the rest for its next start', async () => {
  const { pool, state } = await freshState();
  const ctx = await aContext({ state, signal: AbortSignal.abort() });
  await pool.query(
    `insert into events (type, actor, created_at, dispatched_at)
     values ('card_changed', '{"type": "console", "user": "tester"}', now() - interval '30 days', now() - interval '30 days')`,
  );

  expect(await purge(ctx)).toMatchObject({ events: 0 });
  expect((await pool.query('select from events')).rowCount).toBe(1);
});

const dayMs = 86_400_000;

async function aFile(path: string, daysOld: number): Promise<void> {
  await writeFile(path, 'text');
  await aged(path, daysOld);
}

async function aged(path: string, daysOld: number): Promise<void> {
  const at = new Date(Date.now() - daysOld * dayMs);
  await utimes(path, at, at);
}

test('old files of ours go, the newest that is to stay, and what others put beside them do not', async () => {
  const { state } = await freshState();
  const folder = await tempFolder();
  for (const [name, days] of [
    ['agent.log', 90],
    ['agent.log.1', 20],
    ['agent.log.2', 31],
    ['agent.log.3', 45],
    ['notes.txt', 400],
  ] as const) {
    await aFile(join(folder, name), days);
  }
  const names = /^agent\.log\.\d+$/;
  const ctx = withLifetimes(await aContext({ state }), {}, [
    { folder, names, days: 30, keepNewest: 0 },
    { folder: join(folder, 'nowhere'), names, days: 30, keepNewest: 0 },
  ]);

  expect(await purge(ctx)).toMatchObject({ files: 2 });
  expect((await readdir(folder)).sort()).toEqual(['agent.log', 'agent.log.1', 'notes.txt']);

  const keeping = withLifetimes(ctx, {}, [{ folder, names: /./, days: 10, keepNewest: 2 }]);
  expect(await purge(keeping)).toMatchObject({ files: 1 });
  expect((await readdir(folder)).sort()).toEqual(['agent.log', 'agent.log.1']);
});

test('a folder is as old as the newest thing in it, and a link is no way out', async () => {
  const { state } = await freshState();
  const folder = await tempFolder();
  const elsewhere = await tempFolder();
  await aFile(join(elsewhere, 'precious'), 900);
  for (const name of ['gate-old', 'gate-used']) {
    await mkdir(join(folder, name, 'deep'), { recursive: true });
    await aFile(join(folder, name, 'deep', 'file'), name === 'gate-old' ? 9 : 0);
    await symlink(elsewhere, join(folder, name, 'link'));
  }
  await symlink(elsewhere, join(folder, 'gate-link'));
  const inTenDays = () => new Date(Date.now() + 3 * dayMs);
  const ctx = withLifetimes(await aContext({ state, now: inTenDays }), {}, [
    { folder, names: /^gate-/, days: 2, keepNewest: 0 },
  ]);
  await aged(join(folder, 'gate-used', 'deep', 'file'), -2);

  expect(await purge(ctx)).toMatchObject({ files: 2 });
  expect(await readdir(folder)).toEqual(['gate-used']);
  expect(await readdir(elsewhere)).toEqual(['precious']);
});

test('a store that cannot clear away holds up nothing else', async () => {
  const { state } = await freshState();
  const { log, lines } = recordingLog();
  const folder = await tempFolder();
  await aFile(join(folder, 'old'), 9);
  const base = await aContext({ state, log });
  const prune = async (): Promise<never> => {
    throw new Error('no way to the bucket');
  };
  const ctx = withLifetimes({ ...base, objects: { ...base.objects, prune } }, {}, [
    { folder, names: /./, days: 2, keepNewest: 0 },
  ]);

  expect(await purge(ctx)).toMatchObject({ objects: 0, files: 1 });
  expect(lines.map(({ level }) => level)).toEqual(['warn', 'info']);
});
