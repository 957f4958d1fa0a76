-- The schema that the migrations make, as the catalog describes it. Made by src/history/schema.test.ts: delete it to make it anew.

create table air_forecast_scores (
  day date not null,
  hours_ahead smallint not null,
  n bigint not null,
  error_sum double precision not null,
  persistence_error_sum double precision not null,
  inside_50_n bigint not null,
  inside_90_n bigint not null,
  CHECK (((hours_ahead >= 1) AND (hours_ahead <= 24))),
  PRIMARY KEY (day, hours_ahead)
);

create table air_forecasts (
  made_at timestamp with time zone not null,
  event_time timestamp with time zone not null,
  hours_ahead smallint not null,
  aqi real not null,
  low_50 real not null,
  high_50 real not null,
  low_90 real not null,
  high_90 real not null,
  last_aqi real not null,
  location text collate "C" not null,
  method text collate "C" not null,
  CHECK (((aqi >= (0)::double precision) AND (aqi <= (999)::double precision))),
  CHECK (((high_50 >= (0)::double precision) AND (high_50 <= (999)::double precision))),
  CHECK (((high_90 >= (0)::double precision) AND (high_90 <= (999)::double precision))),
  CHECK (((hours_ahead >= 1) AND (hours_ahead <= 24))),
  CHECK (((last_aqi >= (0)::double precision) AND (last_aqi <= (999)::double precision))),
  CHECK (((low_50 >= (0)::double precision) AND (low_50 <= (999)::double precision))),
  CHECK (((low_90 >= (0)::double precision) AND (low_90 <= (999)::double precision))),
  CHECK ((method = ANY (ARRAY['model'::text, 'persistence'::text]))),
  PRIMARY KEY (location, made_at, hours_ahead)
);
CREATE INDEX air_forecasts_due ON public.air_forecasts USING btree (event_time);

create table archived_days (
  stream text collate "C" not null,
  day date not null,
  rows bigint not null,
  dropped bigint default 0 not null,
  bytes bigint not null,
  location text not null,
  sha256 text not null,
  archived_at timestamp with time zone not null,
  kept_until timestamp with time zone,
  CHECK ((rows >= 0)),
  PRIMARY KEY (stream, day)
);

create table audits (
  stream text collate "C" not null,
  ended_at timestamp with time zone not null,
  compared bigint not null,
  found bigint not null,
  live_found bigint not null,
  audits_n bigint not null,
  repaired_total bigint not null,
  found_at timestamp with time zone,
  words text,
  PRIMARY KEY (stream)
);

create table begun (
  name text collate "C" not null,
  value jsonb not null,
  PRIMARY KEY (name)
);

create table camera_counts (
  event_time timestamp with time zone not null,
  received_at timestamp with time zone not null,
  log_offset bigint not null,
  latitude double precision,
  longitude double precision,
  period_s integer,
  cars integer,
  trucks integer,
  buses integer,
  motorcycles integer,
  bicycles integer,
  pedestrians integer,
  vehicles_n integer not null,
  log_partition smallint not null,
  backfill boolean not null,
  camera_id text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  road_id text collate "C",
  CHECK (((bicycles >= 0) AND (bicycles <= 10000))),
  CHECK (((buses >= 0) AND (buses <= 10000))),
  CHECK (((cars >= 0) AND (cars <= 10000))),
  CHECK (((latitude >= ('-90'::integer)::double precision) AND (latitude <= (90)::double precision))),
  CHECK (((longitude >= ('-180'::integer)::double precision) AND (longitude <= (180)::double precision))),
  CHECK (((motorcycles >= 0) AND (motorcycles <= 10000))),
  CHECK (((pedestrians >= 0) AND (pedestrians <= 10000))),
  CHECK (((period_s >= 1) AND (period_s <= 3600))),
  CHECK (((trucks >= 0) AND (trucks <= 10000))),
  CHECK (((vehicles_n >= 0) AND (vehicles_n <= 40000))),
  PRIMARY KEY (camera_id, event_time, event_id)
) partition by RANGE (event_time);
CREATE INDEX camera_counts_time ON ONLY public.camera_counts USING brin (event_time) WITH (pages_per_range='32', autosummarize='on');

create table camera_hours (
  window_start timestamp with time zone not null,
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
  PRIMARY KEY (camera_id, window_start)
);
CREATE INDEX camera_hours_time ON public.camera_hours USING btree (window_start);

create table camera_windows (
  window_start timestamp with time zone not null,
  n bigint not null,
  vehicles_n_sum bigint,
  cars_sum bigint,
  trucks_sum bigint,
  buses_sum bigint,
  motorcycles_sum bigint,
  bicycles_sum bigint,
  pedestrians_sum bigint,
  camera_id text collate "C" not null,
  PRIMARY KEY (camera_id, window_start)
) with (fillfactor=50);
CREATE INDEX camera_windows_start ON public.camera_windows USING btree (window_start);

