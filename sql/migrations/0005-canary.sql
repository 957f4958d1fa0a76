-- The canary: one small event a minute and process, to measure the way.

create table canary_data (
  event_time timestamptz not null,
  received_at timestamptz not null,
  log_offset bigint not null,
  turn integer not null check (turn >= 0),
  log_partition smallint not null,
  backfill boolean not null,
  canary_id text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  primary key (canary_id, event_time, event_id)
) partition by range (event_time);

create table canary_data_default partition of canary_data default;
