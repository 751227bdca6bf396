-- Executions requested before a position, newest first. Null filters nothing. Planned anew each time, because the
-- best index depends on which filters are given.
create or replace function runledger.list_executions(
    p_tenant text, p_principal text, p_session text, p_status text, p_language text, p_end_user text,
    p_created_after bigint, p_created_before bigint, p_before bigint, p_limit bigint)
returns setof runledger.execution_view language plpgsql stable set plan_cache_mode = force_custom_plan as $$
begin
    return query
        select x.* from runledger.execution_view x
            where (p_before is null or x.requested_position < p_before)
                and (p_tenant is null
                    or hashtextextended(x.tenant, 0) = hashtextextended(p_tenant, 0) and x.tenant = p_tenant)
                and (p_principal is null
                    or hashtextextended(x.principal, 0) = hashtextextended(p_principal, 0)
                        and x.principal = p_principal)
                and (p_session is null or x.session = p_session)
                and (p_status is null or x.status = p_status)
                and (p_language is null or x.language = p_language)
                and (p_end_user is null or x.end_user = p_end_user)
                and (p_created_after is null or x.created_at > runledger.instant(p_created_after))
                and (p_created_before is null or x.created_at < runledger.instant(p_created_before))
            order by x.requested_position desc limit p_limit;
end
$$;