create table canary_data (
  event_time timestamp with time zone not null,
  received_at timestamp with time zone not null,
  log_offset bigint not null,
  turn integer not null,
  log_partition smallint not null,
  backfill boolean not null,
  canary_id text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  CHECK ((turn >= 0)),
  PRIMARY KEY (canary_id, event_time, event_id)
) partition by RANGE (event_time);

create table congestion_episodes (
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  last_at timestamp with time zone not null,
  worst_at timestamp with time zone not null,
  delay_ms bigint,
  vehicle_ms bigint,
  worst_ratio double precision not null,
  windows_n integer not null,
  counted_n integer not null,
  start_minute smallint not null,
  road_id text collate "C" not null,
  end_kind text collate "C",
  CHECK (((ended_at IS NULL) = (end_kind IS NULL))),
  CHECK ((counted_n >= 0)),
  CHECK ((delay_ms >= 0)),
  CHECK ((end_kind = ANY (ARRAY['recovered'::text, 'unknown'::text]))),
  CHECK ((vehicle_ms >= 0)),
  CHECK ((windows_n > 0)),
  CHECK (((worst_ratio >= (0)::double precision) AND (worst_ratio < 'Infinity'::double precision))),
  PRIMARY KEY (road_id, started_at)
);
CREATE INDEX congestion_episodes_open ON public.congestion_episodes USING btree (road_id) WHERE (ended_at IS NULL);
CREATE INDEX congestion_episodes_time ON public.congestion_episodes USING btree (started_at);

create table data_quality (
  day date not null,
  n bigint not null,
  expected_n bigint not null,
  observed_n bigint not null,
  stuck_hours integer not null,
  jumps integer not null,
  greatest_jump double precision,
  stream text collate "C" not null,
  key text collate "C" not null,
  hours_percent smallint[] not null,
  PRIMARY KEY (stream, day, key)
);
CREATE INDEX data_quality_of_key ON public.data_quality USING btree (stream, key, day);

create table dead_letters (
  dead_letter_id uuid not null,
  received_at timestamp with time zone not null,
  log_offset bigint not null,
  log_partition integer not null,
  attempts integer default 0 not null,
  payload_bytes integer not null,
  at_door boolean not null,
  state text default 'open'::text not null,
  stream text collate "C" not null,
  topic text collate "C" not null,
  source text not null,
  reason text not null,
  pointer text not null,
  value text not null,
  rule text not null,
  payload_sha256 text not null,
  payload bytea,
  CHECK ((state = ANY (ARRAY['open'::text, 'replayed'::text, 'stored'::text]))),
  PRIMARY KEY (dead_letter_id)
);
CREATE INDEX dead_letters_by_stream ON public.dead_letters USING btree (stream, state);
CREATE INDEX dead_letters_newest ON public.dead_letters USING btree (received_at DESC, dead_letter_id DESC);

create table dirty_windows (
  stream text collate "C" not null,
  window_start timestamp with time zone not null,
  key text collate "C" not null,
  redoing boolean default false not null,
  PRIMARY KEY (stream, window_start, key, redoing)
);

create table dropped_partitions (
  stream text collate "C" not null,
  name text collate "C" not null,
  rows bigint,
  PRIMARY KEY (stream, name)
);

create table emergencies (
  event_time timestamp with time zone not null,
  received_at timestamp with time zone not null,
  log_offset bigint not null,
  latitude double precision not null,
  longitude double precision not null,
  log_partition smallint not null,
  backfill boolean not null,
  emergency_id text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  status text collate "C" not null,
  severity text collate "C",
  emergency_type text,
  address text,
  vehicle_id text collate "C",
  hospital_id text collate "C",
  opened_at text,
  patient_id text collate "C",
  CHECK (((latitude >= ('-90'::integer)::double precision) AND (latitude <= (90)::double precision))),
  CHECK (((longitude >= ('-180'::integer)::double precision) AND (longitude <= (180)::double precision))),
  PRIMARY KEY (emergency_id, event_time, event_id)
) partition by RANGE (event_time);

create table episode_days (
  day timestamp with time zone not null,
  n bigint not null,
  windows_n bigint not null,
  speed_sum numeric not null,
  pace_sum numeric not null,
  free_flow_sum numeric not null,
  PRIMARY KEY (day)
);

create table frontiers (
  stream text collate "C" not null,
  view text collate "C" not null,
  frontier timestamp with time zone not null,
  claimed timestamp with time zone default '-infinity'::timestamp with time zone not null,
  definition text default ''::text not null,
  PRIMARY KEY (stream, view)
);

