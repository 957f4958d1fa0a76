-- What every stream needs: places and ledgers, dead letters, rejects, and what the batch views are up to.

-- One row per partition of a stream: where history stands, and the ledger.
-- consumed = stored + duplicate + dead; each term is counted on its own.
create table offsets (
  stream text collate "C" not null,
  partition integer not null check (partition >= 0),
  next_offset bigint not null default 0 check (next_offset >= 0),
  consumed bigint not null default 0,
  stored bigint not null default 0,
  duplicate bigint not null default 0,
  dead bigint not null default 0,
  -- Of the stored: older than the watermark less the stream's lateness when they came.
  late bigint not null default 0,
  unknown_fields bigint not null default 0,
  -- Greatest event time stored.
  watermark timestamptz,
  updated_at timestamptz,
  -- Raised when the topic was made anew and reading began again at 0.
  epoch integer not null default 0,
  -- Offset and hash of the last record, by which a topic made anew is recognised.
  last_record_hash text,
  primary key (stream, partition)
) with (fillfactor = 20);

-- Values that are no events, with the reason: open, then replayed, then stored or open again.
create table dead_letters (
  dead_letter_id uuid primary key,
  received_at timestamptz not null,
  log_offset bigint not null,
  log_partition integer not null,
  -- How often it was tried again and refused again.
  attempts integer not null default 0,
  payload_bytes integer not null,
  -- Refused at the door, so never part of the ledger until it is tried again.
  at_door boolean not null,
  state text not null default 'open' check (state in ('open', 'replayed', 'stored')),
  stream text collate "C" not null,
  topic text collate "C" not null,
  source text not null,
  reason text not null,
  pointer text not null,
  value text not null,
  rule text not null,
  payload_sha256 text not null,
  payload bytea
);
create index dead_letters_newest on dead_letters (received_at desc, dead_letter_id desc);
create index dead_letters_by_stream on dead_letters (stream, state);

-- Refused at the door, counted.
create table rejects (
  stream text collate "C" not null,
  source text collate "C" not null,
  count bigint not null,
  primary key (stream, source)
);

-- How far each batch view was rebuilt: it holds all windows that end at or before the frontier.
create table frontiers (
  stream text collate "C" not null,
  view text collate "C" not null,
  frontier timestamptz not null,
  primary key (stream, view)
);

-- Windows that an event below the frontier has changed: answered from the windows until the views are redone.
create table dirty_windows (
  stream text collate "C" not null,
  window_start timestamptz not null,
  key text collate "C" not null,
  primary key (stream, window_start, key)
);

-- Raw rows that retention took, so that the audit still adds up. `rows` is null while a partition is on its way out.
create table dropped_partitions (
  stream text collate "C" not null,
  name text collate "C" not null,
  rows bigint,
  primary key (stream, name)
);
