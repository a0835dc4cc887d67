-- What somebody has chosen, on whichever device: null until they have.

-- Of the page, and of what is written to them.
alter table users add column language text check (language in ('en', 'de'));
alter table users add column daily_goal_seconds integer
    check (daily_goal_seconds between 0 and 86400);
-- The lengths of the phases of their own rhythm, checked by the type of the message.
alter table users add column pomodoro jsonb;
