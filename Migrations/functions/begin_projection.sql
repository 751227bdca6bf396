-- Makes the empty tables of a new version and returns its number. Indexes for readers come later.
create or replace function runledger.begin_projection() returns int language plpgsql as $$
declare
    created int;
begin
    select max(p.version) + 1 into created from runledger.projection p;
    perform runledger.create_projection_tables(created);
    insert into runledger.projection (name, version, status)
        select n, created, 'building' from unnest(array['sessions', 'files', 'executions']) as n;
    return created;
end
$$;
