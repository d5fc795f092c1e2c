-- Discovery: what was seen in the vendor's list, what changed in it, what was read of each competition, and what people
-- were asked about it. All of it is kept by slug: a competition that starts over keeps what was read.

create table competition_listings (
  slug text primary key check (slug ~ '^[a-z0-9][a-z0-9-]{0,99}$'),
  -- What is noticed when it changes: deadline, entryDeadline, metric, reward, …
  watched jsonb not null,
  -- Of the whole entry; its pages and files are read anew when it changes.
  fingerprint text not null,
  first_seen_at timestamptz not null default clock_timestamp(),
  changed_at timestamptz,
  -- Whole readings of the list in a row that did not hold it.
  missing_readings integer not null default 0,
  closed_at timestamptz,
  closed_reason text check (closed_reason in ('deadline', 'gone')),
  -- What its pages and files told: sizes, kinds, modality.
  facts jsonb,
  files jsonb not null default '[]',
  read_at timestamptz,
  read_fingerprint text,
  read_due_at timestamptz,
  read_failures integer not null default 0,
  read_error text,
  -- Factors of the feasibility that people set, by name.
  overrides jsonb not null default '{}',
  suggestion text check (suggestion in ('asked', 'entered', 'watched', 'ignored')),
  suggested_at timestamptz,
  -- What was worth asking about: another deadline or reward may be asked about again, once.
  suggested_for text,
  times_suggested integer not null default 0,
  -- When the last answer that was carried out was given.
  settled_at timestamptz,
  participation jsonb,
  participation_at timestamptz
);
create index on competition_listings (read_due_at) where closed_at is null;

create table competition_changes (
  id bigint generated always as identity primary key,
  competition_id uuid not null references competitions (id) on delete cascade,
  -- `new`, `closed`, `reopened`, `rules`, `pages`, `data`, or the name of a watched field
  what text not null,
  old jsonb,
  new jsonb,
  at timestamptz not null default clock_timestamp()
);
create index on competition_changes (competition_id, id);
create index on competition_changes (at);

create table competition_pages (
  slug text not null references competition_listings (slug) on delete cascade,
  name text not null,
  -- Cut to a length that is worth keeping; the hash is of the whole.
  content text not null,
  hash text not null,
  read_at timestamptz not null default clock_timestamp(),
  primary key (slug, name)
);

-- One row a look at the vendor; the newest are kept.
create table discovery_runs (
  id bigint generated always as identity primary key,
  started_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  is_whole boolean not null default false,
  -- listPages, seen, new, changed, closed, deepReads, failedReads, suggested, entered, calls
  counts jsonb not null default '{}',
  error_code text
);

do $$
declare
  t text;
