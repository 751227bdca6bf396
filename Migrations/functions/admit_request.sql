-- Checks a request of a subject against its limits (second, minute, hour, day, month in UTC; null is unlimited) and
-- counts it in all five windows, or in none when one of them is full. The row's lock makes check and count one step
-- for all replicas: of any number of requests exactly the limit passes. With p_count false it only looks.
-- Returns whether the request passes, and for each window how many passed in it (this one included), when it ends,
-- and the time by which this was judged. Times are milliseconds since the epoch.
create or replace function runledger.admit_request(p_subject text, p_limits bigint[], p_count boolean)
returns table (admitted boolean, used bigint[], ends bigint[], judged_at bigint) language plpgsql as $$
#variable_conflict use_column
declare
    units constant text[] := array['second', 'minute', 'hour', 'day', 'month'];
    row_starts timestamptz[];
    now_at timestamptz;
    start_at timestamptz;
begin
    -- A crash of the database may forget the last counts; in return a request does not wait for the disk.
    perform set_config('synchronous_commit', 'off', true);
    used := null;
    if p_count then
        insert into runledger.rate_window (subject, starts, used)
            values (p_subject, array_fill(timestamptz '-infinity', array[5]), array_fill(0::bigint, array[5]))
            on conflict (subject) do nothing;
        select w.starts, w.used into row_starts, used from runledger.rate_window w where w.subject = p_subject
            for update;
    else
        select w.starts, w.used into row_starts, used from runledger.rate_window w where w.subject = p_subject;
    end if;
    if used is null then
        row_starts := array_fill(timestamptz '-infinity', array[5]);
        used := array_fill(0::bigint, array[5]);
    end if;
    -- After the lock: who waited for it belongs to the window in which it got it.
    now_at := clock_timestamp();
    admitted := true;
    ends := '{}';
    for i in 1 .. 5 loop
        -- A clock that steps back opens no window again.
        start_at := greatest(date_trunc(units[i], now_at at time zone 'UTC') at time zone 'UTC', row_starts[i]);
        if start_at > row_starts[i] then
            row_starts[i] := start_at;
            used[i] := 0;
        end if;
        ends := ends || (extract(epoch from
            (start_at at time zone 'UTC' + ('1 ' || units[i])::interval) at time zone 'UTC') * 1000)::bigint;
        admitted := admitted and coalesce(used[i] < p_limits[i], true);
    end loop;
    if p_count and admitted then
        for i in 1 .. 5 loop
            used[i] := used[i] + 1;
        end loop;
        update runledger.rate_window w set starts = row_starts, used = admit_request.used
            where w.subject = p_subject;
    end if;
    judged_at := (extract(epoch from now_at) * 1000)::bigint;
    return next;
end
$$;