create table installation (
  one boolean default true not null,
  salt text default ((gen_random_uuid())::text || (gen_random_uuid())::text) not null,
  since timestamp with time zone default clock_timestamp() not null,
  zone text default 'UTC'::text not null,
  CHECK (one),
  PRIMARY KEY (one)
);

create table job_runs (
  job text collate "C" not null,
  scheduled_for timestamp with time zone not null,
  holder text not null,
  state text default 'running'::text not null,
  attempts integer default 1 not null,
  started_at timestamp with time zone,
  until timestamp with time zone not null,
  ended_at timestamp with time zone,
  error text,
  run_id bigint generated as identity not null,
  trigger text,
  asked jsonb,
  progress jsonb,
  resume jsonb,
  result jsonb,
  CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'failed'::text]))),
  CHECK ((trigger = ANY (ARRAY['schedule'::text, 'catch-up'::text, 'hand'::text]))),
  PRIMARY KEY (job, scheduled_for),
  UNIQUE (run_id)
);
CREATE INDEX job_runs_newest ON public.job_runs USING btree (job, run_id DESC);
CREATE INDEX job_runs_open ON public.job_runs USING btree (state, job, scheduled_for) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]));
CREATE UNIQUE INDEX job_runs_asked ON public.job_runs USING btree (job) WHERE ((state = 'queued'::text) AND (trigger = 'hand'::text));
CREATE UNIQUE INDEX job_runs_running ON public.job_runs USING btree (job) WHERE ((state = 'running'::text) AND (trigger IS NOT NULL));

create table leases (
  name text collate "C" not null,
  holder text not null,
  until timestamp with time zone not null,
  PRIMARY KEY (name)
);

create table ledger_days (
  day date not null,
  consumed bigint not null,
  stored bigint not null,
  duplicate bigint not null,
  dead bigint not null,
  late bigint not null,
  rejected bigint not null,
  stream text collate "C" not null,
  PRIMARY KEY (stream, day)
);

create table log_batches (
  partition_id integer not null,
  base_offset bigint not null,
  next_offset bigint not null,
  appended_at_ms bigint not null,
  bytes integer not null,
  records bytea not null
) partition by RANGE (appended_at_ms);
CREATE INDEX log_batches_place ON ONLY public.log_batches USING btree (partition_id, next_offset);

create table log_epoch (
  one boolean default true not null,
  epoch text default (gen_random_uuid())::text not null,
  CHECK (one),
  PRIMARY KEY (one)
);

create table log_leases (
  group_name text collate "C" not null,
  partition_id integer not null,
  member_id text collate "C",
  generation bigint default 0 not null,
  committed_offset bigint,
  FOREIGN KEY (partition_id) REFERENCES log_partitions(partition_id),
  PRIMARY KEY (group_name, partition_id)
) with (fillfactor=50);

create table log_members (
  group_name text collate "C" not null,
  member_id text collate "C" not null,
  topics text not null,
  expires_at timestamp with time zone not null,
  PRIMARY KEY (group_name, member_id)
) with (fillfactor=50);

create table log_partitions (
  partition_id integer not null,
  topic text collate "C" not null,
  partition integer not null,
  start_offset bigint default 0 not null,
  next_offset bigint default 0 not null,
  newest_ms bigint default 0 not null,
  FOREIGN KEY (topic) REFERENCES log_topics(topic),
  PRIMARY KEY (partition_id),
  UNIQUE (topic, partition)
) with (fillfactor=20);

create table log_topics (
  topic text collate "C" not null,
  retention_ms bigint not null,
  PRIMARY KEY (topic)
);

create table models (
  created_at timestamp with time zone default clock_timestamp() not null,
  promoted_at timestamp with time zone,
  ended_at timestamp with time zone,
  trained_from timestamp with time zone not null,
  trained_to timestamp with time zone not null,
  seed bigint not null,
  roads_n integer not null,
  bytes integer not null,
  model_version text collate "C" not null,
  kind text collate "C" not null,
  state text not null,
  code_version text not null,
  sha256 text not null,
  reason text not null,
  verdict jsonb,
  margins jsonb,
  artefact bytea,
  CHECK ((bytes > 0)),
  CHECK (((state <> ALL (ARRAY['champion'::text, 'challenger'::text])) OR ((artefact IS NOT NULL) AND (ended_at IS NULL)))),
  CHECK (((state <> 'champion'::text) OR (promoted_at IS NOT NULL))),
  CHECK ((roads_n >= 0)),
  CHECK ((state = ANY (ARRAY['challenger'::text, 'champion'::text, 'retired'::text, 'rejected'::text]))),
  PRIMARY KEY (model_version)
);
CREATE INDEX models_newest ON public.models USING btree (created_at);
CREATE UNIQUE INDEX models_one_challenger ON public.models USING btree (state) WHERE (state = 'challenger'::text);
CREATE UNIQUE INDEX models_one_champion ON public.models USING btree (state) WHERE (state = 'champion'::text);

