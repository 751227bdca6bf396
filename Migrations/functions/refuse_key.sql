-- Records that the first use of a client's key was refused. The first refusal stands and is returned; nothing is when
-- an append was taken under the key meanwhile.
create or replace function runledger.refuse_key(p_command uuid, p_status int, p_body bytea)
returns table (status int, body bytea)
language plpgsql as $$
#variable_conflict use_column
begin
    update runledger.idempotency i set status = p_status, body = p_body
        where i.command = p_command and i.status is null
            and not exists (select from runledger.command c where c.command = p_command);
    return query
        select i.status, i.body from runledger.idempotency i where i.command = p_command and i.status is not null;
end
$$;
