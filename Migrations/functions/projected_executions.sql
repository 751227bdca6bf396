-- Executions of a version as the projector left them.
create or replace function runledger.projected_executions(p_version int, p_executions text[])
returns setof runledger.execution_view language plpgsql stable as $$
begin
    return query execute format(
        'select * from runledger.executions_v%s x where x.execution = any ($1)', p_version) using p_executions;
end
$$;
