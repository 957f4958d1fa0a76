-- Paper 000's tables of the batch layer, by its names, over what the batch layer keeps. Days and hours are of the city's zone.

alter table installation add column zone text not null default 'UTC';

-- By day, location and peak hour or not, as far as the batch view is made: `created_at` is its frontier.
create view batch_aggregations as
select (d.window_start at time zone i.zone)::date as date, d.location,
  round(d.aqi_value_sum::numeric / nullif(d.aqi_value_n, 0), 2) as avg_aqi,
  round(d.traffic_level_sum::numeric / nullif(d.traffic_level_n, 0), 2) as avg_traffic,
  d.aqi_value_max as max_aqi, d.traffic_level_max as max_traffic, d.is_peak_hour, f.frontier as created_at
from reading_days d cross join installation i
join frontiers f on f.stream = 'readings' and f.view = 'days';

-- By hour: windows, which each reading is added to as it comes, and which the audit corrects from raw rows.
create view peak_hours_analysis as
select (w.window_start at time zone i.zone)::date as date, extract(hour from w.window_start at time zone i.zone)::integer as hour, w.location,
  round(sum(w.traffic_level_sum)::numeric / nullif(sum(w.traffic_level_n), 0), 2) as avg_traffic_level,
  round(sum(w.aqi_value_sum)::numeric / nullif(sum(w.aqi_value_n), 0), 2) as avg_aqi_value,
  sum(w.peak_n) > 0 as is_peak_hour, sum(w.n)::bigint as total_records
from reading_windows w cross join installation i
group by 1, 2, 3;

-- The hours in which traffic was at its peak: within a tenth of the greatest hourly mean of that day and location. Days that are over.
create view peak_hours as
select date, hour, location, avg_traffic_level as avg_traffic, avg_aqi_value as avg_aqi
from (
  select p.*, max(avg_traffic_level) over (partition by date, location) as greatest
  from peak_hours_analysis p cross join installation i
  where p.date < (select (f.frontier at time zone i.zone)::date from frontiers f where f.stream = 'readings' and f.view = 'days')) x
where avg_traffic_level > 0 and avg_traffic_level >= 0.9 * greatest;

create view daily_summary as
select (d.window_start at time zone i.zone)::date as date, sum(d.n)::bigint as total_records,
  round(sum(d.aqi_value_sum)::numeric / nullif(sum(d.aqi_value_n), 0), 2) as avg_aqi,
  round(sum(d.traffic_level_sum)::numeric / nullif(sum(d.traffic_level_n), 0), 2) as avg_traffic,
  max(f.frontier) as created_at
from reading_days d cross join installation i
join frontiers f on f.stream = 'readings' and f.view = 'days'
group by 1;