create table notification_windows (
  window_start timestamp with time zone not null,
  n bigint not null,
  alert_type text collate "C" not null,
  PRIMARY KEY (alert_type, window_start)
) with (fillfactor=50);
CREATE INDEX notification_windows_time ON public.notification_windows USING brin (window_start) WITH (pages_per_range='8', autosummarize='on');

create table notifications (
  event_time timestamp with time zone not null,
  received_at timestamp with time zone not null,
  log_offset bigint not null,
  latitude double precision,
  longitude double precision,
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
  CHECK (((latitude >= ('-90'::integer)::double precision) AND (latitude <= (90)::double precision))),
  CHECK (((longitude >= ('-180'::integer)::double precision) AND (longitude <= (180)::double precision))),
  PRIMARY KEY (alert_type, event_time, event_id)
) partition by RANGE (event_time);
CREATE INDEX notifications_time ON ONLY public.notifications USING brin (event_time) WITH (pages_per_range='32', autosummarize='on');

create table offsets (
  stream text collate "C" not null,
  partition integer not null,
  next_offset bigint default 0 not null,
  consumed bigint default 0 not null,
  stored bigint default 0 not null,
  duplicate bigint default 0 not null,
  dead bigint default 0 not null,
  late bigint default 0 not null,
  unknown_fields bigint default 0 not null,
  watermark timestamp with time zone,
  updated_at timestamp with time zone,
  epoch integer default 0 not null,
  last_record_hash text,
  CHECK ((next_offset >= 0)),
  CHECK ((partition >= 0)),
  PRIMARY KEY (stream, partition)
) with (fillfactor=20);

create table prediction_margins (
  since timestamp with time zone not null,
  model_version text collate "C" not null,
  margins jsonb,
  PRIMARY KEY (model_version, since)
);

create table prediction_scores_bins (
  day date not null,
  n bigint not null,
  hits bigint not null,
  said bigint not null,
  horizon_min smallint not null,
  bin smallint not null,
  trial boolean not null,
  kind text collate "C" not null,
  model_version text collate "C" not null,
  regime text collate "C" not null,
  PRIMARY KEY (day, trial, model_version, kind, horizon_min, regime, bin)
) with (fillfactor=50);

create table prediction_scores_frontier (
  only_one boolean default true not null,
  scored_to timestamp with time zone not null,
  CHECK (only_one),
  PRIMARY KEY (only_one)
);

create table prediction_scores_hours (
  hour timestamp with time zone not null,
  n bigint not null,
  unscored_n bigint not null,
  abs_e bigint not null,
  e bigint not null,
  e2 bigint not null,
  y bigint not null,
  y2 bigint not null,
  ape_n bigint not null,
  ape bigint not null,
  within_n bigint not null,
  band_50_n bigint not null,
  covered_50_n bigint not null,
  width_50 bigint not null,
  band_90_n bigint not null,
  covered_90_n bigint not null,
  width_90 bigint not null,
  prob_n bigint not null,
  brier bigint not null,
  slow_n bigint not null,
  onset_n bigint not null,
  called_n bigint not null,
  right_n bigint not null,
  paired_n bigint not null,
  paired_abs_e bigint not null,
  stay_abs_e bigint not null,
  either_n bigint not null,
  either_abs_e bigint not null,
  either_e bigint not null,
  either_ape_n bigint not null,
  either_ape bigint not null,
  either_stay_abs_e bigint not null,
  either_stay_ape bigint not null,
  horizon_min smallint not null,
  trial boolean not null,
  model_version text collate "C" not null,
  regime text collate "C" not null,
  PRIMARY KEY (hour, trial, model_version, horizon_min, regime)
) with (fillfactor=50);

create table prediction_scores_roads (
  day date not null,
  n bigint not null,
  abs_e bigint not null,
  e bigint not null,
  ape_n bigint not null,
  ape bigint not null,
  horizon_min smallint not null,
  trial boolean not null,
  model_version text collate "C" not null,
  road_id text collate "C" not null,
  PRIMARY KEY (day, trial, model_version, horizon_min, road_id)
) with (fillfactor=50);

