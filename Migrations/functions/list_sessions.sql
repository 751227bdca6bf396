-- Sessions whose first event stands before a position, newest first. Null filters nothing. Planned anew each time,
-- because the best index depends on which filters are given.
create or replace function runledger.list_sessions(
    p_tenant text, p_principal text, p_status text, p_end_user text, p_entity_id text,
    p_created_after bigint, p_created_before bigint, p_before bigint, p_limit bigint)
returns setof runledger.session_view language plpgsql stable set plan_cache_mode = force_custom_plan as $$
begin
    return query
        select s.* from runledger.session_view s
            where (p_before is null or s.first_position < p_before)
                and (p_tenant is null
                    or hashtextextended(s.tenant, 0) = hashtextextended(p_tenant, 0) and s.tenant = p_tenant)
                and (p_principal is null
                    or hashtextextended(s.principal, 0) = hashtextextended(p_principal, 0)
                        and s.principal = p_principal)
                and (p_end_user is null
                    or hashtextextended(s.end_user, 0) = hashtextextended(p_end_user, 0)
                        and s.end_user is not null and s.end_user = p_end_user)
                and (p_status is null or s.status = p_status)
                and (p_entity_id is null or s.entity_id = p_entity_id)
                and (p_created_after is null or s.created_at > runledger.instant(p_created_after))
                and (p_created_before is null or s.created_at < runledger.instant(p_created_before))
            order by s.first_position desc limit p_limit;
end
$$;
