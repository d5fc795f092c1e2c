-- One row per installation: the id that marks what is ours at a vendor.
create table installation (
  only_one boolean primary key default true check (only_one),
  id uuid not null default gen_random_uuid(),
  created_at timestamptz not null default clock_timestamp()
);
insert into installation default values;

create table competitions (
  id uuid primary key default gen_random_uuid(),
  slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,99}$'),
  title text not null,
  state text not null default 'discovered',
  resume_state text,
  version integer not null default 0,
  round integer not null default 0,
  -- 1 is served first; BullMQ runs jobs without a priority before all others, so every job carries one.
  priority integer not null default 100 check (priority between 1 and 1000),
  details jsonb not null default '{}',
  problem jsonb,
  profile jsonb,
  feasibility jsonb,
  limits jsonb not null default '{}',
  requested_at timestamptz,
  requested_by jsonb,
  admitted_at timestamptz,
  finished_at timestamptz,
  outcome text,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create index on competitions (state);

create table competition_moves (
  from_state text not null,
  event text not null,
  to_state text not null,
  remember text,
  starts_round boolean not null default false,
  primary key (from_state, event)
);

create table transitions (
  id bigint generated always as identity primary key,
  competition_id uuid not null references competitions (id) on delete cascade,
  version integer not null,
  from_state text not null,
  event text not null,
  to_state text,
  refused boolean not null default false,
  payload jsonb not null default '{}',
  actor jsonb not null,
  at timestamptz not null default clock_timestamp()
);
create index on transitions (competition_id, version);

create table events (
  id bigint generated always as identity primary key,
  type text not null,
  competition_id uuid references competitions (id) on delete cascade,
  payload jsonb not null default '{}',
  actor jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  -- 0 for the first delivery; a replay counts up, since kept jobs would swallow the old ids.
  delivery integer not null default 0,
  dispatched_at timestamptz,
  lease_until timestamptz,
  lease_by text,
  tries integer not null default 0,
  -- Names of the jobs of the last delivery that belong to no version, such as a message to send: what is lost of
  -- them shows in no competition, so each must be seen to begin.
  notes jsonb not null default '[]'
);
create index events_undispatched on events (id) where dispatched_at is null;
create index on events (competition_id, id);

create table workers (
  id text primary key,
  role text not null,
  host text not null,
  pid integer not null,
  started_at timestamptz not null default clock_timestamp(),
  heartbeat_at timestamptz not null default clock_timestamp(),
  stopped_at timestamptz,
  -- Its heartbeat stopped without a word, and people were told.
  missing_since timestamptz
);

create table stage_runs (
  id uuid primary key default gen_random_uuid(),
  event_id bigint not null references events (id) on delete cascade,
  delivery integer not null,
  job text not null,
  item text not null default '',
  competition_id uuid references competitions (id) on delete cascade,
  attempt integer not null,
  status text not null check (status in ('running', 'waiting', 'done', 'failed', 'dead', 'superseded', 'interrupted')),
  worker_id text not null,
  started_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  wait_until timestamptz,
  outcome text,
  error_class text,
  error_code text,
  error_message text,
  unique (event_id, delivery, job, item, attempt)
);
create index on stage_runs (competition_id, started_at);
create index stage_runs_open on stage_runs (worker_id) where status in ('running', 'waiting');

create table research_results (
  id uuid primary key default gen_random_uuid(),
  competition_id uuid not null references competitions (id) on delete cascade,
  round integer not null,
  version integer not null,
  kind text not null,
  status text not null default 'planned' check (status in ('planned', 'done', 'failed')),
  provider text,
  report jsonb,
  error text,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  unique (competition_id, version, kind)
);

create table approaches (
  id uuid primary key default gen_random_uuid(),
  competition_id uuid not null references competitions (id) on delete cascade,
  round integer not null,
  version integer not null,
  rank integer not null,
  name text not null,
  family text not null,
  spec jsonb not null,
  status text not null default 'proposed' check (status in ('proposed', 'coded', 'trained', 'failed')),
  error text,
  created_at timestamptz not null default clock_timestamp(),
  unique (competition_id, name)
);

