-- Notes the first use of a client's key and returns what is known of it: the digest of the first request, its refusal
-- if it was refused, the place of its events if it was taken. A use older than `p_lifetime` seconds is forgotten, and
-- some other old ones with it.
create or replace function runledger.use_key(p_command uuid, p_digest bytea, p_lifetime int)
returns table (digest bytea, status int, body bytea, first_position bigint, event_count int)
language plpgsql as $$
#variable_conflict use_column
begin
    with old as (
        delete from runledger.idempotency i
            where i.command = any (array(
                    select o.command from runledger.idempotency o
                        where o.time < clock_timestamp() - make_interval(secs => p_lifetime)
                        order by o.time limit 16 for update skip locked))
                or (i.command = p_command and i.time < clock_timestamp() - make_interval(secs => p_lifetime))
            returning i.command)
    delete from runledger.command c using old where c.command = old.command;
    insert into runledger.idempotency (command, digest) values (p_command, p_digest) on conflict (command) do nothing;
    return query
        select i.digest, i.status, i.body, c.first_position, c.event_count
            from runledger.idempotency i left join runledger.command c on c.command = i.command
            where i.command = p_command;
end
$$;
