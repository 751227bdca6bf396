-- Sessions whose first event stands before a position, newest first. Null filters nothing. A session whose life of
-- `p_ttl` seconds after its last use is over is expired, whether an event says so yet or not. Planned anew each time,
-- because the best index depends on which filters are given.
create or replace function runledger.list_sessions(
    p_tenant text, p_principal text, p_status text, p_end_user text, p_entity_id text,
    p_created_after bigint, p_created_before bigint, p_before bigint, p_limit bigint, p_ttl bigint)
returns table (
    session text, kind text, status text, tenant text, principal text, end_user text, entity_id text,
    created_at timestamptz, last_activity_at timestamptz, version bigint, "position" bigint, head_hash bytea,
    execution_count bigint, file_count bigint, file_bytes bigint, first_position bigint, expires_at timestamptz)
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
begin
    return query
        select s.session, s.kind, l.status, s.tenant, s.principal, s.end_user, s.entity_id, s.created_at,
                s.last_activity_at, s.version, s.position, s.head_hash, s.execution_count, s.file_count, s.file_bytes,
                s.first_position, x.expires_at
            from runledger.session_view s
                left join runledger.session_touch t on p_ttl is not null and t.session = s.session
                left join runledger.session_stream m on p_ttl is not null and m.session = s.session
                cross join lateral (
                    select case when s.status = 'active' and not m.held
                        then greatest(s.last_activity_at, t.touched_at) + p_ttl * interval '1 second' end
                        as expires_at) x
                cross join lateral (
                    select case when x.expires_at <= clock_timestamp() then 'expired' else s.status end as status) l
            where (p_before is null or s.first_position < p_before)
                and (p_tenant is null
                    or hashtextextended(s.tenant, 0) = hashtextextended(p_tenant, 0) and s.tenant = p_tenant)
                and (p_principal is null
                    or hashtextextended(s.principal, 0) = hashtextextended(p_principal, 0)
                        and s.principal = p_principal)
                and (p_end_user is null
                    or hashtextextended(s.end_user, 0) = hashtextextended(p_end_user, 0)
                        and s.end_user is not null and s.end_user = p_end_user)
                and (p_status is null or l.status = p_status)
                and (p_entity_id is null or s.entity_id = p_entity_id)
                and (p_created_after is null or s.created_at > runledger.instant(p_created_after))
                and (p_created_before is null or s.created_at < runledger.instant(p_created_before))
            order by s.first_position desc limit p_limit;
end
$$;
