-- Boards are ordered by whole milliseconds, in Redis and in cursors too: finer instants, as of
-- awards, would make another order here, and rows that come twice.
alter table board_scores alter column reached_at type timestamptz(3);
