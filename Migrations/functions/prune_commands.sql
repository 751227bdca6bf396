-- Forgets command ids that nobody sends again.
create or replace function runledger.prune_commands() returns bigint language sql as $$
    with gone as (
        delete from runledger.command c where c.time < clock_timestamp() - interval '7 days' returning 1)
    select count(*) from gone
$$;
