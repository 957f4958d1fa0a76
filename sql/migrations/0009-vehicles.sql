-- Vehicles: positions by day of event time, and windows of a minute.

create table vehicle_positions (
  event_time timestamptz not null,
  received_at timestamptz not null,
  log_offset bigint not null,
  latitude double precision not null check (latitude >= -90 and latitude <= 90),
  longitude double precision not null check (longitude >= -180 and longitude <= 180),
  speed real check (speed >= 0 and speed <= 300),
  heading real check (heading >= 0 and heading <= 360),
  log_partition smallint not null,
  backfill boolean not null,
  vehicle_id text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  vehicle_type text collate "C",
  vehicle_label text collate "C",
  route_id text collate "C",
  trip_id text collate "C",
  driver_id text collate "C",
  primary key (vehicle_id, event_time, event_id)
) partition by range (event_time);

-- What has no partition of its own is not lost.
create table vehicle_positions_default partition of vehicle_positions default;

-- Rows come nearly in order of time: a few bytes find the pages of any hour.
create index vehicle_positions_time on vehicle_positions using brin (event_time) with (pages_per_range = 32, autosummarize = on);

create table vehicle_windows (
  window_start timestamptz not null,
  n bigint not null,
  speed_sum bigint,
  speed_n bigint not null,
  speed_max integer,
  vehicle_id text collate "C" not null,
  primary key (vehicle_id, window_start)
) with (fillfactor = 50);

create index vehicle_windows_time on vehicle_windows using brin (window_start) with (pages_per_range = 8, autosummarize = on);
