-- At full rate every batch touches the newest window of every road: half of each page is left free, so that a round of updates stays
-- in its page and no index is written (n_tup_hot_upd). What one batch leaves behind, the next one's updates clear away.
alter table traffic_windows set (fillfactor = 50);
