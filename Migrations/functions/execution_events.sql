-- All events of an execution, oldest first, however late the views: the view tells where to look, and the events
-- after it are looked through.
create or replace function runledger.execution_events(p_execution text)
returns setof runledger.event language plpgsql stable as $$
begin
    return query
        select e.* from runledger.execution_view x
                join runledger.event e on e.session = x.session
                    and e.version between x.first_version and x.last_version
                    and e.position between x.requested_position and x.last_position
                    and e.execution = x.execution
            where x.execution = p_execution
        union all
        select e.* from runledger.event e
            where e.position > (select p.position from runledger.projected p) and e.execution = p_execution
        order by 1;
end
$$;