create table predictions (
  event_time timestamp with time zone not null,
  received_at timestamp with time zone not null,
  log_offset bigint not null,
  current_speed real,
  predicted_speed_10min real not null,
  predicted_speed_20min real not null,
  predicted_speed_30min real not null,
  prediction_confidence real,
  log_partition smallint not null,
  backfill boolean not null,
  road_id text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  model_version text collate "C",
  low_50_10min real,
  high_50_10min real,
  low_90_10min real,
  high_90_10min real,
  congestion_probability_10min real,
  low_50_20min real,
  high_50_20min real,
  low_90_20min real,
  high_90_20min real,
  congestion_probability_20min real,
  low_50_30min real,
  high_50_30min real,
  low_90_30min real,
  high_90_30min real,
  congestion_probability_30min real,
  regime text collate "C",
  CHECK (((congestion_probability_10min >= (0)::double precision) AND (congestion_probability_10min <= (1)::double precision))),
  CHECK (((congestion_probability_20min >= (0)::double precision) AND (congestion_probability_20min <= (1)::double precision))),
  CHECK (((congestion_probability_30min >= (0)::double precision) AND (congestion_probability_30min <= (1)::double precision))),
  CHECK (((current_speed >= (0)::double precision) AND (current_speed <= (300)::double precision))),
  CHECK (((high_50_10min >= (0)::double precision) AND (high_50_10min <= (300)::double precision))),
  CHECK (((high_50_20min >= (0)::double precision) AND (high_50_20min <= (300)::double precision))),
  CHECK (((high_50_30min >= (0)::double precision) AND (high_50_30min <= (300)::double precision))),
  CHECK (((high_90_10min >= (0)::double precision) AND (high_90_10min <= (300)::double precision))),
  CHECK (((high_90_20min >= (0)::double precision) AND (high_90_20min <= (300)::double precision))),
  CHECK (((high_90_30min >= (0)::double precision) AND (high_90_30min <= (300)::double precision))),
  CHECK (((low_50_10min >= (0)::double precision) AND (low_50_10min <= (300)::double precision))),
  CHECK (((low_50_20min >= (0)::double precision) AND (low_50_20min <= (300)::double precision))),
  CHECK (((low_50_30min >= (0)::double precision) AND (low_50_30min <= (300)::double precision))),
  CHECK (((low_90_10min >= (0)::double precision) AND (low_90_10min <= (300)::double precision))),
  CHECK (((low_90_20min >= (0)::double precision) AND (low_90_20min <= (300)::double precision))),
  CHECK (((low_90_30min >= (0)::double precision) AND (low_90_30min <= (300)::double precision))),
  CHECK (((predicted_speed_10min >= (0)::double precision) AND (predicted_speed_10min <= (300)::double precision))),
  CHECK (((predicted_speed_20min >= (0)::double precision) AND (predicted_speed_20min <= (300)::double precision))),
  CHECK (((predicted_speed_30min >= (0)::double precision) AND (predicted_speed_30min <= (300)::double precision))),
  CHECK (((prediction_confidence >= (0)::double precision) AND (prediction_confidence <= (1)::double precision))),
  PRIMARY KEY (road_id, event_time, event_id)
) partition by RANGE (event_time);
CREATE INDEX predictions_time ON ONLY public.predictions USING brin (event_time) WITH (pages_per_range='32', autosummarize='on');

create table quality_exclusions (
  exclusion_id bigint generated as identity not null,
  from_day date not null,
  to_day date,
  added_at timestamp with time zone default clock_timestamp() not null,
  stream text collate "C" not null,
  key text collate "C" not null,
  rule text not null,
  reason text not null,
  CHECK ((to_day >= from_day)),
  CHECK ((rule = ANY (ARRAY['stuck'::text, 'jumps'::text, 'incomplete'::text, 'hand'::text]))),
  PRIMARY KEY (exclusion_id),
  UNIQUE NULLS NOT DISTINCT (stream, key, rule, from_day)
);
CREATE INDEX quality_exclusions_of_day ON public.quality_exclusions USING btree (stream, from_day, to_day);

create table raw_data (
  event_time timestamp with time zone not null,
  received_at timestamp with time zone not null,
  log_offset bigint not null,
  latitude double precision,
  longitude double precision,
  aqi_value integer,
  traffic_level integer,
  pm2_5 real,
  pm10 real,
  ozone real,
  nitrogen_dioxide real,
  sulphur_dioxide real,
  carbon_monoxide real,
  current_speed real,
  free_flow_speed real,
  log_partition smallint not null,
  is_peak_hour boolean not null,
  backfill boolean not null,
  location text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  aqi_category text collate "C",
  dominant_pollutant text collate "C",
  CHECK (((aqi_value >= 0) AND (aqi_value <= 999))),
  CHECK (((carbon_monoxide >= (0)::double precision) AND (carbon_monoxide <= (200000)::double precision))),
  CHECK (((current_speed >= (0)::double precision) AND (current_speed <= (300)::double precision))),
  CHECK (((free_flow_speed >= (0.01)::double precision) AND (free_flow_speed <= (300)::double precision))),
  CHECK (((latitude >= ('-90'::integer)::double precision) AND (latitude <= (90)::double precision))),
  CHECK (((longitude >= ('-180'::integer)::double precision) AND (longitude <= (180)::double precision))),
  CHECK (((nitrogen_dioxide >= (0)::double precision) AND (nitrogen_dioxide <= (10000)::double precision))),
  CHECK (((ozone >= (0)::double precision) AND (ozone <= (10000)::double precision))),
  CHECK (((pm10 >= (0)::double precision) AND (pm10 <= (10000)::double precision))),
  CHECK (((pm2_5 >= (0)::double precision) AND (pm2_5 <= (10000)::double precision))),
  CHECK (((sulphur_dioxide >= (0)::double precision) AND (sulphur_dioxide <= (10000)::double precision))),
  CHECK (((traffic_level >= 0) AND (traffic_level <= 100))),
  PRIMARY KEY (location, event_time, event_id)
) partition by RANGE (event_time);
CREATE INDEX raw_data_time ON ONLY public.raw_data USING brin (event_time) WITH (pages_per_range='32', autosummarize='on');

