-- Route updates: when the road graph had new weights.

create table route_updates (
  event_time timestamptz not null,
  received_at timestamptz not null,
  log_offset bigint not null,
  roads_updated integer not null check (roads_updated >= 0 and roads_updated <= 10000000),
  log_partition smallint not null,
  backfill boolean not null,
  city text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  graph_version text collate "C" not null,
  update_type text collate "C" not null,
  primary key (city, event_time, event_id)
) partition by range (event_time);

-- What has no partition of its own is not lost.
create table route_updates_default partition of route_updates default;
