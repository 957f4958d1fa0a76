-- Road traffic: raw events by day of event time, and windows of five minutes.
-- Columns stand by falling alignment, so that no row carries padding.

create table traffic_data (
  event_time timestamptz not null,
  received_at timestamptz not null,
  log_offset bigint not null,
  latitude double precision check (latitude between -90 and 90),
  longitude double precision check (longitude between -180 and 180),
  -- Below infinity, because NaN is greater than all numbers in PostgreSQL.
  current_speed real not null check (current_speed >= 0 and current_speed < 'Infinity'),
  free_flow_speed real check (free_flow_speed > 0 and free_flow_speed < 'Infinity'),
  jam_factor real check (jam_factor >= 0 and jam_factor <= 10),
  speed_ratio real check (speed_ratio >= 0 and speed_ratio < 'Infinity'),
  log_partition smallint not null,
  road_closed boolean,
  is_congested boolean not null,
  is_rush_hour boolean not null,
  backfill boolean not null,
  road_id text collate "C" not null,
  event_id text collate "C" not null,
  congestion_level text collate "C" not null,
  source text collate "C" not null,
  road_name text,
  primary key (road_id, event_time, event_id)
) partition by range (event_time);

-- What has no partition of its own is not lost.
create table traffic_data_default partition of traffic_data default;

-- Rows come nearly in order of time: a few bytes find the pages of any hour.
create index traffic_data_time on traffic_data using brin (event_time) with (pages_per_range = 32, autosummarize = on);

create table traffic_windows (
  window_start timestamptz not null,
  n bigint not null,
  current_speed_sum bigint,
  current_speed_sum_sq bigint,
  free_flow_speed_sum bigint,
  free_flow_speed_n bigint not null,
  congested_n bigint not null,
  current_speed_min integer,
  current_speed_max integer,
  road_id text collate "C" not null,
  -- The key first: a road's day is read as one run, and writers touch each road's newest entry.
  primary key (road_id, window_start)
) with (fillfactor = 85);

-- All roads of some windows: windows begin in order of time, so they lie together.
create index traffic_windows_time on traffic_windows using brin (window_start) with (pages_per_range = 8, autosummarize = on);