create table reading_days (
  window_start timestamp with time zone not null,
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
  PRIMARY KEY (location, window_start, is_peak_hour)
);
CREATE INDEX reading_days_time ON public.reading_days USING btree (window_start);

create table reading_windows (
  window_start timestamp with time zone not null,
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
  PRIMARY KEY (location, window_start)
) with (fillfactor=50);
CREATE INDEX reading_windows_time ON public.reading_windows USING brin (window_start) WITH (pages_per_range='8', autosummarize='on');

create table refreshes (
  stream text collate "C" not null,
  ended_at timestamp with time zone not null,
  took_ms double precision not null,
  rows bigint not null,
  redone bigint not null,
  PRIMARY KEY (stream)
);

create table rejects (
  stream text collate "C" not null,
  source text collate "C" not null,
  count bigint not null,
  PRIMARY KEY (stream, source)
);

create table road_profiles (
  n bigint not null,
  windows_n bigint not null,
  congested_n bigint not null,
  mean_speed double precision,
  p10 double precision,
  p50 double precision,
  p90 double precision,
  spread double precision,
  free_flow_speed double precision,
  windows_expected integer not null,
  weekday smallint not null,
  hour smallint not null,
  road_id text collate "C" not null,
  CHECK (((hour >= 0) AND (hour <= 23))),
  CHECK (((weekday >= 1) AND (weekday <= 7))),
  PRIMARY KEY (road_id, weekday, hour)
);

create table route_updates (
  event_time timestamp with time zone not null,
  received_at timestamp with time zone not null,
  log_offset bigint not null,
  roads_updated integer not null,
  log_partition smallint not null,
  backfill boolean not null,
  city text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  graph_version text collate "C" not null,
  update_type text collate "C" not null,
  CHECK (((roads_updated >= 0) AND (roads_updated <= 10000000))),
  PRIMARY KEY (city, event_time, event_id)
) partition by RANGE (event_time);

create table schema_migrations (
  version integer not null,
  name text not null,
  applied_at timestamp with time zone default now() not null,
  PRIMARY KEY (version)
);

create table shadow_predictions (
  event_time timestamp with time zone not null,
  received_at timestamp with time zone not null,
  log_offset bigint not null,
  current_speed real,
  predicted_speed_10min real not null,
  predicted_speed_20min real not null,
  predicted_speed_30min real not null,
  prediction_confidence real,
  low_50_10min real,
  high_50_10min real,
  low_90_10min real,
  high_90_10min real,
  congestion_probability_10min real,
  low_50_20min real,
  high_50_20min real,
  low_90_20min real,
  high_90_20min real,
  congestion_probability_20min real,
  low_50_30min real,
  high_50_30min real,
  low_90_30min real,
  high_90_30min real,
  congestion_probability_30min real,
  log_partition smallint not null,
  backfill boolean not null,
  road_id text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  model_version text collate "C",
  regime text collate "C",
  CHECK (((congestion_probability_10min >= (0)::double precision) AND (congestion_probability_10min <= (1)::double precision))),
  CHECK (((congestion_probability_20min >= (0)::double precision) AND (congestion_probability_20min <= (1)::double precision))),
  CHECK (((congestion_probability_30min >= (0)::double precision) AND (congestion_probability_30min <= (1)::double precision))),
  CHECK (((current_speed >= (0)::double precision) AND (current_speed <= (300)::double precision))),
  CHECK (((high_50_10min >= (0)::double precision) AND (high_50_10min <= (300)::double precision))),
  CHECK (((high_50_20min >= (0)::double precision) AND (high_50_20min <= (300)::double precision))),
  CHECK (((high_50_30min >= (0)::double precision) AND (high_50_30min <= (300)::double precision))),
  CHECK (((high_90_10min >= (0)::double precision) AND (high_90_10min <= (300)::double precision))),
  CHECK (((high_90_20min >= (0)::double precision) AND (high_90_20min <= (300)::double precision))),
  CHECK (((high_90_30min >= (0)::double precision) AND (high_90_30min <= (300)::double precision))),
  CHECK (((low_50_10min >= (0)::double precision) AND (low_50_10min <= (300)::double precision))),
  CHECK (((low_50_20min >= (0)::double precision) AND (low_50_20min <= (300)::double precision))),
  CHECK (((low_50_30min >= (0)::double precision) AND (low_50_30min <= (300)::double precision))),
  CHECK (((low_90_10min >= (0)::double precision) AND (low_90_10min <= (300)::double precision))),
  CHECK (((low_90_20min >= (0)::double precision) AND (low_90_20min <= (300)::double precision))),
  CHECK (((low_90_30min >= (0)::double precision) AND (low_90_30min <= (300)::double precision))),
  CHECK (((predicted_speed_10min >= (0)::double precision) AND (predicted_speed_10min <= (300)::double precision))),
  CHECK (((predicted_speed_20min >= (0)::double precision) AND (predicted_speed_20min <= (300)::double precision))),
  CHECK (((predicted_speed_30min >= (0)::double precision) AND (predicted_speed_30min <= (300)::double precision))),
  CHECK (((prediction_confidence >= (0)::double precision) AND (prediction_confidence <= (1)::double precision))),
  PRIMARY KEY (road_id, event_time, event_id)
) partition by RANGE (event_time);
CREATE INDEX shadow_predictions_time ON ONLY public.shadow_predictions USING brin (event_time) WITH (pages_per_range='32', autosummarize='on');

