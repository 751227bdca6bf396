-- Writes session rows of a version. Times are milliseconds since the epoch.
create or replace function runledger.apply_sessions(
    p_version int, s_session text[], s_kind text[], s_status text[], s_tenant text[], s_principal text[],
    s_end_user text[], s_entity_id text[], s_created_at bigint[], s_last_activity_at bigint[], s_version bigint[],
    s_position bigint[], s_head_hash bytea[], s_execution_count bigint[], s_file_count bigint[],
    s_file_bytes bigint[], s_first_position bigint[])
returns void language plpgsql as $$
begin
    execute format($sql$
        insert into runledger.sessions_v%s as t (
                session, kind, status, tenant, principal, end_user, entity_id, created_at, last_activity_at,
                version, position, head_hash, execution_count, file_count, file_bytes, first_position)
            select session, kind, status, tenant, principal, end_user, entity_id,
                    runledger.instant(created_at), runledger.instant(last_activity_at),
                    version, position, head_hash, execution_count, file_count, file_bytes, first_position
                from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) as s (
                    session, kind, status, tenant, principal, end_user, entity_id, created_at, last_activity_at,
                    version, position, head_hash, execution_count, file_count, file_bytes, first_position)
            on conflict (session) do update set (
                    kind, status, tenant, principal, end_user, entity_id, created_at, last_activity_at,
                    version, position, head_hash, execution_count, file_count, file_bytes, first_position)
                = (excluded.kind, excluded.status, excluded.tenant, excluded.principal, excluded.end_user,
                    excluded.entity_id, excluded.created_at, excluded.last_activity_at, excluded.version,
                    excluded.position, excluded.head_hash, excluded.execution_count, excluded.file_count,
                    excluded.file_bytes, excluded.first_position)
        $sql$, p_version)
        using s_session, s_kind, s_status, s_tenant, s_principal, s_end_user, s_entity_id, s_created_at,
            s_last_activity_at, s_version, s_position, s_head_hash, s_execution_count, s_file_count, s_file_bytes,
            s_first_position;
end
$$;
