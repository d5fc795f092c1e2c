-- Cards: everything that is told to people, and its copies in each chat.

-- Writes the newest content of a subject's card, and makes its copy in every chat due. null: nothing changed.
-- p_is_once: the first content stays.
create function save_card(
  p_subject text, p_kind text, p_competition_id uuid, p_content jsonb, p_surface text, p_parent_subject text,
  p_mention text, p_is_urgent boolean, p_is_pinned boolean, p_is_over boolean, p_lane integer, p_is_once boolean,
  p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  saved cards;
begin
  -- with register_chat: a card is either there when a chat comes, or finds the chat
  perform pg_advisory_xact_lock_shared(hashtext('chats'));
  insert into cards (subject, kind, competition_id, content, surface, parent_subject, mention, is_urgent, is_pinned, is_over, lane)
  values (p_subject, p_kind, p_competition_id, p_content, p_surface, p_parent_subject, p_mention, p_is_urgent, p_is_pinned, p_is_over, p_lane)
  on conflict (subject) do update set content = excluded.content, is_over = excluded.is_over, lane = excluded.lane,
    rev = cards.rev + 1, updated_at = clock_timestamp()
    -- what is over stays so, whatever a slower writer still believed
    where cards.content <> excluded.content and not p_is_once and not (cards.is_over and not excluded.is_over)
  returning * into saved;
  if not found then return null; end if;
  insert into card_deliveries (card_id, platform, channel)
  select saved.id, platform, channel from chats where seen_at > clock_timestamp() - interval '7 days'
  on conflict (card_id, platform, channel) do update set
    is_due = md5(saved.content::text) is distinct from card_deliveries.sent_hash;
  -- a reply needs the message that it replies to, however long ago that was written
  insert into card_deliveries (card_id, platform, channel)
  select p.id, c.platform, c.channel from cards p cross join chats c where p.subject = saved.parent_subject
  on conflict (card_id, platform, channel) do nothing;
  perform emit_event('card_changed', p_competition_id,
    jsonb_build_object('cardId', saved.id, 'rev', saved.rev), p_actor);
  return to_jsonb(saved);
end $$;

create function get_card(p_id uuid) returns jsonb language sql stable set search_path = public as $$
  select to_jsonb(c) || jsonb_build_object('deliveries', coalesce((
    select jsonb_agg(to_jsonb(d) order by d.platform, d.channel) from card_deliveries d where d.card_id = c.id), '[]'))
  from cards c where c.id = p_id;
$$;

create function find_card(p_subject text) returns jsonb language sql stable set search_path = public as $$
  select get_card(id) from cards where subject = p_subject;
$$;

-- The newest card of a kind about a competition.
create function latest_card(p_competition_id uuid, p_kind text) returns jsonb
language sql stable set search_path = public as $$
  select get_card(id) from cards where competition_id = p_competition_id and kind = p_kind order by seq desc limit 1;
$$;

-- The competition of a message or of its thread.
create function competition_of_message(p_platform text, p_channel text, p_message_id text) returns jsonb
language sql stable set search_path = public as $$
  select to_jsonb(c.slug)
  from card_deliveries d join cards k on k.id = d.card_id join competitions c on c.id = k.competition_id
  where d.platform = p_platform and d.channel = p_channel and p_message_id in (d.message_id, d.thread_id)
  order by k.seq limit 1;
$$;

-- The agent talks here. A chat that is new, or was left out for a day while others were not, gets what still
-- matters: open questions, lasting alerts, the competitions that go on, the board; nothing of the past.
-- p_is_alone: no other process sends, so what others had claimed is free.
create function register_chat(
  p_platform text, p_channel text, p_can_answer boolean, p_worker text, p_is_alone boolean, p_now timestamptz
) returns jsonb
language plpgsql set search_path = public as $$
declare
  moment timestamptz := coalesce(p_now, clock_timestamp());
  known chats;
  chat chats;
begin
  perform pg_advisory_xact_lock(hashtext('chats'));
  if p_is_alone then
    update card_deliveries set lease_by = null, lease_until = null, lease_lane = null
    where platform = p_platform and channel = p_channel and lease_until is not null and lease_by <> p_worker;
  end if;
  select * into known from chats where platform = p_platform and channel = p_channel;
  if known.seen_at > moment - interval '7 days'
     and not exists (select from chats o where o.seen_at > known.seen_at + interval '1 day') then
    update chats set can_answer = p_can_answer, seen_at = moment
    where platform = p_platform and channel = p_channel returning * into chat;
    return to_jsonb(chat);
  end if;
  insert into chats (platform, channel, can_answer, since, seen_at)
  values (p_platform, p_channel, p_can_answer, moment, moment)
  on conflict (platform, channel) do update set can_answer = excluded.can_answer, since = moment, seen_at = moment
  returning * into chat;
  update card_deliveries set is_due = false where platform = p_platform and channel = p_channel and message_id is null;
  insert into card_deliveries (card_id, platform, channel)
  select c.id, p_platform, p_channel from cards c left join competitions o on o.id = c.competition_id
  where (c.kind = 'decision' and c.content ->> 'status' = 'open')
     or (c.kind = 'status' and o.state not in ('completed', 'abandoned'))
     or (c.kind = 'alert' and not c.is_over)
     or c.kind = 'board'
  on conflict (card_id, platform, channel) do update set is_due = true;
  return to_jsonb(chat);
end $$;

-- When a posted copy may be edited again. p_pace: steps {untilMs, gapMs} by the message's age for each kind of card
-- (`other` for the rest), and oldTogetherMs between edits of any two old messages.
create function next_edit_at(p_pace jsonb, p_kind text, p_delivery card_deliveries, p_old_edit_at timestamptz, p_now timestamptz)
returns timestamptz language sql stable set search_path = public as $$
  select greatest(
    p_delivery.last_edit_at + (s.step ->> 'gapMs')::double precision * interval '1 millisecond',
    case when s.step -> 'untilMs' = 'null' and (s.step ->> 'gapMs')::double precision > 0
         then p_old_edit_at + (p_pace ->> 'oldTogetherMs')::double precision * interval '1 millisecond' end)
  from jsonb_array_elements(coalesce(p_pace -> p_kind, p_pace -> 'other')) with ordinality s(step, n)
  where s.step -> 'untilMs' = 'null'
     or p_now < p_delivery.posted_at + (s.step ->> 'untilMs')::double precision * interval '1 millisecond'
  order by s.n limit 1;
$$;

-- The next copy to bring up to date in one lane of one chat, under a lease: one at a time, whichever process.
-- {card, previous, parent, mayBePosted, tries} | {nextAt}: nothing now; look again then, or when something changes (null).
-- First posts keep the order of the cards, but progress holds nothing else up; a reply waits for its parent, which
-- comes in the reply's lane; edits wait for their pace. What failed five times while others came through holds
-- nobody up.
create function claim_delivery(
  p_platform text, p_channel text, p_lane integer, p_pace jsonb, p_worker text, p_lease_seconds double precision,
  p_now timestamptz
) returns jsonb language plpgsql set search_path = public as $$
declare
  moment timestamptz := coalesce(p_now, clock_timestamp());
  busy_until timestamptz;
  next_at timestamptz;
  picked uuid;
  card cards;
  held card_deliveries;
  parent card_deliveries;
begin
  perform pg_advisory_xact_lock(hashtextextended('chat ' || p_platform || ' ' || p_channel, 0));
  update chats set seen_at = moment
  where platform = p_platform and channel = p_channel and seen_at < moment - interval '1 minute';
  select max(lease_until) into busy_until from card_deliveries
  where platform = p_platform and channel = p_channel and lease_until > moment and lease_lane = p_lane;
  if busy_until is not null then return jsonb_build_object('nextAt', busy_until); end if;
  with due as materialized (
    select c.id, c.subject, c.seq, c.surface, c.parent_subject, c.lane as own_lane, d.message_id is null as is_first, d.tries,
      greatest(d.lease_until, d.retry_at, case when d.message_id is not null
        then next_edit_at(p_pace, c.kind, d, (select old_edit_at from chats where platform = p_platform and channel = p_channel), moment) end) as ready_at
    from card_deliveries d join cards c on c.id = d.card_id
    where d.platform = p_platform and d.channel = p_channel and d.is_due
      and not (c.is_over and d.message_id is null and d.sending_since is null)
  ), ranked as materialized (
    select u.*,
      min(seq) filter (where is_first and tries < 5 and own_lane < 3) over (partition by surface, parent_subject) as first_news,
      min(seq) filter (where is_first and tries < 5) over (partition by surface, parent_subject) as first_any
    from due u
  ), replies as materialized (
    select parent_subject, min(own_lane) as lane from due where parent_subject is not null group by parent_subject
  ), free as materialized (
    select u.id, u.seq, u.is_first, u.ready_at, case when u.is_first then least(u.own_lane, r.lane) else u.own_lane end as lane
    from ranked u left join replies r on r.parent_subject = u.subject
    where not u.is_first or (
      u.seq <= coalesce(case when u.own_lane < 3 then u.first_news else u.first_any end, u.seq)
      and not exists (select from due p where p.subject = u.parent_subject and p.is_first))
  )
  select (select f.id from free f where f.lane = p_lane and coalesce(f.ready_at <= moment, true)
          -- answers show at once; where progress is told, new messages come before it
          order by f.is_first = (p_lane < 3), f.seq limit 1),
         (select min(f.ready_at) from free f where f.lane = p_lane and f.ready_at > moment)
  into picked, next_at;
  if picked is null then return jsonb_build_object('nextAt', next_at); end if;
  select * into card from cards where id = picked;
  select * into held from card_deliveries where card_id = picked and platform = p_platform and channel = p_channel;
  update card_deliveries set lease_by = p_worker, lease_lane = p_lane,
    lease_until = moment + make_interval(secs => p_lease_seconds),
    sending_since = coalesce(sending_since, moment), sending_hash = md5(card.content::text)
  where card_id = picked and platform = p_platform and channel = p_channel;
  select d.* into parent from card_deliveries d join cards p on p.id = d.card_id
  where p.subject = card.parent_subject and d.platform = p_platform and d.channel = p_channel;
  return jsonb_build_object(
    'card', to_jsonb(card),
    'previous', case when held.message_id is not null then to_jsonb(held) end,
    'parent', case when parent.message_id is not null then to_jsonb(parent) end,
    'mayBePosted', held.message_id is null and held.sending_since is not null,
    'tries', held.tries);
end $$;

-- The chat shows this revision. null: another process has the copy by now, and finds the message by itself.
create function complete_delivery(
  p_card_id uuid, p_platform text, p_channel text, p_worker text, p_rev integer, p_message_id text, p_thread_id text,
  p_memory jsonb, p_now timestamptz
) returns jsonb language plpgsql set search_path = public as $$
declare
  moment timestamptz := coalesce(p_now, clock_timestamp());
  card cards;
  before card_deliveries;
  done card_deliveries;
begin
  -- the card first, as save_card does: what it changes meanwhile is due again
  select * into card from cards where id = p_card_id for share;
  select * into before from card_deliveries
  where card_id = p_card_id and platform = p_platform and channel = p_channel and lease_by = p_worker for update;
  if not found then return null; end if;
  update card_deliveries set
    message_id = p_message_id, thread_id = p_thread_id, memory = p_memory,
    posted_at = case when before.message_id = p_message_id then before.posted_at else moment end,
    last_edit_at = case when before.message_id = p_message_id then moment end,
    rev_sent = greatest(before.rev_sent, p_rev), sent_hash = before.sending_hash,
    is_due = md5(card.content::text) is distinct from before.sending_hash,
    sending_since = null, sending_hash = null, lease_by = null, lease_until = null, lease_lane = null,
    tries = 0, retry_at = null, error = null
  where card_id = p_card_id and platform = p_platform and channel = p_channel
  returning * into done;
  if before.message_id = p_message_id and before.posted_at < moment - interval '1 hour' then
    update chats set old_edit_at = moment where platform = p_platform and channel = p_channel;
  end if;
  return to_jsonb(done);
end $$;

-- The chat does not show it. p_is_refused: never in this revision. p_may_be_posted: nobody knows.
-- p_counts: others came through meanwhile, so it is this card's own fault.
create function fail_delivery(
  p_card_id uuid, p_platform text, p_channel text, p_worker text, p_rev integer, p_error text, p_is_refused boolean,
  p_may_be_posted boolean, p_counts boolean, p_retry_seconds double precision, p_now timestamptz
) returns jsonb language plpgsql set search_path = public as $$
declare
  moment timestamptz := coalesce(p_now, clock_timestamp());
  card cards;
  failed card_deliveries;
begin
  select * into card from cards where id = p_card_id for share;
  update card_deliveries d set
    error = p_error,
    rev_failed = case when p_is_refused then p_rev else d.rev_failed end,
    is_due = not p_is_refused or card.rev > p_rev,
    -- an edit that may have been made is made again, whatever the card says by then
    sent_hash = case when p_may_be_posted then null else d.sent_hash end,
    sending_since = case when p_may_be_posted then d.sending_since end, sending_hash = null,
    lease_by = null, lease_until = null, lease_lane = null,
    tries = d.tries + case when p_counts then 1 else 0 end,
    retry_at = case when p_retry_seconds is not null then moment + make_interval(secs => p_retry_seconds) end
  where card_id = p_card_id and platform = p_platform and channel = p_channel and lease_by = p_worker
  returning * into failed;
  return to_jsonb(failed);
end $$;

-- Competitions that were told about as new between two moments.
create function list_discovered(p_from timestamptz, p_to timestamptz) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(c) order by e.first_id), '[]')
  from (select competition_id, min(id) as first_id from events
        where type = 'competition_discovered' and created_at >= p_from and created_at < p_to group by competition_id) e
  join competitions c on c.id = e.competition_id;
