-- Every view and version with its position, the log's head, its exact number of rows and its bytes with indexes.
create or replace function runledger.projection_status()
returns table (
    name text, version int, "position" bigint, status text, head bigint, row_count bigint, bytes bigint)
language plpgsql stable as $$
#variable_conflict use_column
begin
    for name, version, "position", status, head in
        select p.name, p.version, p.position, p.status,
                coalesce((select e.position from runledger.event e order by e.position desc limit 1), 0)
            from runledger.projection p order by p.version, p.name desc
    loop
        execute format(
            'select count(*), pg_total_relation_size(%1$L) from %1$s', format('runledger.%s_v%s', name, version))
            into row_count, bytes;
        return next;
    end loop;
end
$$;
