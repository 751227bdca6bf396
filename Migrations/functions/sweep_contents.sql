-- Removes streamed contents that no event ever named: uploads that broke off, equal bytes stored twice.
-- Their keys are time-ordered (UUIDv7), so `older_than` is a key too: everything below it is old enough.
create or replace function runledger.sweep_contents(older_than uuid) returns bigint language sql as $$
    with gone as (
        delete from runledger.content_part p
            where p.content < older_than
                and not exists (select from runledger.blob b where b.content = p.content)
            returning 1)
    select count(*) from gone
$$;