$$;

-- Alerts that lasted at some moment since then, open ones included.
create function list_recent_alerts(p_since timestamptz) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(a) order by a.since), '[]') from alerts a
  where a.last_at >= p_since or a.cleared_at is null or a.cleared_at >= p_since;
$$;

-- What was spent by kind, counted when it was settled, or reserved where it is not settled yet. In micro-dollars.
create function spent_between(p_from timestamptz, p_to timestamptz) returns jsonb
language sql stable set search_path = public as $$
  select jsonb_build_object(
    'gpuMicroUsd', coalesce(sum(micro_usd) filter (where kind = 'gpu'), 0),
    'llmMicroUsd', coalesce(sum(micro_usd) filter (where kind = 'llm'), 0))
  from spend_ledger l
  where at >= p_from and at < p_to
    and (entry = 'settle' or not exists (select from spend_ledger s where s.key = l.key and s.entry = 'settle'));
$$;

-- The same, one by one, for a competition.
create function list_spend(p_competition_id uuid) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(jsonb_build_object('at', at, 'micro_usd', micro_usd) order by at, id), '[]')
  from spend_ledger l
  where competition_id = p_competition_id
    and (entry = 'settle' or not exists (select from spend_ledger s where s.key = l.key and s.entry = 'settle'));
$$;

create function is_digest_wanted(p_day date, p_due timestamptz) returns jsonb
language sql stable set search_path = public as $$
  select to_jsonb(not exists (select from digests where day = p_day)
    and exists (select from installation where created_at < p_due));
$$;

create function mark_digest(p_day date) returns jsonb language sql set search_path = public as $$
  insert into digests (day) values (p_day) on conflict (day) do nothing returning to_jsonb(true);
$$;