create table source_quality (
  day date not null,
  n bigint not null,
  ahead_n bigint not null,
  delay_p50_ms double precision,
  delay_p99_ms double precision,
  stream text collate "C" not null,
  source text collate "C" not null,
  PRIMARY KEY (stream, day, source)
);

create table traffic_city_hours (
  window_start timestamp with time zone not null,
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
  PRIMARY KEY (window_start)
);

create table traffic_data (
  event_time timestamp with time zone not null,
  received_at timestamp with time zone not null,
  log_offset bigint not null,
  latitude double precision,
  longitude double precision,
  current_speed real not null,
  free_flow_speed real,
  jam_factor real,
  speed_ratio real,
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
  CHECK (((current_speed >= (0)::double precision) AND (current_speed < 'Infinity'::real))),
  CHECK (((free_flow_speed > (0)::double precision) AND (free_flow_speed < 'Infinity'::real))),
  CHECK (((jam_factor >= (0)::double precision) AND (jam_factor <= (10)::double precision))),
  CHECK (((latitude >= ('-90'::integer)::double precision) AND (latitude <= (90)::double precision))),
  CHECK (((longitude >= ('-180'::integer)::double precision) AND (longitude <= (180)::double precision))),
  CHECK (((speed_ratio >= (0)::double precision) AND (speed_ratio < 'Infinity'::real))),
  PRIMARY KEY (road_id, event_time, event_id)
) partition by RANGE (event_time);
CREATE INDEX traffic_data_time ON ONLY public.traffic_data USING brin (event_time) WITH (pages_per_range='32', autosummarize='on');

create table traffic_days (
  window_start timestamp with time zone not null,
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
  PRIMARY KEY (road_id, window_start)
);
CREATE INDEX traffic_days_time ON public.traffic_days USING btree (window_start);

create table traffic_hours (
  window_start timestamp with time zone not null,
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
  PRIMARY KEY (road_id, window_start)
);
CREATE INDEX traffic_hours_time ON public.traffic_hours USING btree (window_start);

create table traffic_windows (
  window_start timestamp with time zone not null,
  n bigint not null,
  current_speed_sum bigint,
  current_speed_sum_sq bigint,
  free_flow_speed_sum bigint,
  free_flow_speed_n bigint not null,
  congested_n bigint not null,
  current_speed_min integer,
  current_speed_max integer,
  road_id text collate "C" not null,
  PRIMARY KEY (road_id, window_start)
) with (fillfactor=50);
CREATE INDEX traffic_windows_time ON public.traffic_windows USING brin (window_start) WITH (pages_per_range='8', autosummarize='on');

create table transaction_days (
  window_start timestamp with time zone not null,
  n bigint not null,
  amount_sum bigint,
  cancellation_n bigint not null,
  windows_n bigint not null,
  product_category text collate "C" not null,
  PRIMARY KEY (product_category, window_start)
);
CREATE INDEX transaction_days_time ON public.transaction_days USING btree (window_start);

