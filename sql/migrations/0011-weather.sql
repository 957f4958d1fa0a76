-- Weather: observations by day of event time, and windows of an hour.

create table weather_observations (
  event_time timestamptz not null,
  received_at timestamptz not null,
  log_offset bigint not null,
  latitude double precision check (latitude >= -90 and latitude <= 90),
  longitude double precision check (longitude >= -180 and longitude <= 180),
  humidity integer check (humidity >= 0 and humidity <= 100),
  wind_direction integer check (wind_direction >= 0 and wind_direction <= 360),
  cloud_cover integer check (cloud_cover >= 0 and cloud_cover <= 100),
  weather_code integer check (weather_code >= 0 and weather_code <= 99),
  temperature real check (temperature >= -90 and temperature <= 60),
  precipitation real check (precipitation >= 0 and precipitation <= 500),
  wind_speed real check (wind_speed >= 0 and wind_speed <= 450),
  pressure real check (pressure >= 800 and pressure <= 1100),
  visibility_km real check (visibility_km >= 0 and visibility_km <= 300),
  log_partition smallint not null,
  backfill boolean not null,
  station text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  condition text collate "C" not null,
  primary key (station, event_time, event_id)
) partition by range (event_time);

-- What has no partition of its own is not lost.
create table weather_observations_default partition of weather_observations default;

-- Rows come nearly in order of time: a few bytes find the pages of any hour.
create index weather_observations_time on weather_observations using brin (event_time) with (pages_per_range = 32, autosummarize = on);

create table weather_windows (
  window_start timestamptz not null,
  n bigint not null,
  temperature_sum bigint,
  temperature_n bigint not null,
  precipitation_sum bigint,
  precipitation_n bigint not null,
  wind_speed_sum bigint,
  wind_speed_n bigint not null,
  humidity_sum bigint,
  humidity_n bigint not null,
  temperature_min integer,
  temperature_max integer,
  station text collate "C" not null,
  primary key (station, window_start)
) with (fillfactor = 50);

create index weather_windows_time on weather_windows using brin (window_start) with (pages_per_range = 8, autosummarize = on);
