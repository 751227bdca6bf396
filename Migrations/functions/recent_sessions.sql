-- Who may be the most recently active live private session of an owner that ran with an entity id for an end user:
-- the newest by the view among those without later events (its position is given), and all that later events may
-- have made one (position null: the caller must fold them). `p_entity_json` is the entity id as canonical JSON, `p_ttl` the life of a
-- session after its last use in seconds, null for ever.
create or replace function runledger.recent_sessions(
    p_tenant text, p_principal text, p_entity_id text, p_entity_json text, p_end_user text, p_ttl bigint)
returns table (session text, "position" bigint)
language plpgsql stable as $$
#variable_conflict use_column
begin
    return query
        with tail as materialized (
            select e.session, e.type, e.data from runledger.event e
                where e.position > (select p.position from runledger.projected p)),
        settled as (
            select s.session, s.position from runledger.session_view s
                where hashtextextended(s.principal, 0) = hashtextextended(p_principal, 0)
                    and hashtextextended(s.entity_id, 0) = hashtextextended(p_entity_id, 0)
                    and s.kind = 'private' and s.status = 'active'
                    and s.entity_id is not null and s.entity_id = p_entity_id
                    and s.principal = p_principal and s.tenant = p_tenant
                    and s.end_user is not distinct from p_end_user
                    and (p_ttl is null
                        or s.last_activity_at > clock_timestamp() - p_ttl * interval '1 second'
                        or exists (
                            select from runledger.session_touch u
                                where u.session = s.session
                                    and u.touched_at > clock_timestamp() - p_ttl * interval '1 second')
                        or exists (select from runledger.session_stream m where m.session = s.session and m.held))
                    and not exists (select from tail t where t.session = s.session)
                order by s.position desc limit 1)
        select * from settled
        union all
        select distinct t.session, null::bigint from tail t
            where (t.type in ('session.created', 'execution.requested')
                    and strpos(t.data, '"entity_id":' || p_entity_json) > 0)
                or exists (
                    select from runledger.session_view s
                        where s.session = t.session and s.entity_id = p_entity_id and s.principal = p_principal
                            and s.tenant = p_tenant);
end
$$;
