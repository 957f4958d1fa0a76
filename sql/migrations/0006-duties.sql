-- What only one replica may do at a time, or at all.

-- Work without end, such as the simulator: whoever holds the lease does it. Times are the server's own.
create table leases (
  name text collate "C" primary key,
  holder text not null,
  until timestamptz not null
);

-- Scheduled work: one row, so one run, per job and time it was due, however many replicas there are and however late one is.
create table job_runs (
  job text collate "C" not null,
  scheduled_for timestamptz not null,
  holder text not null,
  state text not null default 'running' check (state in ('running', 'done', 'failed')),
  attempts integer not null default 1,
  started_at timestamptz not null,
  -- A run that is still running after this is taken for dead, and another replica may begin it again.
  until timestamptz not null,
  ended_at timestamptz,
  error text,
  primary key (job, scheduled_for)
);

-- What was begun and has not ended, so that whoever comes next goes on with it.
create table begun (
  name text collate "C" primary key,
  value jsonb not null
);