create table generated_code (
  id uuid primary key default gen_random_uuid(),
  competition_id uuid not null references competitions (id) on delete cascade,
  approach_id uuid not null unique references approaches (id) on delete cascade,
  round integer not null,
  status text not null default 'planned' check (status in ('planned', 'ready', 'failed')),
  generator text,
  object_prefix text,
  bundle jsonb,
  gate_report jsonb,
  estimate_seconds double precision,
  error text,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz
);

create table training_jobs (
  id uuid primary key default gen_random_uuid(),
  competition_id uuid not null references competitions (id) on delete cascade,
  round integer not null,
  approach_id uuid not null references approaches (id) on delete cascade,
  code_id uuid not null references generated_code (id) on delete cascade,
  purpose text not null check (purpose in ('search', 'confirm', 'final')),
  seed integer not null,
  fold_assignment integer not null,
  status text not null default 'planned' check (status in ('planned', 'running', 'succeeded', 'failed', 'cancelled')),
  starts integer not null default 0,
  -- Fencing token: rises with every start; a result with an older one is refused.
  token integer not null default 0,
  progress jsonb,
  result jsonb,
  scores jsonb,
  object_prefix text,
  error text,
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  ended_at timestamptz,
  unique (code_id, purpose, seed, fold_assignment)
);
create index on training_jobs (competition_id, round);

create table gpu_sessions (
  id uuid primary key default gen_random_uuid(),
  key text not null unique,
  job_id uuid not null references training_jobs (id) on delete cascade,
  token integer not null,
  provider text not null,
  offer jsonb not null,
  status text not null default 'planned' check (status in ('planned', 'running', 'closed')),
  instance_id text,
  created_at timestamptz not null default clock_timestamp(),
  closed_at timestamptz
);

-- Append-only, in whole micro-dollars.
create table spend_ledger (
  id bigint generated always as identity primary key,
  key text not null,
  entry text not null check (entry in ('reserve', 'settle')),
  kind text not null check (kind in ('gpu', 'llm')),
  competition_id uuid references competitions (id) on delete set null,
  micro_usd bigint not null check (micro_usd >= 0),
  micro_usd_per_hour bigint not null default 0 check (micro_usd_per_hour >= 0),
  at timestamptz not null default clock_timestamp(),
  unique (key, entry)
);
create index on spend_ledger (kind, at);

create table budgets (
  scope text primary key,
  micro_usd bigint not null check (micro_usd >= 0),
  -- As the configuration said it last: only a new value there takes the place of what a person set.
  configured_micro_usd bigint,
  updated_at timestamptz not null default clock_timestamp(),
  updated_by jsonb
);

create table submissions (
  id uuid primary key default gen_random_uuid(),
  competition_id uuid not null references competitions (id) on delete cascade,
  round integer not null,
  key text not null unique,
  params_hash text not null,
  approach text not null,
  members jsonb not null default '[]',
  object_key text not null,
  cv double precision,
  estimate double precision,
  scores jsonb not null default '{}',
  status text not null default 'planned'
    check (status in ('planned', 'sent', 'accepted', 'scored', 'error', 'refused')),
  vendor_ref text,
  public_score text,
  private_score text,
  final_score double precision,
  final_rank integer,
  final_entrants integer,
  error text,
  created_at timestamptz not null default clock_timestamp(),
  sent_at timestamptz,
  accepted_at timestamptz,
  scored_at timestamptz,
  unique (competition_id, params_hash)
);

create table leaderboard_snapshots (
  id bigint generated always as identity primary key,
  competition_id uuid not null references competitions (id) on delete cascade,
  taken_at timestamptz not null default clock_timestamp(),
  entrants integer not null,
  rank integer,
  score double precision,
  top jsonb not null default '[]'
);
create index on leaderboard_snapshots (competition_id, taken_at);

