-- Sales: transactions by day of event time, windows of a minute, and paper 003's category_sales over them.

create table transactions (
  event_time timestamptz not null,
  received_at timestamptz not null,
  log_offset bigint not null,
  amount double precision not null check (amount >= -1000000 and amount <= 1000000),
  log_partition smallint not null,
  is_cancellation boolean not null,
  backfill boolean not null,
  product_category text collate "C" not null,
  event_id text collate "C" not null,
  source text collate "C" not null,
  product_name text,
  payment_method text collate "C" not null,
  user_id text collate "C",
  primary key (product_category, event_time, event_id)
) partition by range (event_time);

-- What has no partition of its own is not lost.
create table transactions_default partition of transactions default;

-- Rows come nearly in order of time: a few bytes find the pages of any hour.
create index transactions_time on transactions using brin (event_time) with (pages_per_range = 32, autosummarize = on);

create table transaction_windows (
  window_start timestamptz not null,
  n bigint not null,
  amount_sum bigint,
  cancellation_n bigint not null,
  product_category text collate "C" not null,
  primary key (product_category, window_start)
) with (fillfactor = 50);

create index transaction_windows_time on transaction_windows using brin (window_start) with (pages_per_range = 8, autosummarize = on);

-- The paper's table, by its names; cents become money again.
create view category_sales as
select window_start, window_start + interval '1 minute' as window_end, product_category as category,
  (coalesce(amount_sum, 0)::numeric / 100)::numeric(20, 2) as total_sales, n as transaction_count
from transaction_windows;