begin
  foreach t in array array['competition_listings', 'competition_changes', 'competition_pages', 'discovery_runs'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('create policy service_role_all on public.%I for all to service_role using (true) with check (true)', t);
  end loop;
end $$;
grant select (slug, first_seen_at, changed_at, closed_at, closed_reason, read_at) on competition_listings to authenticated;
create policy authenticated_reads on competition_listings for select to authenticated using (true);
grant select (id, competition_id, what, at) on competition_changes to authenticated;
create policy authenticated_reads on competition_changes for select to authenticated using (true);
grant select (id, started_at, ended_at, is_whole, counts) on discovery_runs to authenticated;
create policy authenticated_reads on discovery_runs for select to authenticated using (true);

-- What changed about a competition that is worked on is told at once; about others it waits for the digest.
-- p_changes: [{what, old, new}]
create function note_competition_changes(p_competition_id uuid, p_changes jsonb, p_actor jsonb) returns void
language plpgsql set search_path = public as $$
declare
  c competitions;
  told jsonb;
begin
  if jsonb_array_length(p_changes) = 0 then return; end if;
  select * into c from competitions where id = p_competition_id;
  insert into competition_changes (competition_id, what, old, new)
  select p_competition_id, change ->> 'what', change -> 'old', change -> 'new'
  from jsonb_array_elements(p_changes) change;
  -- other data are told by whoever reads them anew
  select jsonb_agg(change) into told from jsonb_array_elements(p_changes) change where change ->> 'what' <> 'data';
  if told is not null and c.requested_at is not null and c.state not in ('completed', 'abandoned') then
    perform emit_event('competition_changed', p_competition_id, jsonb_build_object('changes', told), p_actor);
  end if;
end $$;

-- The names of the fields whose values differ, with both values.
create function changes_between(p_old jsonb, p_new jsonb) returns jsonb
language sql immutable set search_path = public as $$
  select coalesce(jsonb_agg(jsonb_build_object('what', n.key, 'old', p_old -> n.key, 'new', n.value) order by n.key), '[]')
  from jsonb_each(p_new) n
  -- a field that an earlier version did not watch is no change
  where p_old ? n.key and p_old -> n.key is distinct from n.value;
$$;

-- One page of the vendor's list: what is new is told with one event, what changed is noted; what is as it was
-- costs no write. p_entries: [{slug, title, details, feasibility, watched, fingerprint, isOpen}]
-- {new: [slug], changed: [slug]}
create function record_listings(p_entries jsonb, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  entry jsonb;
  before competition_listings;
  c competitions;
  was_listed boolean;
  was_known boolean;
  found_new jsonb := '[]';
  found_changed jsonb := '[]';
  changes jsonb;
begin
  perform pg_advisory_xact_lock(hashtext('discovery'));
  for entry in select value from jsonb_array_elements(p_entries) order by value ->> 'slug' loop
    select * into c from competitions where slug = entry ->> 'slug' for update;
    was_known := found;
    select * into before from competition_listings where slug = entry ->> 'slug' for update;
    was_listed := found;
    -- one that was over before anybody saw it is nobody's business
    continue when not was_known and not (entry ->> 'isOpen')::boolean;
    if not was_known then
      insert into competitions (slug, title, details, feasibility)
      values (entry ->> 'slug', entry ->> 'title', entry -> 'details', entry -> 'feasibility') returning * into c;
    elsif c.title is distinct from entry ->> 'title' or c.details is distinct from c.details || (entry -> 'details')
          or c.feasibility is distinct from entry -> 'feasibility' then
      update competitions set title = entry ->> 'title', details = details || (entry -> 'details'),
        feasibility = entry -> 'feasibility', updated_at = clock_timestamp()
      where id = c.id;
    end if;
    if not was_listed then
      insert into competition_listings (slug, watched, fingerprint)
      values (entry ->> 'slug', entry -> 'watched', entry ->> 'fingerprint');
      if not was_known then
        perform note_competition_changes(c.id, '[{"what": "new"}]', p_actor);
        found_new := found_new || (entry -> 'slug');
      end if;
      continue;
    end if;
    changes := changes_between(before.watched, entry -> 'watched');
    if before.closed_at is not null and (entry ->> 'isOpen')::boolean then
      changes := changes || jsonb_build_object('what', 'reopened');
    end if;
    perform note_competition_changes(c.id, changes, p_actor);
    if jsonb_array_length(changes) > 0 then found_changed := found_changed || (entry -> 'slug'); end if;
    if before.fingerprint <> entry ->> 'fingerprint' or before.watched <> entry -> 'watched'
       or jsonb_array_length(changes) > 0 or before.missing_readings > 0 then
      update competition_listings set watched = entry -> 'watched', fingerprint = entry ->> 'fingerprint',
        missing_readings = 0,
        changed_at = case when jsonb_array_length(changes) > 0 then clock_timestamp() else changed_at end,
        closed_at = case when (entry ->> 'isOpen')::boolean then null else closed_at end,
        closed_reason = case when (entry ->> 'isOpen')::boolean then null else closed_reason end
      where slug = entry ->> 'slug';
    end if;
  end loop;
  if jsonb_array_length(found_new) > 0 then
    -- one event a page: five hundred at once are one message
    perform emit_event('competition_discovered', null, jsonb_build_object('slugs', found_new), p_actor);
  end if;
  return jsonb_build_object('new', found_new, 'changed', found_changed);
end $$;

-- After a look: what is past its end is closed, and so is what two whole lists in a row did not hold. An open question
-- about such a one is withdrawn. [slug]
create function close_listings(p_seen jsonb, p_is_whole boolean, p_now timestamptz, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  l competition_listings;
  c competitions;
  why text;
  closed jsonb := '[]';
  most_missing constant integer := 2;
begin
  perform pg_advisory_xact_lock(hashtext('discovery'));
  if p_is_whole then
    update competition_listings set missing_readings = missing_readings + 1
    where closed_at is null and not p_seen ? slug;
  end if;
  for l in
    select * from competition_listings
    where closed_at is null
      and ((watched ->> 'deadline')::timestamptz <= p_now or missing_readings >= most_missing)
    order by slug
  loop
    why := case when (l.watched ->> 'deadline')::timestamptz <= p_now then 'deadline' else 'gone' end;
    select * into c from competitions where slug = l.slug for update;
    update competition_listings set closed_at = p_now, closed_reason = why where slug = l.slug;
    continue when c.id is null;
    perform note_competition_changes(c.id,
      jsonb_build_array(jsonb_build_object('what', 'closed', 'new', why)), p_actor);
    perform withdraw_suggestions(c.id, p_actor);
    closed := closed || to_jsonb(l.slug);
  end loop;
  return closed;
end $$;

-- Nobody needs to say any more whether it should be entered. The caller holds the competition's row.
create function withdraw_suggestions(p_competition_id uuid, p_actor jsonb) returns void
language plpgsql set search_path = public as $$
declare
  withdrawn uuid;
begin
  for withdrawn in
    update human_interventions set status = 'withdrawn', decided_by = p_actor, decided_at = clock_timestamp()
    where competition_id = p_competition_id and kind = 'suggestion' and status = 'open' returning id
  loop
    perform emit_event('decision_changed', p_competition_id, jsonb_build_object('decisionId', withdrawn), p_actor);
  end loop;
end $$;

-- Whoever asks for a competition answers the question whether it should be entered.
create function withdraw_suggestions_of_requested() returns trigger language plpgsql set search_path = public as $$
begin
  perform withdraw_suggestions(new.id, coalesce(new.requested_by, '{"type": "schedule", "name": "discover"}'));
  return null;
end $$;
create trigger competitions_requested after update of requested_at on competitions
  for each row when (old.requested_at is null and new.requested_at is not null)
  execute function withdraw_suggestions_of_requested();

-- Everything that is known of listed competitions, without their files and pages. p_slug: of one; null: of all.
create function list_listings(p_slug text) returns jsonb language sql stable set search_path = public as $$
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
  where p_slug is null or l.slug = p_slug;
$$;

-- What a competition's pages and files said. Pages that are gone go here too. What differs from the reading before is noted.
-- p_pages: [{name, content, hash}]; p_data: {hash, files, bytes}
create function store_competition_pages(
  p_slug text, p_pages jsonb, p_files jsonb, p_data jsonb, p_facts jsonb, p_fingerprint text, p_due_at timestamptz,
  p_now timestamptz, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  l competition_listings;
  c competitions;
  changes jsonb := '[]';
  page record;
begin
  select * into c from competitions where slug = p_slug for update;
  select * into l from competition_listings where slug = p_slug for update;
  if l.slug is null or c.id is null then return '[]'; end if;
  if l.read_at is not null then
    for page in
      select coalesce(n.name, o.name) as name, o.hash as old, n.hash as new
      from (select name, hash from competition_pages where slug = p_slug) o
      full join jsonb_to_recordset(p_pages) as n (name text, hash text) on n.name = o.name
      where o.hash is distinct from n.hash order by 1
    loop
      changes := changes || jsonb_build_object(
        'what', case when lower(page.name) = 'rules' then 'rules' else 'pages' end,
        'old', case when page.old is not null then page.name end,
        'new', case when page.new is not null then page.name end);
    end loop;
    if l.facts -> 'data' ->> 'hash' is distinct from p_data ->> 'hash' then
      changes := changes || jsonb_build_object('what', 'data', 'old', (l.facts -> 'data') - 'hash', 'new', p_data - 'hash');
    end if;
  end if;
  delete from competition_pages where slug = p_slug
    and name not in (select name from jsonb_to_recordset(p_pages) as n (name text));
  insert into competition_pages (slug, name, content, hash, read_at)
  select p_slug, n.name, n.content, n.hash, p_now from jsonb_to_recordset(p_pages) as n (name text, content text, hash text)
  on conflict (slug, name) do update set content = excluded.content, hash = excluded.hash, read_at = excluded.read_at;
  update competition_listings set facts = p_facts || jsonb_build_object('data', p_data), files = p_files, read_at = p_now,
    read_fingerprint = p_fingerprint, read_due_at = p_due_at, read_failures = 0, read_error = null,
    changed_at = case when jsonb_array_length(changes) > 0 then clock_timestamp() else changed_at end
  where slug = p_slug;
  perform note_competition_changes(c.id, changes, p_actor);
  return changes;
end $$;

-- A competition whose pages could not be read waits longer each time.
create function note_read_failure(p_slug text, p_error text, p_due_at timestamptz) returns jsonb
language sql set search_path = public as $$
  update competition_listings set read_failures = read_failures + 1, read_error = left(p_error, 500), read_due_at = p_due_at
  where slug = p_slug returning to_jsonb(read_failures);
$$;

create function set_feasibility(p_slug text, p_feasibility jsonb) returns jsonb
language sql set search_path = public as $$
  update competitions set feasibility = p_feasibility, updated_at = clock_timestamp()
  where slug = p_slug and feasibility is distinct from p_feasibility returning to_jsonb(id);
$$;

-- A person sets a factor of the feasibility, or null gives it back to what was found. The overrides that are left.
create function override_feasibility(p_slug text, p_factor text, p_value double precision, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  left_over jsonb;
begin
  update competition_listings set
    overrides = case when p_value is null then overrides - p_factor else overrides || jsonb_build_object(p_factor, p_value) end
  where slug = p_slug returning overrides into left_over;
  if not found then return null; end if;
  perform audit(p_actor, 'feasibility.set', (select id from competitions where slug = p_slug),
    jsonb_build_object('factor', p_factor, 'value', p_value));
  return left_over;
end $$;

-- Asks whether a competition should be entered: once for what makes it worth asking, twice at the very most, and no
-- more often a day than people want. {outcome: asked | full | no_longer}
create function suggest_competition(
  p_slug text, p_draft jsonb, p_for text, p_day_start timestamptz, p_most_a_day integer, p_sla_seconds double precision,
  p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  l competition_listings;
  c competitions;
  opened jsonb;
  most_times constant integer := 2;
begin
  perform pg_advisory_xact_lock(hashtext('suggestions'));
  if (select count(*) from competition_listings where suggested_at >= p_day_start) >= p_most_a_day then
    return '{"outcome": "full"}';
  end if;
  select * into c from competitions where slug = p_slug for update;
  select * into l from competition_listings where slug = p_slug for update;
  if l.slug is null or c.id is null or c.requested_at is not null or c.state <> 'discovered' or l.closed_at is not null
     or l.suggestion in ('asked', 'entered') or l.suggested_for = p_for or l.times_suggested >= most_times then
    return '{"outcome": "no_longer"}';
  end if;
  opened := open_decision(c.id, c.version, null, p_draft, p_sla_seconds, p_actor);
  if opened is null then return '{"outcome": "no_longer"}'; end if;
  update competition_listings set suggestion = 'asked', suggested_at = clock_timestamp(), suggested_for = p_for,
    times_suggested = times_suggested + 1
  where slug = p_slug;
  return '{"outcome": "asked"}';
end $$;

-- Answers to suggestions that were not carried out yet, the oldest first. A crash between answer and deed leaves it here.
create function list_unsettled_suggestions() returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(d) || jsonb_build_object('slug', c.slug, 'title', c.title) order by d.decided_at), '[]')
  from human_interventions d
  join competitions c on c.id = d.competition_id
  join competition_listings l on l.slug = c.slug
  where d.kind = 'suggestion' and d.status <> 'open' and d.decided_at > coalesce(l.settled_at, '-infinity');
$$;

create function settle_suggestion(p_slug text, p_suggestion text, p_decided_at timestamptz) returns jsonb
language sql set search_path = public as $$
  update competition_listings set suggestion = p_suggestion, settled_at = p_decided_at
  where slug = p_slug and p_decided_at > coalesce(settled_at, '-infinity') returning to_jsonb(slug);
$$;

-- p_entries: [{slug, participation}]
create function record_participation(p_entries jsonb, p_now timestamptz) returns jsonb
language sql set search_path = public as $$
  with noted as (
    update competition_listings l set participation = coalesce(l.participation, '{}') || e.participation, participation_at = p_now
    from jsonb_to_recordset(p_entries) as e (slug text, participation jsonb)
    where l.slug = e.slug returning 1
  )
  select to_jsonb(count(*)) from noted;
$$;

create function list_competition_pages(p_slug text) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(p) order by p.name), '[]') from competition_pages p where slug = p_slug;
$$;

-- The newest changes, with their competitions. p_slug: of one; null: of all.
create function list_competition_changes(p_slug text, p_from timestamptz, p_to timestamptz, p_limit integer) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(x) order by x.id), '[]') from (
    select h.*, c.slug, c.title, c.requested_at is not null as is_requested,
      (c.requested_at is not null and c.state not in ('completed', 'abandoned')
        or l.suggestion in ('asked', 'watched')) is true as is_followed
    from competition_changes h join competitions c on c.id = h.competition_id
    left join competition_listings l on l.slug = c.slug
    where (p_slug is null or c.slug = p_slug) and h.at >= p_from and h.at < p_to
    order by h.id desc limit p_limit) x;
