-- Models of speeds: what was trained, what became of it, and the files of those that may be asked for again (docs/prediction-training.md).

create table models (
  created_at timestamptz not null default clock_timestamp(),
  -- When it became champion for the last time; when it was retired or rejected.
  promoted_at timestamptz,
  ended_at timestamptz,
  -- Half-open span of the data that it learnt from.
  trained_from timestamptz not null,
  trained_to timestamptz not null,
  seed bigint not null,
  roads_n integer not null check (roads_n >= 0),
  -- Of the file, also once it is gone.
  bytes integer not null check (bytes > 0),
  model_version text collate "C" primary key,
  kind text collate "C" not null,
  state text not null check (state in ('challenger', 'champion', 'retired', 'rejected')),
  code_version text not null,
  sha256 text not null,
  -- Why it is in this state, for people.
  reason text not null,
  -- On time that it had not learnt from, others' figures beside its own; null for one that was never judged.
  verdict jsonb,
  -- What its intervals are widened by; null for nothing.
  margins jsonb,
  -- Null once it is too old to be gone back to.
  artefact bytea,
  check (state not in ('champion', 'challenger') or (artefact is not null and ended_at is null)),
  check (state <> 'champion' or promoted_at is not null)
);

-- Packed once already, or numbers that do not pack.
alter table models alter column artefact set storage external;

create unique index models_one_champion on models (state) where state = 'champion';
create unique index models_one_challenger on models (state) where state = 'challenger';
create index models_newest on models (created_at);
