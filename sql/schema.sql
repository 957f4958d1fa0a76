-- The schema that the migrations make, as the catalog describes it. Made by src/history/schema.test.ts: delete it to make it anew.

create table begun (
  name text collate "C" not null,
  value jsonb not null,
  PRIMARY KEY (name)
);

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
  PRIMARY KEY (stream, window_start, key)
);

create table dropped_partitions (
  stream text collate "C" not null,
  name text collate "C" not null,
  rows bigint,
  PRIMARY KEY (stream, name)
);

create table frontiers (
  stream text collate "C" not null,
  view text collate "C" not null,
  frontier timestamp with time zone not null,
  PRIMARY KEY (stream, view)
);

create table installation (
  one boolean default true not null,
  salt text default ((gen_random_uuid())::text || (gen_random_uuid())::text) not null,
  CHECK (one),
  PRIMARY KEY (one)
);

create table job_runs (
  job text collate "C" not null,
  scheduled_for timestamp with time zone not null,
  holder text not null,
  state text default 'running'::text not null,
  attempts integer default 1 not null,
  started_at timestamp with time zone not null,
  until timestamp with time zone not null,
  ended_at timestamp with time zone,
  error text,
  CHECK ((state = ANY (ARRAY['running'::text, 'done'::text, 'failed'::text]))),
  PRIMARY KEY (job, scheduled_for)
);

create table leases (
  name text collate "C" not null,
  holder text not null,
  until timestamp with time zone not null,
  PRIMARY KEY (name)
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

create table rejects (
  stream text collate "C" not null,
  source text collate "C" not null,
  count bigint not null,
  PRIMARY KEY (stream, source)
);

create table schema_migrations (
  version integer not null,
  name text not null,
  applied_at timestamp with time zone default now() not null,
  PRIMARY KEY (version)
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
