-- Records that a session is in use and returns when it was last recorded. Written at most every ten minutes, so what
-- is returned is true and at most that old.
create or replace function runledger.touch_session(p_session text) returns timestamptz language plpgsql as $$
declare
    last timestamptz;
begin
    select t.touched_at into last from runledger.session_touch t where t.session = p_session;
    if found and last > clock_timestamp() - interval '10 minutes' then
        return last;
    end if;
    insert into runledger.session_touch as t (session, touched_at)
        values (p_session, date_trunc('milliseconds', clock_timestamp()))
        on conflict (session) do update set touched_at = greatest(t.touched_at, excluded.touched_at)
        returning t.touched_at into last;
    return last;
end
$$;
