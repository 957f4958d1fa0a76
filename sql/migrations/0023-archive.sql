-- Closed UTC days that stand in the archive: what of them is there, and what of them retention has taken from the tables since.
create table archived_days (
  stream text collate "C" not null,
  day date not null,
  -- Distinct raw rows of the day in the archive.
  rows bigint not null check (rows >= 0),
  -- Of these, gone from the raw table since. rows in the table + dropped > rows: some came later, the day is archived again.
  dropped bigint not null default 0,
  bytes bigint not null,
  -- The archive that holds it: a folder, or s3://bucket/prefix.
  location text not null,
  -- Of the manifest, which holds those of the parts.
  sha256 text not null,
  archived_at timestamptz not null,
  -- Brought back by hand: retention leaves the day alone until then.
  kept_until timestamptz,
  primary key (stream, day)
);