create table human_interventions (
  id uuid primary key default gen_random_uuid(),
  competition_id uuid not null references competitions (id) on delete cascade,
  kind text not null,
  blocking boolean not null,
  draft jsonb not null,
  status text not null default 'open' check (status in ('open', 'decided', 'expired', 'withdrawn')),
  deadline timestamptz not null,
  option text,
  note text,
  decided_by jsonb,
  -- As others call them, as far as the platform told it.
  decided_by_name text,
  decided_at timestamptz,
  -- When a reminder and an escalation are due; nobody is asked twice.
  remind_at timestamptz not null,
  escalate_at timestamptz not null,
  reminded_at timestamptz,
  escalated_at timestamptz,
  snoozed_at timestamptz,
  -- The closed question that this one asks anew; once.
  again_of uuid unique references human_interventions (id) on delete set null,
  created_at timestamptz not null default clock_timestamp()
);
create unique index one_blocking_decision on human_interventions (competition_id) where status = 'open' and blocking;

-- Places where people read, written down when the agent first talks there.
create table chats (
  platform text not null,
  channel text not null,
  can_answer boolean not null,
  -- What was said before is not repeated there.
  since timestamptz not null,
  seen_at timestamptz not null,
  -- The last edit of an old message: platforms pace those together.
  old_edit_at timestamptz,
  primary key (platform, channel)
);

create table cards (
  id uuid primary key default gen_random_uuid(),
  -- The order in which people are told.
  seq bigint generated always as identity,
  -- What the card is about; one card per subject, rewritten in place.
  subject text not null unique,
  kind text not null,
  competition_id uuid references competitions (id) on delete cascade,
  rev integer not null default 1,
  content jsonb not null,
  surface text not null check (surface in ('home', 'thread', 'alerts')),
  -- The card whose message this one replies to.
  parent_subject text,
  mention text not null check (mention in ('nobody', 'operators', 'escalation')),
  -- Mentions people in their quiet hours too.
  is_urgent boolean not null,
  is_pinned boolean not null,
  -- Nothing of it concerns who has not seen it yet.
  is_over boolean not null,
  -- 0 is sent first: decisions and alerts, ends, news, progress.
  lane integer not null check (lane between 0 and 3),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create index on cards (parent_subject) where parent_subject is not null;
create index on cards (competition_id, kind, seq);

-- A card's copy in one chat.
create table card_deliveries (
  card_id uuid not null references cards (id) on delete cascade,
  platform text not null,
  channel text not null,
  message_id text,
  thread_id text,
  memory jsonb not null default '{}',
  posted_at timestamptz,
  last_edit_at timestamptz,
  rev_sent integer not null default 0,
  -- The platform refused this revision for good.
  rev_failed integer,
  is_due boolean not null default true,
  -- The intent, written before each call: what died in between may have taken effect.
  sending_since timestamptz,
  sending_hash text,
  sent_hash text,
  lease_by text,
  lease_until timestamptz,
  lease_lane integer,
  -- Failures of this card while others came through.
  tries integer not null default 0,
  retry_at timestamptz,
  error text,
  primary key (card_id, platform, channel)
);
create index card_deliveries_due on card_deliveries (platform, channel) where is_due;
create index card_deliveries_leased on card_deliveries (platform, channel) where lease_until is not null;

-- Days whose digest was made, or had nothing to say.
create table digests (
  day date primary key,
  made_at timestamptz not null default clock_timestamp()
);

-- What people changed in a chat of how they are talked to; the rest is as configured.
create table preferences (
  only_one boolean primary key default true check (only_one),
  changes jsonb not null default '{}',
  updated_at timestamptz not null default clock_timestamp(),
  updated_by jsonb
);
insert into preferences default values;

create table alerts (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  severity text not null check (severity in ('critical', 'warning', 'info')),
  message text not null,
  details jsonb not null default '{}',
  count integer not null default 1,
  since timestamptz not null default clock_timestamp(),
  last_at timestamptz not null default clock_timestamp(),
  cleared_at timestamptz
);
create unique index one_open_alert on alerts (kind) where cleared_at is null;

create table audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  actor jsonb not null,
  action text not null,
  competition_id uuid references competitions (id) on delete set null,
  details jsonb not null default '{}'
);
