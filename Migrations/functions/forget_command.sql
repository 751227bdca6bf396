-- Forgets an append that was taken before a position, so that its command can be used again.
create or replace function runledger.forget_command(p_command uuid, p_position bigint) returns void language sql as $$
    delete from runledger.command c where c.command = p_command and c.first_position < p_position
$$;
