-- Submissions that wait for a slot of the day, uploads that another process goes on with, and looks at the vendor
-- that found nothing.

alter table submissions drop constraint submissions_status_check;
alter table submissions add constraint submissions_status_check
  check (status in ('planned', 'queued', 'sent', 'accepted', 'scored', 'error', 'refused', 'dropped'));
alter table submissions
  -- How often it was marked as sent: more than once where the vendor surely had nothing of it.
  add column attempt integer not null default 0,
  -- The first look after the grace that found nothing; only a second one, a lag later, counts.
  add column unseen_at timestamptz,
  -- Left to the queue by its round.
  add column queued_at timestamptz,
  -- What the competition's score would gain by its cross-validated score; null where there is nothing to compare.
  add column gain double precision,
  -- Why it waits, or why it was dropped.
  add column reason text;
create index on submissions (competition_id) where queued_at is not null and status in ('queued', 'sent');

-- A place at the vendor that takes one file. Whoever knows its address may write there: no dashboard reads this
-- table, the address goes once the file is there, the row once the submission is settled.
create table submission_uploads (
  submission_id uuid primary key references submissions (id) on delete cascade,
  token text not null,
  url text,
  file_name text not null,
  size_bytes bigint not null check (size_bytes >= 0),
  expires_at timestamptz not null,
  completed_at timestamptz
);
alter table submission_uploads enable row level security;
create policy service_role_all on submission_uploads for all to service_role using (true) with check (true);

-- A round whose file waits for a slot, or is not worth one, goes on.
insert into competition_moves (from_state, event, to_state, remember, starts_round)
values ('training_completed', 'submission_deferred', 'analyzing', null, false);

