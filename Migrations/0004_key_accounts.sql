-- What is counted about API keys. No views: neither can be rebuilt from the log, and neither may cost a request an
-- event.

-- How often a key was used and when last, written in batches. Keys by their SHA-256.
create table runledger.key_use (
    key_hash bytea primary key,
    use_count bigint not null,
    last_used_at timestamptz not null
) with (fillfactor = 50);

-- Requests admitted in the current windows of one subject (a key, or a principal of tokens). Each array has five
-- elements: second, minute, hour, day, month. One row a subject, so that its lock covers all five windows.
create table runledger.rate_window (
    subject text primary key,
    starts timestamptz[] not null,
    used bigint[] not null
) with (fillfactor = 50);