$$;

-- What competitions took that came to their end: {count, hours, usd}, by the middle one and on average.
create function read_history() returns jsonb language sql stable set search_path = public as $$
  select jsonb_build_object('count', count(*),
    'hours', percentile_cont(0.5) within group (order by extract(epoch from finished_at - admitted_at) / 3600),
    'usd', avg(spent_on(null, id)) / 1000000.0)
  from (select * from competitions where state = 'completed' and admitted_at is not null and finished_at is not null
        order by finished_at desc limit 20) c;
$$;

create function begin_discovery() returns jsonb language plpgsql set search_path = public as $$
declare
  began bigint;
  most_runs constant integer := 500;
begin
  insert into discovery_runs default values returning id into began;
  delete from discovery_runs where id <= began - most_runs;
  return to_jsonb(began);
end $$;

create function end_discovery(p_id bigint, p_is_whole boolean, p_counts jsonb, p_error_code text) returns jsonb
language sql set search_path = public as $$
  update discovery_runs set ended_at = clock_timestamp(), is_whole = p_is_whole, counts = p_counts, error_code = p_error_code
  where id = p_id returning to_jsonb(id);
$$;

create function last_discovery() returns jsonb language sql stable set search_path = public as $$
  select (select to_jsonb(r) from discovery_runs r where ended_at is not null order by id desc limit 1);
$$;

-- Competitions that were told about as new between two moments.
create or replace function list_discovered(p_from timestamptz, p_to timestamptz) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(c) order by e.first_at, c.slug), '[]')
  from (select competition_id, min(at) as first_at from (
          select competition_id, at from competition_changes where what = 'new'
          union all
          select competition_id, created_at from events
          where type = 'competition_discovered' and competition_id is not null) told
        where at >= p_from and at < p_to group by competition_id) e
  join competitions c on c.id = e.competition_id;
$$;
