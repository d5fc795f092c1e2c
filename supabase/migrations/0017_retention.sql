-- Retention: what no competition's record needs goes after its lifetime, a few rows at a time. What is not named here
-- stays: competitions, transitions, research, approaches, code, runs, machines, money, submissions, decisions, the
-- cards of competitions and what else is of one row each.

-- Rows that are at work in another transaction are left for the next time, so nobody waits for a purge, and two of
-- them share the work. The lifetimes are in days under the names of the settings; one that is missing keeps all.
-- {events, stageRuns, audit, processes, snapshots, alerts, messages: rows that went, isDone: no more for now}
create function purge(p_lifetimes jsonb, p_limit integer) returns jsonb
language plpgsql set search_path = public as $$
declare
  event_limit timestamptz := retention_limit(p_lifetimes, 'eventDays');
  card_change_limit timestamptz := retention_limit(p_lifetimes, 'cardChangeDays');
  audit_limit timestamptz := retention_limit(p_lifetimes, 'auditDays');
  process_limit timestamptz := retention_limit(p_lifetimes, 'processDays');
  snapshot_limit timestamptz := retention_limit(p_lifetimes, 'snapshotDays');
  alert_limit timestamptz := retention_limit(p_lifetimes, 'alertDays');
  message_limit timestamptz := retention_limit(p_lifetimes, 'messageDays');
  gone_events integer;
  gone_runs integer;
  gone_audit integer;
  gone_processes integer;
  gone_snapshots integer;
  gone_alerts integer;
  gone_messages integer;
begin
  -- An event goes with the runs that it caused, once all of them have ended for as long as it was kept. What the sweep
  -- looks at stays: every event of a competition that goes on, paused and failed ones included.
  with old as materialized (
    select e.id from events e left join competitions c on c.id = e.competition_id
    where e.dispatched_at is not null
      and case when e.type = 'card_changed' then greatest(e.created_at, e.dispatched_at) < card_change_limit
          else greatest(e.created_at, e.dispatched_at) < event_limit
            and (c.id is null
                 or c.state in ('completed', 'abandoned') and coalesce(c.finished_at, c.updated_at) < event_limit
                 -- only seen, and never asked for
                 or c.state = 'discovered' and c.requested_at is null) end
      and not exists (select from stage_runs r where r.event_id = e.id
                      and (r.ended_at is null or r.ended_at >= event_limit))
    order by e.id limit p_limit for update of e skip locked
  ), runs as (
    delete from stage_runs r using old where r.event_id = old.id returning 1
  ), gone as (
    delete from events e using old where e.id = old.id returning 1
  )
  select (select count(*) from gone), (select count(*) from runs) into gone_events, gone_runs;

  -- What was done about a competition, and about money, is its record. Who was turned away is none of that, except
  -- where somebody wanted to decide: the log of decisions shows it.
  delete from audit_log where id in (
    select id from audit_log
    where at < audit_limit and action not like 'budget.%'
      and (competition_id is null or action like 'refused.%' and action <> 'refused.decide')
    order by id limit p_limit for update skip locked);
  get diagnostics gone_audit = row_count;

  -- Of a process that fell silent people are told first.
  delete from workers where id in (
    select id from workers
    where heartbeat_at < process_limit and (stopped_at < process_limit or missing_since < process_limit)
    limit p_limit for update skip locked);
  get diagnostics gone_processes = row_count;

  -- The last of each day shows how it went, whenever that was; messages and commands show the newest hundred at most.
  delete from leaderboard_snapshots where id in (
    select id from leaderboard_snapshots where id in (
      select s.id from (
        select id, taken_at,
          row_number() over (partition by competition_id order by id desc) as place,
          row_number() over (partition by competition_id, (taken_at at time zone 'UTC')::date order by id desc) as of_day
        from leaderboard_snapshots) s
      where s.place > 100 and s.of_day > 1 and s.taken_at < snapshot_limit
      order by s.id limit p_limit)
    for update skip locked);
  get diagnostics gone_snapshots = row_count;

  delete from alerts where id in (
    select id from alerts where cleared_at < alert_limit
    limit p_limit for update skip locked);
  get diagnostics gone_alerts = row_count;

  -- The messages themselves stay in the chats. Those of a competition are known for good: by them a command in a
  -- thread finds its competition, and an event that is sent again finds that it was told.
  delete from cards where id in (
    select c.id from cards c
    where c.competition_id is null and (c.kind in ('digest', 'discovered') or c.kind = 'alert' and c.is_over)
      and c.updated_at < message_limit
      and not exists (select from card_deliveries d where d.card_id = c.id and d.lease_until > clock_timestamp())
      and not exists (select from alerts a where c.subject = 'alert:' || a.id)
    order by c.seq limit p_limit for update skip locked);
  get diagnostics gone_messages = row_count;

  return jsonb_build_object(
    'events', gone_events, 'stageRuns', gone_runs, 'audit', gone_audit, 'processes', gone_processes,
    'snapshots', gone_snapshots, 'alerts', gone_alerts, 'messages', gone_messages,
    'isDone', greatest(gone_events, gone_audit, gone_processes, gone_snapshots, gone_alerts, gone_messages) < p_limit);
end $$;

-- What is older may go; null, before which nothing lies, where no lifetime is given. A day is the least: a wrong
-- number must not take what was written just now.
create function retention_limit(p_lifetimes jsonb, p_name text) returns timestamptz
language sql stable set search_path = public as $$
  select clock_timestamp() - make_interval(days => greatest((p_lifetimes ->> p_name)::integer, 1))
  where p_lifetimes ->> p_name is not null;
$$;
