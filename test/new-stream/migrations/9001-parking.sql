create table parking_data (
  event_time timestamptz not null,
  received_at timestamptz not null,
  log_offset bigint not null,
  free_places integer not null check (free_places >= 0),
  temperature real check (temperature < 'Infinity'),
  log_partition smallint not null,
  is_full boolean not null,
  backfill boolean not null,
  garage_id text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  primary key (garage_id, event_time, event_id)
) partition by range (event_time);
create table parking_data_default partition of parking_data default;

create table parking_windows (
  window_start timestamptz not null,
  n bigint not null,
  free_places_sum bigint,
  free_places_max integer,
  garage_id text collate "C" not null,
  primary key (garage_id, window_start)
) with (fillfactor = 70);
