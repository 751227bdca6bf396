-- Adds a batch of uses of keys, each key once; times are milliseconds since the epoch. Rows are locked in one order,
-- so that replicas never wait in a circle.
create or replace function runledger.record_key_uses(p_hash bytea[], p_count bigint[], p_last bigint[])
returns void language sql as $$
    insert into runledger.key_use as k (key_hash, use_count, last_used_at)
        select u.hash, u.count, runledger.instant(u.last)
            from unnest(p_hash, p_count, p_last) as u (hash, count, last) order by u.hash
        on conflict (key_hash) do update
            set use_count = k.use_count + excluded.use_count,
                last_used_at = greatest(k.last_used_at, excluded.last_used_at)
$$;
