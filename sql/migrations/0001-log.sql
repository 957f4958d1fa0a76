-- The embedded log. A row of log_batches is one appended batch; its offsets come from the counter in
-- log_partitions, raised in the same transaction, so no reader can see an offset before those below it.
-- Applying this file again changes nothing.

-- Identity of this log: another after it was made anew.
create table if not exists log_epoch (
  one boolean primary key default true check (one),
  epoch text not null default gen_random_uuid()::text
);
insert into log_epoch default values on conflict do nothing;

create table if not exists log_topics (
  topic text collate "C" primary key,
  retention_ms bigint not null
);

-- Few rows, each updated by every append: room for updates within the page.
create table if not exists log_partitions (
  -- Not an identity: with wal_level minimal a sequence can go back in a crash.
  partition_id integer primary key,
  topic text collate "C" not null references log_topics,
  partition integer not null,
  start_offset bigint not null default 0,
  next_offset bigint not null default 0,
  -- Greatest time given to a batch: times of a partition never go back, so a reader can leave out older children.
  newest_ms bigint not null default 0,
  unique (topic, partition)
) with (fillfactor = 20);

-- Range by time, a child per six hours: retention drops children. The default child catches what finds none.
create table if not exists log_batches (
  partition_id integer not null,
  base_offset bigint not null,
  next_offset bigint not null,
  appended_at_ms bigint not null,
  -- Bytes of the values, before compression.
  bytes integer not null,
  records bytea not null
) partition by range (appended_at_ms);
create index if not exists log_batches_place on log_batches (partition_id, next_offset);
create table if not exists log_batches_default partition of log_batches default;

-- Already compressed: stored as it is. Only once, because it locks.
do $$
begin
  if (select attstorage from pg_attribute where attrelid = 'log_batches'::regclass and attname = 'records') <> 'e' then
    alter table log_batches alter column records set storage external;
  end if;
end $$;

-- Members of consumer groups; one that does not renew in time is dead.
create table if not exists log_members (
  group_name text collate "C" not null,
  member_id text collate "C" not null,
  -- JSON array of topic names.
  topics text not null,
  expires_at timestamptz not null,
  primary key (group_name, member_id)
) with (fillfactor = 50);

-- Who reads which partition for a group, and how far the group is. The generation grows with each new holder.
create table if not exists log_leases (
  group_name text collate "C" not null,
  partition_id integer not null references log_partitions,
  member_id text collate "C",
  generation bigint not null default 0,
  committed_offset bigint,
  primary key (group_name, partition_id)
) with (fillfactor = 50);
