-- Cameras: counts by day of event time, and windows of a minute.

create table camera_counts (
  event_time timestamptz not null,
  received_at timestamptz not null,
  log_offset bigint not null,
  latitude double precision check (latitude >= -90 and latitude <= 90),
  longitude double precision check (longitude >= -180 and longitude <= 180),
  period_s integer check (period_s >= 1 and period_s <= 3600),
  cars integer check (cars >= 0 and cars <= 10000),
  trucks integer check (trucks >= 0 and trucks <= 10000),
  buses integer check (buses >= 0 and buses <= 10000),
  motorcycles integer check (motorcycles >= 0 and motorcycles <= 10000),
  bicycles integer check (bicycles >= 0 and bicycles <= 10000),
  pedestrians integer check (pedestrians >= 0 and pedestrians <= 10000),
  vehicles_n integer not null check (vehicles_n >= 0 and vehicles_n <= 40000),
  log_partition smallint not null,
  backfill boolean not null,
  camera_id text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  road_id text collate "C",
  primary key (camera_id, event_time, event_id)
) partition by range (event_time);

-- What has no partition of its own is not lost.
create table camera_counts_default partition of camera_counts default;

-- Rows come nearly in order of time: a few bytes find the pages of any hour.
create index camera_counts_time on camera_counts using brin (event_time) with (pages_per_range = 32, autosummarize = on);

create table camera_windows (
  window_start timestamptz not null,
  n bigint not null,
  vehicles_n_sum bigint,
  cars_sum bigint,
  trucks_sum bigint,
  buses_sum bigint,
  motorcycles_sum bigint,
  bicycles_sum bigint,
  pedestrians_sum bigint,
  camera_id text collate "C" not null,
  primary key (camera_id, window_start)
) with (fillfactor = 50);

create index camera_windows_time on camera_windows using brin (window_start) with (pages_per_range = 8, autosummarize = on);
