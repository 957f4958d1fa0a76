-- A run of a job is asked for (by its schedule or by hand), taken by one process, kept alive by its beats, and remembered
-- with what it did.

-- A release before this one has begun them; of several that seem to run, at most the newest does.
update job_runs as r set state = 'failed', error = 'its process ended in the middle of it', ended_at = clock_timestamp()
where state = 'running'
  and (until < clock_timestamp()
    or exists (select 1 from job_runs n where n.job = r.job and n.state = 'running' and n.scheduled_for > r.scheduled_for));

alter table job_runs drop constraint job_runs_state_check;
alter table job_runs
  add constraint job_runs_state_check check (state in ('queued', 'running', 'done', 'failed')),
  -- A queued run has not started.
  alter column started_at drop not null,
  add column run_id bigint generated always as identity unique,
  -- Null for runs of the release before.
  add column trigger text check (trigger in ('schedule', 'catch-up', 'hand')),
  -- Span and flags: {from_ms, to_ms, flags}.
  add column asked jsonb,
  -- {done, total, words}, as of the last beat.
  add column progress jsonb,
  -- What an attempt that was interrupted leaves to the next.
  add column resume jsonb,
  -- Counts and words.
  add column result jsonb;

comment on column job_runs.until is 'Of a running one: when it is taken for dead. Of a queued one: when it may begin.';

-- One run of a job at a time, over all replicas.
create unique index job_runs_running on job_runs (job) where state = 'running' and trigger is not null;
-- One that somebody has asked for and that waits.
create unique index job_runs_asked on job_runs (job) where state = 'queued' and trigger = 'hand';
-- What a process with the role jobs looks at each second.
create index job_runs_open on job_runs (state, job, scheduled_for) where state in ('queued', 'running');
create index job_runs_newest on job_runs (job, run_id desc);

-- From when on a schedule counts as missed where nobody was there.
alter table installation add column since timestamptz not null default clock_timestamp();