create table transaction_hours (
  window_start timestamp with time zone not null,
  n bigint not null,
  amount_sum bigint,
  cancellation_n bigint not null,
  windows_n bigint not null,
  product_category text collate "C" not null,
  PRIMARY KEY (product_category, window_start)
);
CREATE INDEX transaction_hours_time ON public.transaction_hours USING btree (window_start);

create table transaction_windows (
  window_start timestamp with time zone not null,
  n bigint not null,
  amount_sum bigint,
  cancellation_n bigint not null,
  product_category text collate "C" not null,
  PRIMARY KEY (product_category, window_start)
) with (fillfactor=50);
CREATE INDEX transaction_windows_time ON public.transaction_windows USING brin (window_start) WITH (pages_per_range='8', autosummarize='on');

create table transactions (
  event_time timestamp with time zone not null,
  received_at timestamp with time zone not null,
  log_offset bigint not null,
  amount double precision not null,
  log_partition smallint not null,
  is_cancellation boolean not null,
  backfill boolean not null,
  product_category text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  product_name text,
  payment_method text collate "C" not null,
  user_id text collate "C",
  CHECK (((amount >= ('-1000000'::integer)::double precision) AND (amount <= (1000000)::double precision))),
  PRIMARY KEY (product_category, event_time, event_id)
) partition by RANGE (event_time);
CREATE INDEX transactions_time ON ONLY public.transactions USING brin (event_time) WITH (pages_per_range='32', autosummarize='on');

create table vehicle_positions (
  event_time timestamp with time zone not null,
  received_at timestamp with time zone not null,
  log_offset bigint not null,
  latitude double precision not null,
  longitude double precision not null,
  speed real,
  heading real,
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
  CHECK (((heading >= (0)::double precision) AND (heading <= (360)::double precision))),
  CHECK (((latitude >= ('-90'::integer)::double precision) AND (latitude <= (90)::double precision))),
  CHECK (((longitude >= ('-180'::integer)::double precision) AND (longitude <= (180)::double precision))),
  CHECK (((speed >= (0)::double precision) AND (speed <= (300)::double precision))),
  PRIMARY KEY (vehicle_id, event_time, event_id)
) partition by RANGE (event_time);
CREATE INDEX vehicle_positions_time ON ONLY public.vehicle_positions USING brin (event_time) WITH (pages_per_range='32', autosummarize='on');

create table vehicle_windows (
  window_start timestamp with time zone not null,
  n bigint not null,
  speed_sum bigint,
  speed_n bigint not null,
  speed_max integer,
  vehicle_id text collate "C" not null,
  PRIMARY KEY (vehicle_id, window_start)
) with (fillfactor=50);
CREATE INDEX vehicle_windows_start ON public.vehicle_windows USING btree (window_start);

create table weather_observations (
  event_time timestamp with time zone not null,
  received_at timestamp with time zone not null,
  log_offset bigint not null,
  latitude double precision,
  longitude double precision,
  humidity integer,
  wind_direction integer,
  cloud_cover integer,
  weather_code integer,
  temperature real,
  precipitation real,
  wind_speed real,
  pressure real,
  visibility_km real,
  log_partition smallint not null,
  backfill boolean not null,
  station text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  condition text collate "C" not null,
  CHECK (((cloud_cover >= 0) AND (cloud_cover <= 100))),
  CHECK (((humidity >= 0) AND (humidity <= 100))),
  CHECK (((latitude >= ('-90'::integer)::double precision) AND (latitude <= (90)::double precision))),
  CHECK (((longitude >= ('-180'::integer)::double precision) AND (longitude <= (180)::double precision))),
  CHECK (((precipitation >= (0)::double precision) AND (precipitation <= (500)::double precision))),
  CHECK (((pressure >= (800)::double precision) AND (pressure <= (1100)::double precision))),
  CHECK (((temperature >= ('-90'::integer)::double precision) AND (temperature <= (60)::double precision))),
  CHECK (((visibility_km >= (0)::double precision) AND (visibility_km <= (300)::double precision))),
  CHECK (((weather_code >= 0) AND (weather_code <= 99))),
  CHECK (((wind_direction >= 0) AND (wind_direction <= 360))),
  CHECK (((wind_speed >= (0)::double precision) AND (wind_speed <= (450)::double precision))),
  PRIMARY KEY (station, event_time, event_id)
) partition by RANGE (event_time);
CREATE INDEX weather_observations_time ON ONLY public.weather_observations USING brin (event_time) WITH (pages_per_range='32', autosummarize='on');

create table weather_windows (
  window_start timestamp with time zone not null,
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
  PRIMARY KEY (station, window_start)
) with (fillfactor=50);
CREATE INDEX weather_windows_time ON public.weather_windows USING brin (window_start) WITH (pages_per_range='8', autosummarize='on');

create table window_floors (
  stream text collate "C" not null,
  floor timestamp with time zone not null,
  PRIMARY KEY (stream)
);
