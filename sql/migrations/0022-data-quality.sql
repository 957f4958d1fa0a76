-- What the batch layer knows of itself and of its data: how its views were refreshed and audited, how whole and how plausible
-- the data of each key was on each day, and which keys are left out of analytics (docs/batch-views.md, docs/data-quality.md).

create table refreshes (
  stream text collate "C" primary key,
  ended_at timestamptz not null,
  took_ms double precision not null,
  rows bigint not null,
  redone bigint not null
);

-- The last audit of a stream, and what all of them found.
create table audits (
  stream text collate "C" primary key,
  ended_at timestamptz not null,
  -- Of the last: windows and rows of roll-ups compared, how many differed, how many live rows were not history's newest.
  compared bigint not null,
  found bigint not null,
  live_found bigint not null,
  -- Of all.
  audits_n bigint not null,
  repaired_total bigint not null,
  -- When one last found something, and what: words for people.
  found_at timestamptz,
  words text
);

-- One row per key and day of the city's zone.
create table data_quality (
  day date not null,
  -- Events that came, those that were expected, and those of them that count: no more in an hour than its share.
  n bigint not null,
  expected_n bigint not null,
  observed_n bigint not null,
  -- Hours in which the same value came all the time; changes between neighbouring windows beyond what is possible.
  stuck_hours integer not null,
  jumps integer not null,
  greatest_jump double precision,
  stream text collate "C" not null,
  key text collate "C" not null,
  -- Share that came, percent, by hour since the day began; null for hours to come.
  hours_percent smallint[] not null,
  primary key (stream, day, key)
);
create index data_quality_of_key on data_quality (stream, key, day);

-- How long events took from their event time until they were received, by source and day: of those not marked as backfill.
create table source_quality (
  day date not null,
  n bigint not null,
  -- Before their own event time, so that one of two clocks is wrong.
  ahead_n bigint not null,
  delay_p50_ms double precision,
  delay_p99_ms double precision,
  stream text collate "C" not null,
  source text collate "C" not null,
  primary key (stream, day, source)
);

-- The ledger as it was when a day was last looked at: a day's own counts are the difference to the day before.
create table ledger_days (
  day date not null,
  consumed bigint not null,
  stored bigint not null,
  duplicate bigint not null,
  dead bigint not null,
  late bigint not null,
  rejected bigint not null,
  stream text collate "C" not null,
  primary key (stream, day)
);

-- Keys that analytics leave out, from a day to a day with both, for ever without an end.
create table quality_exclusions (
  exclusion_id bigint generated always as identity primary key,
  from_day date not null,
  to_day date check (to_day >= from_day),
  added_at timestamptz not null default clock_timestamp(),
  stream text collate "C" not null,
  key text collate "C" not null,
  -- `stuck`, `jumps`, `incomplete`: put and taken by the job data-quality; `hand`: by a person.
  rule text not null check (rule in ('stuck', 'jumps', 'incomplete', 'hand')),
  reason text not null,
  unique nulls not distinct (stream, key, rule, from_day)
);
create index quality_exclusions_of_day on quality_exclusions (stream, from_day, to_day);
