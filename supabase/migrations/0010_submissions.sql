-- Submissions are fenced: an intent row with a key that the vendor sees comes before any call.

-- {submission, fresh}: the row of this key; fresh false where it stood already. The same file is never sent twice.
create function open_submission(
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
  select * into found_row from submissions where competition_id = c.id and params_hash = p_params_hash;
  if found then
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
create function mark_submission_sent(p_id uuid) returns jsonb language sql set search_path = public as $$
  update submissions set status = 'sent', sent_at = clock_timestamp()
  where id = p_id and status = 'planned' returning to_jsonb(submissions);
$$;

-- The vendor surely has nothing of it: it may be sent again.
create function mark_submission_absent(p_id uuid) returns jsonb language sql set search_path = public as $$
  update submissions set status = 'planned' where id = p_id and status = 'sent' returning to_jsonb(submissions);
$$;

-- The vendor has it: recorded, and the competition moves on, in one step.
create function accept_submission(p_id uuid, p_version integer, p_vendor_ref text, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  accepted submissions;
begin
  update submissions set status = 'accepted', vendor_ref = p_vendor_ref, accepted_at = clock_timestamp()
  where id = p_id and status in ('planned', 'sent') returning * into accepted;
  if not found then select * into accepted from submissions where id = p_id; end if;
  return transition_competition(accepted.competition_id, p_version, 'submission_completed',
    jsonb_build_object('submissionId', p_id, 'key', accepted.key), p_actor);
end $$;

create function refuse_submission(p_id uuid, p_error text) returns jsonb language sql set search_path = public as $$
  update submissions set status = 'refused', error = p_error
  where id = p_id and status in ('planned', 'sent') returning to_jsonb(submissions);
$$;

-- A final status never changes back; a score that the vendor revises is stored.
create function score_submission(
  p_id uuid, p_status text, p_public_score text, p_private_score text, p_error text
) returns jsonb language sql set search_path = public as $$
  update submissions set
    status = case when status in ('scored', 'error') then status else p_status end,
    public_score = coalesce(p_public_score, public_score),
    private_score = coalesce(p_private_score, private_score),
    error = coalesce(p_error, error),
    scored_at = coalesce(scored_at, clock_timestamp())
  where id = p_id and status in ('accepted', 'scored', 'error') returning to_jsonb(submissions);
$$;

create function finish_submission(
  p_id uuid, p_private_score text, p_final_score double precision, p_rank integer, p_entrants integer
) returns jsonb language sql set search_path = public as $$
  update submissions set private_score = coalesce(p_private_score, private_score), final_score = p_final_score,
    final_rank = p_rank, final_entrants = p_entrants
  where id = p_id returning to_jsonb(submissions);
$$;

create function list_submissions(p_competition_id uuid) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(s) order by s.created_at, s.key), '[]') from submissions s
  where competition_id = p_competition_id;
$$;

create function list_unscored_submissions() returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(s) || jsonb_build_object('slug', c.slug) order by s.created_at), '[]')
  from submissions s join competitions c on c.id = s.competition_id
  where s.status = 'accepted' and c.state not in ('abandoned');
$$;

create function record_leaderboard(
  p_competition_id uuid, p_entrants integer, p_rank integer, p_score double precision, p_top jsonb
) returns jsonb language sql set search_path = public as $$
  insert into leaderboard_snapshots (competition_id, entrants, rank, score, top)
  values (p_competition_id, p_entrants, p_rank, p_score, p_top) returning to_jsonb(leaderboard_snapshots);
$$;

create function list_leaderboards(p_competition_id uuid, p_limit integer) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(l) order by l.id), '[]') from (
    select * from leaderboard_snapshots where competition_id = p_competition_id order by id desc limit p_limit
  ) l;
$$;
