-- Executions that have waited for tool results for more than so many seconds and that no live executor holds, with the
-- version of their sessions at which they wait.
create or replace function runledger.overdue_waits(p_seconds int)
returns table (execution text, session text, version bigint, claim uuid) language sql stable as $$
    select q.execution, q.session, s.version, q.claim
        from runledger.queue q
            join runledger.session_stream s on s.session = q.session
            left join runledger.executor x on x.executor = q.executor
        where q.waiting and q.waiting_since <= clock_timestamp() - make_interval(secs => p_seconds)
            and (x.executor is null or x.lease_until <= clock_timestamp())
        limit 1000
$$;