-- {submission, fresh}: the row of this key; fresh false where it stood already. The same file is never sent twice.
-- One that waits, or was dropped, belongs to the round that made it again.
create or replace function open_submission(
  p_competition_id uuid, p_version integer, p_params_hash text, p_approach text, p_members jsonb,
  p_object_key text, p_cv double precision, p_estimate double precision, p_scores jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  c competitions;
  found_row submissions;
  made submissions;
  number integer;
begin
  select * into c from competitions where id = p_competition_id for update;
  if not found or c.version <> p_version or c.state <> 'training_completed' then return null; end if;
  select * into found_row from submissions where competition_id = c.id and params_hash = p_params_hash for update;
  if found and found_row.status in ('queued', 'dropped') then
    update submissions set status = 'planned', round = c.round, queued_at = null, gain = null, reason = null
    where id = found_row.id returning * into made;
    return jsonb_build_object('submission', to_jsonb(made), 'fresh', true);
  elsif found_row.id is not null then
    return jsonb_build_object('submission', to_jsonb(found_row), 'fresh', false);
  end if;
  select count(*) + 1 into number from submissions where competition_id = c.id;
  insert into submissions (competition_id, round, key, params_hash, approach, members, object_key, cv, estimate, scores)
  select c.id, c.round, 'ka-' || left(replace(i.id::text, '-', ''), 8) || '-sub-' || left(replace(c.id::text, '-', ''), 12) || '-' || number,
         p_params_hash, p_approach, p_members, p_object_key, p_cv, p_estimate, p_scores
  from installation i returning * into made;
  return jsonb_build_object('submission', to_jsonb(made), 'fresh', true);
end $$;

-- Committed before the call that cannot be repeated. null: it was sent before; look it up at the vendor.
create or replace function mark_submission_sent(p_id uuid) returns jsonb language sql set search_path = public as $$
  update submissions set status = 'sent', sent_at = clock_timestamp(), attempt = attempt + 1, unseen_at = null
  where id = p_id and status in ('planned', 'queued') returning to_jsonb(submissions);
$$;

-- The vendor surely has nothing of it: it may be sent again. With an attempt only while that one is the last: what
-- an earlier one comes to know late says nothing about the one under way.
drop function mark_submission_absent(uuid);
create function mark_submission_absent(p_id uuid, p_attempt integer default null) returns jsonb
language sql set search_path = public as $$
  update submissions set status = case when queued_at is null then 'planned' else 'queued' end, unseen_at = null
  where id = p_id and status = 'sent' and attempt = coalesce(p_attempt, attempt) returning to_jsonb(submissions);
$$;

-- {absent, waitSeconds}: a look at the vendor, begun p_age_seconds ago, found nothing. A late arrival and a lagging
-- list look the same: absent only when a look found nothing after p_after_seconds since it was sent, and another one
-- p_lag_seconds later. All by one clock. null: it is no longer sent.
create function note_submission_unseen(
  p_id uuid, p_age_seconds double precision, p_after_seconds double precision, p_lag_seconds double precision
) returns jsonb language plpgsql set search_path = public as $$
declare
  s submissions;
  looked_at timestamptz := clock_timestamp() - make_interval(secs => p_age_seconds);
  due timestamptz;
begin
  select * into s from submissions where id = p_id for update;
  if not found or s.status <> 'sent' then return null; end if;
  due := s.sent_at + make_interval(secs => p_after_seconds);
  if s.unseen_at is not null then due := s.unseen_at + make_interval(secs => p_lag_seconds); end if;
  if looked_at < due then
    return jsonb_build_object('absent', false,
      'waitSeconds', greatest(0, extract(epoch from due - clock_timestamp())));
  end if;
  if s.unseen_at is null then
    update submissions set unseen_at = looked_at where id = p_id;
    return jsonb_build_object('absent', false, 'waitSeconds', p_lag_seconds);
  end if;
  perform mark_submission_absent(p_id);
  return jsonb_build_object('absent', true, 'waitSeconds', 0);
end $$;

-- The vendor has it: recorded, and the competition moves on, in one step. isKnown: it had it before, from an earlier
-- round, and nothing was sent.
create or replace function accept_submission(p_id uuid, p_version integer, p_vendor_ref text, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  accepted submissions;
  is_known boolean;
begin
  update submissions set status = 'accepted', vendor_ref = p_vendor_ref, accepted_at = clock_timestamp()
  where id = p_id and status in ('planned', 'queued', 'sent') returning * into accepted;
  is_known := not found;
  if is_known then select * into accepted from submissions where id = p_id; end if;
  delete from submission_uploads where submission_id = p_id;
  return transition_competition(accepted.competition_id, p_version, 'submission_completed',
    jsonb_build_object('submissionId', p_id, 'key', accepted.key, 'isKnown', is_known), p_actor);
end $$;

-- The same for one of the queue, whose competition went on without it. null: settled before.
create function accept_queued_submission(p_id uuid, p_vendor_ref text) returns jsonb
language plpgsql set search_path = public as $$
declare
  accepted submissions;
begin
  update submissions set status = 'accepted', vendor_ref = p_vendor_ref, accepted_at = clock_timestamp()
  where id = p_id and status in ('queued', 'sent') returning * into accepted;
  if not found then return null; end if;
  delete from submission_uploads where submission_id = p_id;
  return to_jsonb(accepted);
end $$;

drop function refuse_submission(uuid, text);
create function refuse_submission(p_id uuid, p_error text, p_attempt integer default null) returns jsonb
language plpgsql set search_path = public as $$
declare
  refused submissions;
begin
  update submissions set status = 'refused', error = p_error
  where id = p_id and status in ('planned', 'queued', 'sent') and attempt = coalesce(p_attempt, attempt)
  returning * into refused;
  if not found then return null; end if;
  delete from submission_uploads where submission_id = p_id;
  return to_jsonb(refused);
end $$;

-- Left to the queue, and the round goes on, in one step; as transition_competition answers.
create function queue_submission(
  p_id uuid, p_version integer, p_gain double precision, p_reason text, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  waiting submissions;
begin
  perform from competitions c join submissions s on s.competition_id = c.id
  where s.id = p_id and c.version = p_version and c.state = 'training_completed' for update of c;
  if not found then return jsonb_build_object('outcome', 'stale'); end if;
  update submissions set status = 'queued', queued_at = clock_timestamp(), gain = p_gain, reason = p_reason
  where id = p_id and status = 'planned' returning * into waiting;
  if not found then return jsonb_build_object('outcome', 'stale'); end if;
  return transition_competition(waiting.competition_id, p_version, 'submission_deferred',
    jsonb_build_object('submissionId', p_id, 'key', waiting.key, 'reason', p_reason), p_actor);
end $$;

-- It will not be sent any more. null: it no longer waits.
create function drop_submission(p_id uuid, p_reason text) returns jsonb
language plpgsql set search_path = public as $$
declare
  dropped submissions;
begin
  update submissions set status = 'dropped', reason = p_reason
  where id = p_id and status = 'queued' returning * into dropped;
  if not found then return null; end if;
  delete from submission_uploads where submission_id = p_id;
  return to_jsonb(dropped);
end $$;

-- What waits, and what the queue has sent without knowing how that ended.
create function list_queued_submissions() returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(s) order by s.queued_at, s.key), '[]') from submissions s
  where queued_at is not null and status in ('queued', 'sent');
$$;

-- A place for the file of a submission that was not sent yet: the one that stands, while it is good, else this one.
-- So two workers send one file into one place. null: it was sent, or is settled.
create function store_submission_upload(
  p_id uuid, p_token text, p_url text, p_file_name text, p_size_bytes bigint, p_life_seconds double precision
) returns jsonb language plpgsql set search_path = public as $$
declare
  stored submission_uploads;
begin
  perform from submissions where id = p_id and status in ('planned', 'queued') for update;
  if not found then return null; end if;
  insert into submission_uploads (submission_id, token, url, file_name, size_bytes, expires_at)
  values (p_id, p_token, p_url, p_file_name, p_size_bytes, clock_timestamp() + make_interval(secs => p_life_seconds))
  on conflict (submission_id) do update set token = excluded.token, url = excluded.url,
    file_name = excluded.file_name, size_bytes = excluded.size_bytes, expires_at = excluded.expires_at, completed_at = null
    where submission_uploads.expires_at <= clock_timestamp()
  returning * into stored;
  if not found then select * into stored from submission_uploads where submission_id = p_id; end if;
  return to_jsonb(stored);
end $$;

create function read_submission_upload(p_id uuid) returns jsonb language sql stable set search_path = public as $$
  select to_jsonb(u) from submission_uploads u where submission_id = p_id and expires_at > clock_timestamp();
$$;

-- The file is there: only the token is needed from now on.
create function complete_submission_upload(p_id uuid, p_token text) returns jsonb
language sql set search_path = public as $$
  update submission_uploads set completed_at = coalesce(completed_at, clock_timestamp()), url = null
  where submission_id = p_id and token = p_token returning to_jsonb(submission_uploads);
$$;

-- This place takes nothing any more; one that another worker has made meanwhile stays.
create function clear_submission_upload(p_id uuid, p_token text) returns jsonb
language sql set search_path = public as $$
  delete from submission_uploads where submission_id = p_id and token = p_token returning to_jsonb(submission_id);
$$;

-- Sent more than once in the last while, because the vendor had nothing of it: an earlier call may still arrive.
create function list_resent_submissions(p_since_seconds double precision) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(s) order by s.accepted_at, s.key), '[]') from submissions s
  where attempt > 1 and accepted_at > clock_timestamp() - make_interval(secs => p_since_seconds);
$$;
