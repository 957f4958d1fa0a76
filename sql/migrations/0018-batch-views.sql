-- Batch views: windows folded over hours and days of the city's zone, each up to its frontier (docs/batch-views.md).

-- `claimed` is how far a rebuild is under way: what comes for a window before it makes that dirty. A view of another definition, or of
-- another zone, is built anew.
alter table frontiers add column claimed timestamptz not null default '-infinity';
update frontiers set claimed = frontier;
alter table frontiers add column definition text not null default '';

-- What a rebuild has taken on stays dirty until that has ended; what comes meanwhile is noted beside it.
alter table dirty_windows add column redoing boolean not null default false;
alter table dirty_windows drop constraint dirty_windows_pkey;
alter table dirty_windows add primary key (stream, window_start, key, redoing);

create table traffic_hours (
  window_start timestamptz not null,
  n bigint not null,
  current_speed_sum bigint,
  current_speed_sum_sq bigint,
  free_flow_speed_sum bigint,
  free_flow_speed_n bigint not null,
  congested_n bigint not null,
  windows_n bigint not null,
  pace_sum bigint,
  current_speed_min integer,
  current_speed_max integer,
  road_id text collate "C" not null,
  current_speed_bins integer[] not null,
  primary key (road_id, window_start)
);
create index traffic_hours_time on traffic_hours (window_start);

create table traffic_days (
  window_start timestamptz not null,
  n bigint not null,
  current_speed_sum bigint,
  current_speed_sum_sq bigint,
  free_flow_speed_sum bigint,
  free_flow_speed_n bigint not null,
  congested_n bigint not null,
  windows_n bigint not null,
  pace_sum bigint,
  current_speed_min integer,
  current_speed_max integer,
  road_id text collate "C" not null,
  current_speed_bins integer[] not null,
  primary key (road_id, window_start)
);
create index traffic_days_time on traffic_days (window_start);

create table traffic_city_hours (
  window_start timestamptz not null,
  n bigint not null,
  current_speed_sum bigint,
  current_speed_sum_sq bigint,
  free_flow_speed_sum bigint,
  free_flow_speed_n bigint not null,
  congested_n bigint not null,
  windows_n bigint not null,
  pace_sum bigint,
  current_speed_min integer,
  current_speed_max integer,
  current_speed_bins integer[] not null,
  primary key (window_start)
);

create table reading_days (
  window_start timestamptz not null,
  n bigint not null,
  aqi_value_sum bigint,
  aqi_value_n bigint not null,
  traffic_level_sum bigint,
  traffic_level_n bigint not null,
  pm2_5_sum bigint,
  pm2_5_n bigint not null,
  peak_n bigint not null,
  windows_n bigint not null,
  aqi_value_max integer,
  traffic_level_max integer,
  is_peak_hour boolean not null,
  location text collate "C" not null,
  primary key (location, window_start, is_peak_hour)
);
create index reading_days_time on reading_days (window_start);

create table camera_hours (
  window_start timestamptz not null,
  n bigint not null,
  vehicles_n_sum bigint,
  cars_sum bigint,
  trucks_sum bigint,
  buses_sum bigint,
  motorcycles_sum bigint,
  bicycles_sum bigint,
  pedestrians_sum bigint,
  windows_n bigint not null,
  camera_id text collate "C" not null,
  primary key (camera_id, window_start)
);
create index camera_hours_time on camera_hours (window_start);

create table transaction_hours (
  window_start timestamptz not null,
  n bigint not null,
  amount_sum bigint,
  cancellation_n bigint not null,
  windows_n bigint not null,
  product_category text collate "C" not null,
  primary key (product_category, window_start)
);
create index transaction_hours_time on transaction_hours (window_start);

create table transaction_days (
  window_start timestamptz not null,
  n bigint not null,
  amount_sum bigint,
  cancellation_n bigint not null,
  windows_n bigint not null,
  product_category text collate "C" not null,
  primary key (product_category, window_start)
);
create index transaction_days_time on transaction_days (window_start);


