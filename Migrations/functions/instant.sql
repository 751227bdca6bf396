-- The time of a number of milliseconds since the epoch, exactly.
create or replace function runledger.instant(milliseconds bigint) returns timestamptz language sql stable as $$
    select timestamptz '1970-01-01 00:00:00+00' + milliseconds * interval '1 millisecond'
$$;
