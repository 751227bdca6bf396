-- The first difference between two versions of each view, in the order of its key, as text; no row for a view that is
-- the same. A text is null where the row is missing.
create or replace function runledger.compare_projections(p_served int, p_rebuilt int)
returns table (name text, key text, served text, rebuilt text)
language plpgsql stable as $$
begin
    return query execute format($sql$
        (select 'sessions', session, a::text, b::text
            from runledger.sessions_v%1$s a full join runledger.sessions_v%2$s b using (session)
            where a::text is distinct from b::text order by session collate "C" limit 1)
        union all
        (select 'files', session || ' ' || file, a::text, b::text
            from runledger.files_v%1$s a full join runledger.files_v%2$s b using (session, file)
            where a::text is distinct from b::text order by session collate "C", file collate "C" limit 1)
        union all
        (select 'executions', execution, a::text, b::text
            from runledger.executions_v%1$s a full join runledger.executions_v%2$s b using (execution)
            where a::text is distinct from b::text order by execution collate "C" limit 1)
        $sql$, p_served, p_rebuilt);
end
$$;
