-- How good predictions were: each compared, once, with what came (docs/predictions.md). What came at a minute M is the mean of the speeds
-- measured in [M - 4 min, M + 1 min). All sums are of integers: speeds and errors in 0.01 km/h (squares in its square), shares of an
-- error in what came in 0.01 %, probabilities in 0.0001 (squares in its square).

-- Up to where targets are scored. One row; whoever moves it from where he found it has scored what lies between.
create table prediction_scores_frontier (
  only_one boolean primary key default true check (only_one),
  scored_to timestamptz not null
);

-- By hour of the target, of the city's zone.
create table prediction_scores_hours (
  hour timestamptz not null,
  -- Pairs of a prediction and what came; predictions of whose minute nothing was measured.
  n bigint not null,
  unscored_n bigint not null,
  abs_e bigint not null,
  e bigint not null,
  e2 bigint not null,
  y bigint not null,
  y2 bigint not null,
  -- Where what came is above 0.
  ape_n bigint not null,
  ape bigint not null,
  -- What came lay within 15 % of the prediction.
  within_n bigint not null,
  -- Those with an interval, those of them that it covered, its width.
  band_50_n bigint not null,
  covered_50_n bigint not null,
  width_50 bigint not null,
  band_90_n bigint not null,
  covered_90_n bigint not null,
  width_90 bigint not null,
  -- Those with a probability of congestion and a free flow, its squared errors, those that were slow.
  prob_n bigint not null,
  brier bigint not null,
  slow_n bigint not null,
  -- Of those, not slow when predicted: became slow, were called so, both.
  onset_n bigint not null,
  called_n bigint not null,
  right_n bigint not null,
  -- Those with a speed of when it was predicted: own errors, and those of "it stays as it is".
  paired_n bigint not null,
  paired_abs_e bigint not null,
  stay_abs_e bigint not null,
  -- Of those, slow when predicted or when it came.
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
  primary key (hour, trial, model_version, horizon_min, regime)
) with (fillfactor = 50);

-- By day of the city's zone: what was said and what came of it, in bins of `src/history/scores/bins.ts`.
create table prediction_scores_bins (
  day date not null,
  n bigint not null,
  -- Of probabilities: how often it was so, and the sum of what was said.
  hits bigint not null,
  said bigint not null,
  horizon_min smallint not null,
  bin smallint not null,
  trial boolean not null,
  -- `confidence`, `congestion`; `outside_50`, `outside_90`: how far what came lay outside an interval, below 0 inside.
  kind text collate "C" not null,
  model_version text collate "C" not null,
  regime text collate "C" not null,
  primary key (day, trial, model_version, kind, horizon_min, regime, bin)
) with (fillfactor = 50);

-- By road and day of the city's zone.
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
  primary key (day, trial, model_version, horizon_min, road_id)
) with (fillfactor = 50);

-- With which margins a model's intervals were served, from when on.
create table prediction_margins (
  since timestamptz not null,
  model_version text collate "C" not null,
  margins jsonb,
  primary key (model_version, since)
);
