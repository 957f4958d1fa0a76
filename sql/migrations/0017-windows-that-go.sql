-- Below its floor a stream has no windows any more: retention took them, and no event makes them anew (ADR 0014).
create table window_floors (
  stream text collate "C" primary key,
  floor timestamptz not null
);

-- Pages of windows that went are used again: old and new then lie together, which an index by ranges of pages cannot tell apart.
create index vehicle_windows_start on vehicle_windows (window_start);
drop index vehicle_windows_time;
create index camera_windows_start on camera_windows (window_start);
drop index camera_windows_time;
