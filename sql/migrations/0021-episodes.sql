-- What recurs on roads: congestion episodes from windows of traffic, and each road's week (docs/episodes-and-reliability.md).

-- Up to the frontier of the view `episodes`; what goes on there has no end yet.
create table congestion_episodes (
  started_at timestamptz not null,
  ended_at timestamptz,
  -- End of its last window.
  last_at timestamptz not null,
  worst_at timestamptz not null,
  -- Of one vehicle in each window, and of all vehicles that were counted, ms.
  delay_ms bigint check (delay_ms >= 0),
  vehicle_ms bigint check (vehicle_ms >= 0),
  worst_ratio double precision not null check (worst_ratio >= 0 and worst_ratio < 'Infinity'),
  windows_n integer not null check (windows_n > 0),
  counted_n integer not null check (counted_n >= 0),
  -- Of the city's day, 0 to 1439.
  start_minute smallint not null,
  road_id text collate "C" not null,
  end_kind text collate "C" check (end_kind in ('recovered', 'unknown')),
  check ((ended_at is null) = (end_kind is null)),
  primary key (road_id, started_at)
);
create index congestion_episodes_time on congestion_episodes (started_at);
create index congestion_episodes_open on congestion_episodes (road_id) where ended_at is null;

-- What the days were made from: a day whose sums are others by now is made again, with all after it.
create table episode_days (
  day timestamptz primary key,
  n bigint not null,
  windows_n bigint not null,
  speed_sum numeric not null,
  pace_sum numeric not null,
  free_flow_sum numeric not null
);

-- Each road's week, over the 28 days before the frontier of the view `profiles`.
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
  weekday smallint not null check (weekday between 1 and 7),
  hour smallint not null check (hour between 0 and 23),
  road_id text collate "C" not null,
  primary key (road_id, weekday, hour)
);

-- `percentile` of src/core/bins.ts: straight lines within bins; of the open bins at both ends only their one edge is known.
create function percentile_of_bins(bins integer[], edges double precision[], p double precision)
returns double precision language plpgsql immutable parallel safe as $$
declare
  wanted double precision := 0;
  below double precision := 0;
  i integer;
  low double precision;
  high double precision;
  edges_n integer := cardinality(edges);
begin
  for i in 1 .. cardinality(bins) loop
    wanted := wanted + bins[i];
  end loop;
  if wanted = 0 then
    return null;
  end if;
  wanted := p * wanted;
  for i in 1 .. cardinality(bins) loop
    if bins[i] > 0 and below + bins[i] >= wanted then
      low := edges[greatest(i - 1, 1)];
      high := edges[least(i, edges_n)];
      return low + (high - low) * greatest(0, (wanted - below) / bins[i]);
    end if;
    below := below + bins[i];
  end loop;
  return edges[edges_n];
end $$;
