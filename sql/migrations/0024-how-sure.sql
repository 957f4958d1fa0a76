-- Predictions say how sure they are; and what a challenger would have said is kept beside them, to be judged.

alter table predictions
  add column low_50_10min real check (low_50_10min >= 0 and low_50_10min <= 300),
  add column high_50_10min real check (high_50_10min >= 0 and high_50_10min <= 300),
  add column low_90_10min real check (low_90_10min >= 0 and low_90_10min <= 300),
  add column high_90_10min real check (high_90_10min >= 0 and high_90_10min <= 300),
  add column congestion_probability_10min real check (congestion_probability_10min >= 0 and congestion_probability_10min <= 1),
  add column low_50_20min real check (low_50_20min >= 0 and low_50_20min <= 300),
  add column high_50_20min real check (high_50_20min >= 0 and high_50_20min <= 300),
  add column low_90_20min real check (low_90_20min >= 0 and low_90_20min <= 300),
  add column high_90_20min real check (high_90_20min >= 0 and high_90_20min <= 300),
  add column congestion_probability_20min real check (congestion_probability_20min >= 0 and congestion_probability_20min <= 1),
  add column low_50_30min real check (low_50_30min >= 0 and low_50_30min <= 300),
  add column high_50_30min real check (high_50_30min >= 0 and high_50_30min <= 300),
  add column low_90_30min real check (low_90_30min >= 0 and low_90_30min <= 300),
  add column high_90_30min real check (high_90_30min >= 0 and high_90_30min <= 300),
  add column congestion_probability_30min real check (congestion_probability_30min >= 0 and congestion_probability_30min <= 1),
  add column regime text collate "C";

create table shadow_predictions (
  event_time timestamptz not null,
  received_at timestamptz not null,
  log_offset bigint not null,
  current_speed real check (current_speed >= 0 and current_speed <= 300),
  predicted_speed_10min real not null check (predicted_speed_10min >= 0 and predicted_speed_10min <= 300),
  predicted_speed_20min real not null check (predicted_speed_20min >= 0 and predicted_speed_20min <= 300),
  predicted_speed_30min real not null check (predicted_speed_30min >= 0 and predicted_speed_30min <= 300),
  prediction_confidence real check (prediction_confidence >= 0 and prediction_confidence <= 1),
  low_50_10min real check (low_50_10min >= 0 and low_50_10min <= 300),
  high_50_10min real check (high_50_10min >= 0 and high_50_10min <= 300),
  low_90_10min real check (low_90_10min >= 0 and low_90_10min <= 300),
  high_90_10min real check (high_90_10min >= 0 and high_90_10min <= 300),
  congestion_probability_10min real check (congestion_probability_10min >= 0 and congestion_probability_10min <= 1),
  low_50_20min real check (low_50_20min >= 0 and low_50_20min <= 300),
  high_50_20min real check (high_50_20min >= 0 and high_50_20min <= 300),
  low_90_20min real check (low_90_20min >= 0 and low_90_20min <= 300),
  high_90_20min real check (high_90_20min >= 0 and high_90_20min <= 300),
  congestion_probability_20min real check (congestion_probability_20min >= 0 and congestion_probability_20min <= 1),
  low_50_30min real check (low_50_30min >= 0 and low_50_30min <= 300),
  high_50_30min real check (high_50_30min >= 0 and high_50_30min <= 300),
  low_90_30min real check (low_90_30min >= 0 and low_90_30min <= 300),
  high_90_30min real check (high_90_30min >= 0 and high_90_30min <= 300),
  congestion_probability_30min real check (congestion_probability_30min >= 0 and congestion_probability_30min <= 1),
  log_partition smallint not null,
  backfill boolean not null,
  road_id text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  model_version text collate "C",
  regime text collate "C",
  primary key (road_id, event_time, event_id)
) partition by range (event_time);

-- What has no partition of its own is not lost.
create table shadow_predictions_default partition of shadow_predictions default;

create index shadow_predictions_time on shadow_predictions using brin (event_time)
  with (pages_per_range = 32, autosummarize = on);
