-- Predictions: each road's speeds as they were expected.

create table predictions (
  event_time timestamptz not null,
  received_at timestamptz not null,
  log_offset bigint not null,
  current_speed real check (current_speed >= 0 and current_speed <= 300),
  predicted_speed_10min real not null check (predicted_speed_10min >= 0 and predicted_speed_10min <= 300),
  predicted_speed_20min real not null check (predicted_speed_20min >= 0 and predicted_speed_20min <= 300),
  predicted_speed_30min real not null check (predicted_speed_30min >= 0 and predicted_speed_30min <= 300),
  prediction_confidence real check (prediction_confidence >= 0 and prediction_confidence <= 1),
  log_partition smallint not null,
  backfill boolean not null,
  road_id text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  model_version text collate "C",
  primary key (road_id, event_time, event_id)
) partition by range (event_time);

-- What has no partition of its own is not lost.
create table predictions_default partition of predictions default;

-- Rows come nearly in order of time: a few bytes find the pages of any hour.
create index predictions_time on predictions using brin (event_time) with (pages_per_range = 32, autosummarize = on);
