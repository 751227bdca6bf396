-- Writes file rows of a version. Times are milliseconds since the epoch.
create or replace function runledger.apply_files(
    p_version int, f_session text[], f_file text[], f_name text[], f_size bigint[], f_sha256 bytea[],
    f_content_type text[], f_read_only boolean[], f_bucket text[], f_origin text[], f_created_at bigint[],
    f_position bigint[], f_execution text[], f_modified_from text[], f_modified_from_session text[],
    f_resource_kind text[], f_resource_id text[], f_resource_version text[], f_resource_entity_id text[],
    f_is_current boolean[])
returns void language plpgsql as $$
begin
    execute format($sql$
        insert into runledger.files_v%s as t (
                session, file, name, size, sha256, content_type, read_only, bucket, origin, created_at, position,
                execution, modified_from, modified_from_session, resource_kind, resource_id, resource_version,
                resource_entity_id, is_current)
            select session, file, name, size, sha256, content_type, read_only, bucket, origin,
                    runledger.instant(created_at), position, execution, modified_from, modified_from_session,
                    resource_kind, resource_id, resource_version, resource_entity_id, is_current
                from unnest(
                        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) as f (
                    session, file, name, size, sha256, content_type, read_only, bucket, origin, created_at, position,
                    execution, modified_from, modified_from_session, resource_kind, resource_id, resource_version,
                    resource_entity_id, is_current)
            on conflict (session, file) do update set (
                    name, size, sha256, content_type, read_only, bucket, origin, created_at, position, execution,
                    modified_from, modified_from_session, resource_kind, resource_id, resource_version,
                    resource_entity_id, is_current)
                = (excluded.name, excluded.size, excluded.sha256, excluded.content_type, excluded.read_only,
                    excluded.bucket, excluded.origin, excluded.created_at, excluded.position, excluded.execution,
                    excluded.modified_from, excluded.modified_from_session, excluded.resource_kind,
                    excluded.resource_id, excluded.resource_version, excluded.resource_entity_id,
                    excluded.is_current)
        $sql$, p_version)
        using f_session, f_file, f_name, f_size, f_sha256, f_content_type, f_read_only, f_bucket, f_origin,
            f_created_at, f_position, f_execution, f_modified_from, f_modified_from_session, f_resource_kind,
            f_resource_id, f_resource_version, f_resource_entity_id, f_is_current;
end
$$;
