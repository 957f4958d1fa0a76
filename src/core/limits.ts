/**
 * Every bound in the system, in one place. Each has a unit in its name and a reason.
 * A queue, batch, body, span or fan-out that is not bounded here is a fault.
 */
export const limits = {
  // Events and their texts
  /** One event's JSON. A camera count or a road reading is under 1 KB; 64 KB leaves room for a long geometry. */
  event_bytes_max: 64 * 1024,
  /** JSON nesting: no wire format of ours is deeper than 6. Checked over bytes before the parser runs. */
  json_depth_max: 32,
  /** Ids and keys (`event_id`, `road_id`): a UUID has 36 characters, OpenLR about 60. */
  id_chars_max: 128,
  /** Names that people read (`road_name`). */
  name_chars_max: 200,
  /** Positions in one event's `coordinates`. */
  positions_max: 500,
  /** The earliest event time accepted; older is a broken clock, not history. */
  event_time_min_ms: Date.UTC(2000, 0, 1),
  /** How far an event may lie in the future: beyond it last-write-wins would freeze its key. */
  event_future_max_ms: 2 * 60_000,
  /** Speeds, km/h. */
  speed_kmh_max: 300,

  // The door (HTTP ingest)
  /** One request body, after decompression. */
  body_bytes_max: 5 * 1024 * 1024,
  /** Events in one request. */
  body_events_max: 10_000,
  /** Rejects told in one answer; all are counted. */
  rejects_told_max: 100,
  /** How long the door gathers events of several requests before it appends them together. */
  gather_ms: 4,
  /** Bytes waiting at the door to be appended; beyond it the door answers 503. */
  gather_bytes_max: 32 * 1024 * 1024,

  // The log
  /** One record, key and value. */
  record_bytes_max: 1024 * 1024,
  /** Records appended as one row (one batch). */
  append_records_max: 10_000,
  /** Records handed to a consumer at once. */
  batch_records_max: 10_000,
  /** Bytes of values handed to a consumer at once. */
  batch_bytes_max: 4 * 1024 * 1024,
  /** Bytes of recent batches that the embedded log keeps in memory for the readers of the same process. */
  log_tail_bytes_max: 8 * 1024 * 1024,
  partitions_max: 256,
  /** One batch of a Kafka producer once unpacked: what a broker takes is some MB packed; more is a bomb. */
  kafka_batch_bytes_max: 64 * 1024 * 1024,
  /** Bytes that wait to be appended to Kafka; beyond it an append fails at once. */
  kafka_append_bytes_max: 32 * 1024 * 1024,
  /** Packed bytes that wait in one consumer for its readers, over all its partitions; one batch more for each. */
  kafka_ahead_bytes_max: 32 * 1024 * 1024,
  /** Bytes of records that one reader of Kafka has unpacked, kept in memory for the others of the same process. */
  kafka_tail_bytes_max: 16 * 1024 * 1024,

  // History
  /** Events that wait for the writer; beyond it the consumer waits. */
  history_queue_events_max: 20_000,
  history_batch_events_max: 10_000,
  history_batch_ms: 200,
  /** A dead letter's value is kept whole up to this; of a larger one, the first KB and its hash. */
  dead_letter_bytes_max: 64 * 1024,
  dead_letter_cut_bytes: 1024,
  /** Hours of windows that retention deletes in one round, each in a statement of its own. */
  window_hours_dropped_max: 200,
  /** Dead letters replayed by one request. */
  replay_dead_letters_max: 1_000,
  query_ms_max: 10_000,
  /** One statement that writes a batch, its COPY included. */
  write_ms_max: 15_000,
  /** How long a writer waits for another's lock before it gives the batch up and tries again. */
  write_lock_ms_max: 10_000,
  /** A writer that hangs within its transaction keeps its partitions from others for no longer. */
  write_idle_ms_max: 5_000,

  // Batch views
  /** Groups that one question to them is answered with: a city's roads by hour of the day are 30,000. */
  groups_max: 250_000,
  /** Dirty windows that are answered from windows one by one; of more, all from the first of them on are. */
  dirty_windows_told_max: 2_000,
  /** Dirty windows that a refresh takes on at once, while writers wait: 0.1 s. */
  dirty_windows_taken_max: 10_000,
  /** Memory of one step of a question, and of one step of a rebuild: a day of 1,247 roads by hour is 10 MB. */
  batch_read_mb: 32,
  batch_work_mb: 64,
  /** Windows that are made anew at once: of 1,247 roads a quarter of an hour's, which is 0.3 s that writers wait. */
  rebuild_piece_ms: 15 * 60_000,
  /** Windows that are compared at once: nobody waits, but a statement's memory is bounded. */
  compare_piece_ms: 3 * 3_600_000,
  /** Hourly windows of readings or weather that one answer of the analytics folds: a year of ten locations. */
  analytics_windows_max: 100_000,
  /** Answers of the analytics that are kept for 10 s, of up to some hundred KB each. */
  analytics_answers_max: 100,
  /** What they are made from, kept as long: the hours of a year have some MB. */
  analytics_reads_max: 24,
  /** Roads in a ranking. */
  analytics_roads_max: 100,
  /** Windows that a repair names. */
  repair_examples_max: 20,

  // Episodes and travel times
  /** How far back windows are folded by a question where the view of episodes is behind, or was never made. */
  episode_tail_ms_max: 3 * 24 * 3_600_000,
  /** Windows of one question about travel times: three months of five minutes. */
  corridor_windows_max: 27_000,
  corridor_days_max: 92,
  /** Roads whose week is answered by the hour: each has 168 groups. */
  week_roads_max: 200,
  road_hours_max: 300_000,
  /** Roads times hours that vehicle-hours are counted from in one answer. */
  vehicle_hours_rows_max: 100_000,

  // Work of which there is one among all replicas
  /** How often one run of a scheduled job is tried, over all replicas. */
  job_attempts_max: 3,
  /** How long it is remembered that a job ran. */
  job_runs_kept_ms: 30 * 24 * 3_600_000,
  /** A run whose process gives no sign of life for so long is another's. */
  job_lease_ms: 20_000,
  /** How often a run gives a sign of life, and tells its progress. */
  job_beat_ms: 2_000,
  /** How often a process with the role jobs looks for runs that wait. */
  job_look_ms: 1_000,
  /** How long a run that failed waits before it is tried again. */
  job_again_ms: 30_000,
  /** Jobs that one process runs at a time: each may keep a core or a connection busy. Four wait while a demo's past is written. */
  job_running_max: 5,
  /** A span given by hand. */
  job_span_ms_max: 366 * 24 * 3_600_000,
  job_flag_chars_max: 1_000,
  /** What a run leaves behind, as JSON: a result, or a note for the next attempt. */
  job_note_chars_max: 16_000,
  /** Runs of one job in one answer. */
  job_runs_max: 500,

  /** A consumer that holds a partition, is behind and does not move for so long is dead: its process ends. */
  stuck_ms_max: 60_000,

  // Live
  /** Keys of one stream held live; beyond it the least recently seen go. */
  live_keys_max: 200_000,
  /** Ended keys taken out in one call. */
  expire_keys_max: 10_000,
  /** Least time between two flushes to the live store while events keep coming. */
  live_flush_ms: 50,
  /** Rows written to the live store in one call. */
  live_put_rows_max: 2_000,
  /** One call to a live store's server, ms: one that takes longer is taken for hung. */
  live_call_ms_max: 250,
  /** Rows that one script writes or reads in the live store's server, which serves nobody else meanwhile: about 5 ms. */
  live_script_rows_max: 500,
  /** Share of the live store's memory from which new rows live shorter. */
  live_memory_share_max: 0.8,

  // Reads
  /** How long a city-wide list is shared before the live view is read again. */
  shared_tick_ms: 250,
  list_rows_max: 5_000,
  /** Raw rows or windows of one answer. */
  range_rows_max: 5_000,
  range_days_max: 366,
  /** Exports that one process writes at once: each asks history for page after page, and half its readers are for others. */
  exports_max: 2,
  /** Rows of an export that are read and written at once: more would keep others waiting, fewer cost more statements. */
  export_page_rows: 2_000,
  /** One export: at 20,000 rows/s this is more than ten million rows. */
  export_ms_max: 10 * 60_000,
  /** Reports of one emergency that are answered: it has five states, and may be told of every few seconds. */
  emergency_events_max: 1_000,
  /** Reports of one emergency lie within so many days; later ones are of another that was given its id again. */
  emergency_days_max: 7,
  /** How far a track's line may be from its positions: a kilometre leaves the shape of a city. */
  simplify_m_max: 1_000,
  /** Newest windows of sales that are asked for by their number. */
  sales_windows_max: 100,
  /** Parts of one list of a tick (a box of the map, say) whose bytes are kept for others who ask the same. */
  shared_parts_max: 16,
  /** A circle that a list is asked for: a city and its surroundings. */
  near_km_max: 200,
  /** The oldest rows that a live list may be asked for: no live state of the city is older than a week. */
  max_age_s_max: 7 * 24 * 3_600,
  cursor_chars_max: 2_000,
  keys_asked_max: 500,

  /** A day of all roads as bytes: the longest day of a zone has 25 hours. */
  day_hours_max: 25,
  /** Roads of such a day: 300 steps of them have 1.5 MB. */
  day_roads_max: 5_000,
  /** Hours of all roads as bytes that are kept: four weeks, 10 MB for 1,247 roads. */
  day_hours_kept: 672,

  // Push
  /** How long the hub remembers, so that a client that was away resumes without a gap. */
  ring_ms: 60_000,
  ring_rows_max: 400_000,
  tick_ms_min: 50,
  tick_ms_max: 5_000,
  heartbeat_ms: 15_000,
  /** Clients of one process; also distinct filters. */
  clients_max: 16_000,
  /** Streams from one address: a browser opens at most six per origin over HTTP/1.1. Loopback is not counted. */
  clients_per_address_max: 64,
  /** Frames a channel keeps; a client further behind is resynced. */
  frames_max: 64,
  /** How often a client may be resynced without reading before it is closed. */
  blocked_ms_max: 30_000,

  // Observation
  /** How often a process sends a canary, and how long it waits for it on each hop. */
  canary_every_ms: 60_000,
  canary_wait_ms_max: 10_000,
  /** A canary a minute for as long as an integer column counts: four thousand years. */
  canary_turns_max: 2 ** 31 - 1,
  /** How often delivery is looked at for warnings, and how long a part may take to answer. */
  watch_every_ms: 2_000,
  watch_answer_ms_max: 1_000,
  /** Names of sources per stream in the metrics; the rest are added up as `other`. */
  sources_told_max: 32,
  /** Places of a partition's end that are remembered to tell a lag in seconds. */
  lag_samples_max: 256,

  // Recordings
  /** One that cannot be read row by row (a JSON array, a protobuf message), unpacked. A day of 1 Hz of one vehicle has 9 MB. */
  recording_bytes_max: 64 * 1024 * 1024,

  // Feeds
  /** Requests of one poll of a feed, and how many of them are open at a time. */
  feed_requests_max: 2_000,
  feed_requests_open: 2,
  /** One call, from its beginning to the last byte. */
  feed_call_ms_max: 10_000,
  /** One answer, as sent and unpacked: the positions of a country's buses have some MB. */
  feed_answer_bytes_max: 32 * 1024 * 1024,
  /** How often one request is asked within a poll, the first time included. */
  feed_attempts_max: 3,
  /** Values of one poll. */
  feed_values_max: 100_000,
  /** Keys of one measure whose last values are kept to judge the next ones by. */
  feed_measure_keys_max: 20_000,

  // Backups
  /** Tables of one backup: there are about forty. */
  backup_tables_max: 1_000,
  /** Partitions of one backup: ten streams by the day for ten years. */
  backup_partitions_max: 50_000,
  /** Former identities of the log that are remembered, one for each restore: who comes with a cursor of one is told anew. */
  backup_epochs_max: 16,
  /** One object of a backup in a bucket: held in memory while it is sent. A terabyte has 32,768. */
  backup_part_bytes: 32 * 1024 * 1024,
  backup_parts_max: 100_000,

  // Archive and workers
  /** Tasks in workers at once: there are two cores, and one belongs to the event loop. */
  workers_max: 1,
  /** Rows of one row group: some hundred bytes each are held as values while it is written or read. */
  archive_group_rows: 50_000,
  /** Rows of one part: a file of 5 to 20 MB, which is held in memory until it is safe in the archive. */
  archive_part_rows: 500_000,
  /** Bytes of one part that is read back. */
  archive_part_bytes_max: 256 * 1024 * 1024,
  /** Parts of a day: 200 million events. */
  archive_parts_max: 400,
  /** Rows that one statement puts back. */
  archive_insert_rows: 5_000,
  /** Sorting an hour of the largest city, with a busy disk. */
  archive_read_ms_max: 5 * 60_000,
  /** How long a snapshot stays open while a part is on its way. */
  archive_idle_ms_max: 10 * 60_000,
  /** One call of the archive's server, and how often it is tried. */
  archive_call_ms_max: 2 * 60_000,
  archive_attempts_max: 4,
  /** The first call, at start: who is away then is not waited for. */
  archive_check_ms_max: 5_000,
  /** Days back that every run looks at for rows that came late; what came for older ones is found when retention wants to drop them. */
  archive_recheck_days: 31,
  /** Days of a stream that are listed in an archive: 100 years. */
  archive_days_max: 36_525,
  /** How long retention leaves a day alone that was brought back. */
  archive_kept_days: 7,
  archive_kept_days_max: 3_650,

  // Data quality
  /** Rows of one answer: 1,247 roads of four weeks are 35,000. */
  quality_rows_max: 50_000,
  /** Days of all keys that one run makes anew. */
  quality_days_max: 31,

  /** How long a page waits for one of its panels, ms: then it comes without, and asks for it again. */
  page_panel_ms_max: 1_500,

  // Predictions
  /** One model: 1,247 roads with two weekly profiles are about 12 MB. */
  model_bytes_max: 64 * 1024 * 1024,
  /** Roads that are watched for anomalies: the largest city's, and its strangers. */
  predict_roads_max: 20_000,
  /** How long measurements are gathered before they are predicted together. */
  predict_gather_ms: 100,
  /** What was measured longer ago is not predicted from: its predictions would be about the past. */
  predict_late_ms: 10 * 60_000,
  /** How often a network that new roads joined is told to the model. */
  predict_rebind_ms: 60_000,
  /** How often free flow of roads that the city does not know is measured anew: at first nobody knows it. */
  predict_refresh_ms: 15 * 60_000,
  /** How often it is asked which model is in service. */
  predict_look_ms: 5_000,
  /** How often persistence is fitted anew, while it is all there is; and when a model that failed is tried again. */
  predict_fit_ms: 60 * 60_000,
  /** Time of one question for raw rows by minute: an hour, and what comes late. */
  minute_rows_ms_max: 2 * 60 * 60_000,
  /** Roads that a model speaks for, the city's and its strangers: four weeks of them are 160 MB. */
  model_roads_max: 5_000,
  /** Days that a model learns from: twelve weeks. */
  model_days_max: 84,
  /** Hours of speeds that a model is trained from at least: the last fifth is judged on. */
  train_hours_min: 12,
  /** Rows that the first training of an installation looks at, twice: about half a minute of one core. */
  train_first_rows: 300_000,
  /** Forecasts of a model that are kept to judge it: 240 bytes each. */
  judge_rows_max: 150_000,
  /** Fewer forecasts of slow roads say nothing of how good they are. */
  judge_slow_min: 200,
  /** Scored hours that a model is on trial at least: a day has its rush hours. */
  trial_hours_min: 24,
  /** Models that were champion, and that were rejected, of which the files are kept: of each so many, some 12 MB each. */
  models_kept: 4,
  /** Models in one answer. */
  models_told_max: 500,
  /** Classes of roads that a model tells apart. */
  model_classes_max: 64,
  /** Changes over 30 minutes that persistence learns from at least: an hour of 17 roads. */
  persistence_changes_min: 100,
  /** Hours of a road that the LSTM learns from at least, and is tested on. */
  lstm_rows_min: 100,
  /** Forecasts of one regime that a margin is learnt from; with fewer all regimes of the horizon give it. */
  margin_cases_min: 200,
  /** Roads on one side of a road that are looked at for its neighbours, and those of one band of distance that count. */
  neighbours_max: 200,
  neighbours_band_max: 12,
  /** Rows of one pass of training: each pass draws others. Ten million rows of four weeks would take hours. */
  training_rows_pass_max: 1_500_000,
  /** Minutes of predictions that one transaction scores: 1,247 roads × 3 horizons of each, served and on trial. */
  score_minutes_max: 10,
  /** How far back what was never scored is looked for: predictions are kept no longer. */
  score_back_ms: 48 * 60 * 60_000,
  /** Days that scores by hour, and of roads, are kept. */
  score_days: 366,
  score_road_days: 35,
  /** Rows of one question for scores: hours of 16 days × 3 horizons, or 500 versions by horizon and regime. */
  score_rows_max: 10_000,
  /** Roads in the answer of how good predictions were. */
  worst_roads_max: 200,
  /** Pairs of a regime and horizon that a margin is taken from at least. */
  calibrate_pairs_min: 2_000,

  // Anomalies
  /** Roads that become far other than expected in the same step are one event from so many on. */
  anomaly_storm_roads: 10,
  /** Roads that are told of one by one in an hour. */
  anomalies_hour_max: 20,
  /** What is older when it is found is not told: it is no news. */
  anomaly_late_ms: 20 * 60_000,
  /** What is read again at a start, so that what was known then is known again. */
  anomaly_replay_ms: 40 * 60_000,
  /** Anomalies told before that are remembered. */
  anomalies_told_max: 5_000,

  // Air
  /** Locations whose air is forecast: 24 rows of each are one answer. */
  air_locations_max: 500,
  /** Rows of forecasts that one statement writes or scores. */
  air_rows_at_once: 2_000,
  /** Weeks of hours that a model of the air learns from, and how many of its hours: a second of work. */
  air_weeks: 8,
  air_fit_rows: 2_000,
} as const;
