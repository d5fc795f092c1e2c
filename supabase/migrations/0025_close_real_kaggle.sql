-- Submissions.

-- What waits, and what was sent without knowing how that ended: by the queue, or by a competition that submits no more,
-- stopped on the way. One that began anew has left its name at the vendor to the new one.
create or replace function list_queued_submissions() returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(s) order by s.queued_at, s.key), '[]')
  from submissions s join competitions c on c.id = s.competition_id
  where (s.queued_at is not null and s.status in ('queued', 'sent')
      or s.status = 'sent' and c.state <> 'training_completed')
    and not exists (select from audit_log a where a.competition_id = c.id and a.action = 'competition.archived');
$$;

-- A finished competition begins anew: its rows stay, its life starts over. What waited is not sent any more. Of several
-- who ask at once the first puts it aside; the row that has left its name is nobody's any more.
create or replace function reopen_competition(p_id uuid, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  again competitions;
begin
  select * into again from competitions where id = p_id for update;
  if not found or again.state not in ('completed', 'abandoned')
     or exists (select from audit_log where competition_id = p_id and action = 'competition.archived') then
    return null;
  end if;
  perform audit(p_actor, 'competition.archived', p_id, to_jsonb(again));
  perform drop_submission(id, 'The competition was begun anew before a submission was free.')
  from submissions where competition_id = p_id and status = 'queued';
  update competitions set slug = left(again.slug, 80) || '-' || to_char(clock_timestamp(), 'YYYYMMDDHH24MISS')
  where id = p_id;
  insert into competitions (slug, title, details, feasibility)
  values (again.slug, again.title, again.details, again.feasibility) returning * into again;
  return to_jsonb(again);
end $$;

-- Discovery and gates.

-- As in 0019, but what somebody else has let begin meanwhile waits at no gate any more.
create or replace function meet_gate(
  p_competition_id uuid, p_version integer, p_kind text, p_details jsonb, p_draft jsonb,
  p_wait_seconds double precision, p_reason text, p_request jsonb, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  c competitions;
  g gates;
  moved jsonb;
begin
  if p_request is not null then
    -- before the row, as everywhere
    perform pg_advisory_xact_lock(hashtext('admit_competitions'));
  end if;
  select * into c from competitions where id = p_competition_id for update;
  if not found then return null; end if;
  select * into g from gates where competition_id = c.id and ended_at is null;
  if found then
    return jsonb_build_object('gate', to_jsonb(g), 'is_new', false);
  end if;
  if c.version <> p_version or c.state in ('completed', 'abandoned')
     or p_request is not null and c.admitted_at is not null then
    return null;
  end if;
  insert into gates (competition_id, kind, met_in, details)
  values (c.id, p_kind, c.state, coalesce(p_details, '{}')) returning * into g;
  if p_request is not null then
    perform request_competition(c.id, (p_request ->> 'priority')::integer, p_request -> 'limits',
      (p_request ->> 'maxActive')::integer, p_actor);
  else
    moved := transition_competition(c.id, c.version, 'paused',
      jsonb_build_object('reason', p_reason, 'code', p_kind, 'gateId', g.id), p_actor);
    if moved ->> 'outcome' <> 'moved' then
      raise exception 'competition % cannot wait at a gate from state %', c.slug, c.state using errcode = 'KA001';
    end if;
  end if;
  g.decision_id := ask_at_gate(g, p_draft, p_wait_seconds, p_actor);
  return jsonb_build_object('gate', to_jsonb(g), 'is_new', true);
end $$;

-- As in 0020, but of what was closed long ago, and nobody ever asked for, nothing is read: the list would only grow.
-- One that comes back is noticed all the same.
create or replace function list_listings(p_slug text) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg((to_jsonb(l) - 'files') || jsonb_build_object(
    'competition_id', c.id, 'title', c.title, 'state', c.state, 'requested_at', c.requested_at,
    'details', c.details, 'feasibility', c.feasibility,
    'rules_declined', exists (
      select from gates g join human_interventions d on d.id = g.decision_id
      where g.competition_id = c.id and g.kind = 'rules_not_accepted' and g.outcome = 'given_up'
        -- nobody's silence declines anything
        and d.status = 'decided' and d.decided_by ->> 'type' <> 'default')
  ) order by l.slug), '[]')
  from competition_listings l join competitions c on c.slug = l.slug
  where case when p_slug is null
    then l.closed_at is null or c.requested_at is not null or l.closed_at > clock_timestamp() - interval '30 days'
    else l.slug = p_slug end;
$$;

-- Data.

-- What was found out about a problem, and in the same step which data it was found in (p_details.data) and since when:
-- what was trained before knew other rows.
create or replace function set_competition_problem(p_id uuid, p_problem jsonb, p_profile jsonb, p_details jsonb)
returns jsonb language sql set search_path = public as $$
  update competitions set problem = p_problem, profile = p_profile, updated_at = clock_timestamp(),
    details = details || p_details || case when p_details ? 'data' then jsonb_build_object('data',
      (p_details -> 'data') || jsonb_build_object('readAt',
        to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))) else '{}' end
  where id = p_id returning to_jsonb(competitions);
