-- Makes or renews an executor's lease, `p_lease` seconds from now by the database's clock.
create or replace function runledger.heartbeat(p_executor uuid, p_name text, p_capacity int, p_lease int)
returns void language sql as $$
    insert into runledger.executor as x (executor, name, capacity, lease_until)
        values (p_executor, p_name, p_capacity, clock_timestamp() + make_interval(secs => p_lease))
        on conflict (executor) do update
            set lease_until = excluded.lease_until, capacity = excluded.capacity
$$;
