-- Air and traffic by location: paper 000's raw_data, and realtime_data as its last seven days.

create table raw_data (
  event_time timestamptz not null,
  received_at timestamptz not null,
  log_offset bigint not null,
  latitude double precision check (latitude >= -90 and latitude <= 90),
  longitude double precision check (longitude >= -180 and longitude <= 180),
  aqi_value integer check (aqi_value >= 0 and aqi_value <= 999),
  traffic_level integer check (traffic_level >= 0 and traffic_level <= 100),
  pm2_5 real check (pm2_5 >= 0 and pm2_5 <= 10000),
  pm10 real check (pm10 >= 0 and pm10 <= 10000),
  ozone real check (ozone >= 0 and ozone <= 10000),
  nitrogen_dioxide real check (nitrogen_dioxide >= 0 and nitrogen_dioxide <= 10000),
  sulphur_dioxide real check (sulphur_dioxide >= 0 and sulphur_dioxide <= 10000),
  carbon_monoxide real check (carbon_monoxide >= 0 and carbon_monoxide <= 200000),
  current_speed real check (current_speed >= 0 and current_speed <= 300),
  free_flow_speed real check (free_flow_speed >= 0.01 and free_flow_speed <= 300),
  log_partition smallint not null,
  is_peak_hour boolean not null,
  backfill boolean not null,
  location text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  aqi_category text collate "C",
  dominant_pollutant text collate "C",
  primary key (location, event_time, event_id)
) partition by range (event_time);

-- What has no partition of its own is not lost.
create table raw_data_default partition of raw_data default;

-- Rows come nearly in order of time: a few bytes find the pages of any hour.
create index raw_data_time on raw_data using brin (event_time) with (pages_per_range = 32, autosummarize = on);

create table reading_windows (
  window_start timestamptz not null,
  n bigint not null,
  aqi_value_sum bigint,
  aqi_value_n bigint not null,
  traffic_level_sum bigint,
  traffic_level_n bigint not null,
  pm2_5_sum bigint,
  pm2_5_n bigint not null,
  peak_n bigint not null,
  aqi_value_max integer,
  traffic_level_max integer,
  location text collate "C" not null,
  primary key (location, window_start)
) with (fillfactor = 50);

create index reading_windows_time on reading_windows using brin (window_start) with (pages_per_range = 8, autosummarize = on);

-- The paper's table of what its speed layer knew: by its names.
create view realtime_data as
select event_time as timestamp, location, latitude, longitude, aqi_value, traffic_level, is_peak_hour, aqi_category, received_at as created_at
from raw_data where event_time >= now() - interval '7 days';