$$;

drop function note_data_read(uuid, jsonb);

-- The vendor refused the download for now; nobody of the installation asks again for so many seconds. A time in which
-- nobody asked is no time of refusals: one that was paused for a week begins anew.
create or replace function note_download_refused(p_competition_id uuid, p_version text, p_wait_seconds double precision)
returns jsonb language sql set search_path = public as $$
  insert into data_downloads as d (competition_id, version, phase, refused_since, not_before)
  values (p_competition_id, p_version, 'waiting_for_vendor', clock_timestamp(),
    clock_timestamp() + make_interval(secs => p_wait_seconds))
  on conflict (competition_id) do update set
    version = excluded.version,
    phase = excluded.phase,
    refused_since = case when d.not_before > clock_timestamp() - interval '1 hour'
      then coalesce(d.refused_since, excluded.refused_since) else excluded.refused_since end,
    not_before = excluded.not_before,
    updated_at = clock_timestamp()
  returning to_jsonb(d);
$$;

-- As before, and refusals that nobody asked for within an hour since are over.
create or replace function read_data_download(p_competition_id uuid) returns jsonb
language sql stable set search_path = public as $$
  select jsonb_build_object(
    'download', (select to_jsonb(d) from data_downloads d where d.competition_id = p_competition_id),
    'refusedSeconds', (select extract(epoch from clock_timestamp() - d.refused_since)
      from data_downloads d where d.competition_id = p_competition_id
        and d.not_before > clock_timestamp() - interval '1 hour'),
    'pauseSeconds', (select coalesce(greatest(extract(epoch from max(not_before) - clock_timestamp()), 0), 0)
      from data_downloads where phase <> 'done'));
$$;

-- As before, and a pause that the vendor asked for, however long, is no silence.
create or replace function overdue_competitions(p_slas jsonb) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(c) || jsonb_build_object('since', t.at)), '[]')
  from competitions c
  join lateral (
    select max(at) as at from transitions t where t.competition_id = c.id and not t.refused
  ) t on true
  left join lateral (
    select phase, refused_since, greatest(updated_at, not_before) as heard_at from data_downloads
    where competition_id = c.id
  ) d on true
  where p_slas ? c.state
    and greatest(t.at, case when c.state = 'researching'
        and (d.refused_since is null or d.refused_since > clock_timestamp() - interval '1 day') then d.heard_at end)
      < clock_timestamp() - make_interval(secs => (p_slas ->> c.state)::double precision)
    and not (c.state = 'researching' and d.phase is distinct from 'done' and d.heard_at is not null
      and d.heard_at > clock_timestamp() - interval '20 minutes'
      and (d.refused_since is null or d.refused_since > clock_timestamp() - interval '1 day'));
$$;

-- What a person was asked about a submission before it is sent.
alter table submissions add column doubt_id uuid references human_interventions (id) on delete set null;

-- Asks a person about a planned submission, once whoever asks. As the question stands now; null where nothing was
-- asked: the competition moved on, or as many questions are open as people should have.
create function doubt_submission(
  p_id uuid, p_version integer, p_draft jsonb, p_sla_seconds double precision, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  s submissions;
  asked uuid;
begin
  -- the competition first, as everything that moves it
  perform from competitions where id = (select competition_id from submissions where id = p_id) for update;
  select * into s from submissions where id = p_id for update;
  if not found or s.status <> 'planned' then return null; end if;
  if s.doubt_id is null then
    asked := (open_decision(s.competition_id, p_version, null, p_draft, p_sla_seconds, p_actor) ->> 'id')::uuid;
    update submissions set doubt_id = asked where id = p_id returning * into s;
  end if;
  return (select to_jsonb(d) from human_interventions d where d.id = s.doubt_id);
end $$;

-- A person wants it not sent: dropped, and the round goes on, in one step; as transition_competition answers.
create function withhold_submission(p_id uuid, p_version integer, p_reason text, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  withheld submissions;
begin
  perform from competitions c join submissions s on s.competition_id = c.id
  where s.id = p_id and c.version = p_version and c.state = 'training_completed' for update of c;
  if not found then return jsonb_build_object('outcome', 'stale'); end if;
  update submissions set status = 'dropped', reason = p_reason
  where id = p_id and status = 'planned' returning * into withheld;
  if not found then return jsonb_build_object('outcome', 'stale'); end if;
  delete from submission_uploads where submission_id = p_id;
  return transition_competition(withheld.competition_id, p_version, 'submission_deferred',
    jsonb_build_object('submissionId', p_id, 'key', withheld.key, 'reason', p_reason), p_actor);
end $$;
