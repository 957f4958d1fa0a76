-- What the air is expected to be in the hours ahead, until it is known; and how far the forecasts of the last weeks were off (docs/anomalies-and-air.md).

-- A row is scored once, when its hour is over: that removes it.
create table air_forecasts (
  -- End of the last whole hour that was known.
  made_at timestamptz not null,
  -- Begin of the hour that it is for.
  event_time timestamptz not null,
  hours_ahead smallint not null check (hours_ahead between 1 and 24),
  aqi real not null check (aqi >= 0 and aqi <= 999),
  low_50 real not null check (low_50 >= 0 and low_50 <= 999),
  high_50 real not null check (high_50 >= 0 and high_50 <= 999),
  low_90 real not null check (low_90 >= 0 and low_90 <= 999),
  high_90 real not null check (high_90 >= 0 and high_90 <= 999),
  -- What persistence says: the last hour's.
  last_aqi real not null check (last_aqi >= 0 and last_aqi <= 999),
  location text collate "C" not null,
  method text collate "C" not null check (method in ('model', 'persistence')),
  primary key (location, made_at, hours_ahead)
);
create index air_forecasts_due on air_forecasts (event_time);

-- By day of the city's zone, over all locations.
create table air_forecast_scores (
  day date not null,
  hours_ahead smallint not null check (hours_ahead between 1 and 24),
  n bigint not null,
  error_sum double precision not null,
  persistence_error_sum double precision not null,
  inside_50_n bigint not null,
  inside_90_n bigint not null,
  primary key (day, hours_ahead)
);
