-- Notifications by day of event time, and how many of each type in an hour.

create table notifications (
  event_time timestamptz not null,
  received_at timestamptz not null,
  log_offset bigint not null,
  latitude double precision check (latitude >= -90 and latitude <= 90),
  longitude double precision check (longitude >= -180 and longitude <= 180),
  log_partition smallint not null,
  backfill boolean not null,
  alert_type text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  severity text collate "C" not null,
  road_id text collate "C",
  road_name text,
  message text not null,
  affected_routes text,
  primary key (alert_type, event_time, event_id)
) partition by range (event_time);

-- What has no partition of its own is not lost.
create table notifications_default partition of notifications default;

-- Rows come nearly in order of time: a few bytes find the pages of any hour.
create index notifications_time on notifications using brin (event_time) with (pages_per_range = 32, autosummarize = on);

create table notification_windows (
  window_start timestamptz not null,
  n bigint not null,
  alert_type text collate "C" not null,
  primary key (alert_type, window_start)
) with (fillfactor = 50);

create index notification_windows_time on notification_windows using brin (window_start) with (pages_per_range = 8, autosummarize = on);
