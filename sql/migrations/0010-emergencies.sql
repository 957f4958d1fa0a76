-- Emergencies: each change of a call's state. Acted on at once: no windows.

create table emergencies (
  event_time timestamptz not null,
  received_at timestamptz not null,
  log_offset bigint not null,
  latitude double precision not null check (latitude >= -90 and latitude <= 90),
  longitude double precision not null check (longitude >= -180 and longitude <= 180),
  log_partition smallint not null,
  backfill boolean not null,
  emergency_id text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  status text collate "C" not null,
  severity text collate "C",
  emergency_type text,
  address text,
  vehicle_id text collate "C",
  hospital_id text collate "C",
  opened_at text,
  patient_id text collate "C",
  primary key (emergency_id, event_time, event_id)
) partition by range (event_time);

-- What has no partition of its own is not lost.
create table emergencies_default partition of emergencies default;
