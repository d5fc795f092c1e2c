-- How far the download of a competition's data is, for people and for every process: one row per competition.
create table data_downloads (
  competition_id uuid primary key references competitions (id) on delete cascade,
  -- Fingerprint of the vendor's list of files.
  version text not null,
  phase text not null check (phase in ('waiting_for_slot', 'waiting_for_vendor', 'transferring', 'unpacking', 'done')),
  done_bytes bigint not null default 0 check (done_bytes >= 0),
  -- Null where the vendor does not say.
  total_bytes bigint,
  -- The vendor has refused since then without sending a byte.
  refused_since timestamptz,
  -- No download of the whole installation is asked for before.
  not_before timestamptz,
  started_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);

alter table data_downloads enable row level security;
create policy service_role_all on data_downloads for all to service_role using (true) with check (true);
grant select (competition_id, phase, done_bytes, total_bytes, refused_since, started_at, updated_at)
  on data_downloads to authenticated;
create policy authenticated_reads on data_downloads for select to authenticated using (true);

-- What a download says of itself; a byte that moved ends a time of refusals.
create function report_data_download(
  p_competition_id uuid, p_version text, p_phase text, p_done_bytes bigint, p_total_bytes bigint
) returns jsonb language sql set search_path = public as $$
  insert into data_downloads as d (competition_id, version, phase, done_bytes, total_bytes)
  values (p_competition_id, p_version, p_phase, p_done_bytes, p_total_bytes)
  on conflict (competition_id) do update set
    version = excluded.version,
    phase = excluded.phase,
    done_bytes = excluded.done_bytes,
    total_bytes = excluded.total_bytes,
    refused_since = case when excluded.phase = 'waiting_for_slot' then d.refused_since end,
    not_before = case when excluded.phase = 'waiting_for_slot' then d.not_before end,
    started_at = case when d.version = excluded.version and d.phase <> 'done' then d.started_at
      else clock_timestamp() end,
    updated_at = clock_timestamp()
  returning to_jsonb(d);
$$;

-- The vendor refused the download for now; nobody of the installation asks again for so many seconds.
create function note_download_refused(p_competition_id uuid, p_version text, p_wait_seconds double precision)
returns jsonb language sql set search_path = public as $$
  insert into data_downloads as d (competition_id, version, phase, refused_since, not_before)
  values (p_competition_id, p_version, 'waiting_for_vendor', clock_timestamp(),
    clock_timestamp() + make_interval(secs => p_wait_seconds))
  on conflict (competition_id) do update set
    version = excluded.version,
    phase = excluded.phase,
    refused_since = coalesce(d.refused_since, excluded.refused_since),
    not_before = excluded.not_before,
    updated_at = clock_timestamp()
  returning to_jsonb(d);
$$;

-- The competition's row, null where nothing was ever downloaded; for how long it has been refused; and how long the
-- vendor wants to be left alone by all downloads.
create function read_data_download(p_competition_id uuid) returns jsonb
language sql stable set search_path = public as $$
  select jsonb_build_object(
    'download', (select to_jsonb(d) from data_downloads d where d.competition_id = p_competition_id),
    'refusedSeconds', (select extract(epoch from clock_timestamp() - d.refused_since)
      from data_downloads d where d.competition_id = p_competition_id),
    'pauseSeconds', (select coalesce(greatest(extract(epoch from max(not_before) - clock_timestamp()), 0), 0)
      from data_downloads where phase <> 'done'));
$$;

-- Which of the vendor's data the competition's problem was inferred from, and since when: what was trained before
-- knew other rows. Called once the problem is stored, so that a crash in between has the data read again.
create function note_data_read(p_id uuid, p_data jsonb) returns jsonb language sql set search_path = public as $$
  update competitions set updated_at = clock_timestamp(), details = details || jsonb_build_object('data',
    p_data || jsonb_build_object('readAt', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))
  where id = p_id returning to_jsonb(competitions);
$$;

-- As before, and the time of a download does not count: it takes as long as the data are large. It counts again when
-- nothing has been heard of it for twenty minutes, or when the vendor has refused it for a day.
create or replace function overdue_competitions(p_slas jsonb) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(c) || jsonb_build_object('since', t.at)), '[]')
  from competitions c
  join lateral (
    select max(at) as at from transitions t where t.competition_id = c.id and not t.refused
  ) t on true
  left join data_downloads d on d.competition_id = c.id
  where p_slas ? c.state
    and greatest(t.at, case when c.state = 'researching'
        and (d.refused_since is null or d.refused_since > clock_timestamp() - interval '1 day') then d.updated_at end)
      < clock_timestamp() - make_interval(secs => (p_slas ->> c.state)::double precision)
    and not (c.state = 'researching' and d.phase is distinct from 'done' and d.updated_at is not null
      and d.updated_at > clock_timestamp() - interval '20 minutes'
      and (d.refused_since is null or d.refused_since > clock_timestamp() - interval '1 day'));
$$;
