-- Begins periodic work if `p_every` milliseconds have passed since anyone began it: 0, and it is the caller's turn; else
-- the milliseconds until it may be. One statement, nothing held: who dies at work misses one turn. A time that lies
-- ahead was written before a clock stepped back, and must not stop the work until then.
create or replace function runledger.claim_upkeep(p_task text, p_every bigint) returns bigint
language plpgsql as $$
declare
    now_at timestamptz := clock_timestamp();
    began timestamptz;
begin
    insert into runledger.upkeep as u (task, started_at) values (p_task, now_at)
        on conflict (task) do update set started_at = excluded.started_at
            where u.started_at <= excluded.started_at - p_every * interval '1 millisecond'
                or u.started_at > excluded.started_at + interval '1 minute';
    if found then
        return 0;
    end if;
    select u.started_at into began from runledger.upkeep u where u.task = p_task;
    return greatest(1, ceil(extract(epoch from began - now_at) * 1000)::bigint + p_every);
end
$$;
