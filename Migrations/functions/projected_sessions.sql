-- Sessions of a version as the projector left them: the row and its current files, as arrays in the order of the
-- columns of file_view.
create or replace function runledger.projected_sessions(p_version int, p_sessions text[])
returns table (
    session text, kind text, status text, tenant text, principal text, end_user text, entity_id text,
    created_at timestamptz, last_activity_at timestamptz, version bigint, "position" bigint, head_hash bytea,
    execution_count bigint, file_count bigint, file_bytes bigint, first_position bigint,
    f_file text[], f_name text[], f_size bigint[], f_sha256 bytea[], f_content_type text[], f_read_only boolean[],
    f_bucket text[], f_origin text[], f_created_at timestamptz[], f_position bigint[], f_execution text[],
    f_modified_from text[], f_modified_from_session text[], f_resource_kind text[], f_resource_id text[],
    f_resource_version text[], f_resource_entity_id text[], f_is_current boolean[])
language plpgsql stable as $$
begin
    return query execute format($sql$
        select s.session, s.kind, s.status, s.tenant, s.principal, s.end_user, s.entity_id, s.created_at,
                s.last_activity_at, s.version, s.position, s.head_hash, s.execution_count, s.file_count, s.file_bytes,
                s.first_position, f.*
            from unnest($1) as wanted (session)
                join runledger.sessions_v%1$s s on s.session = wanted.session
                cross join lateral (
                    select array_agg(f.file), array_agg(f.name), array_agg(f.size), array_agg(f.sha256),
                            array_agg(f.content_type), array_agg(f.read_only), array_agg(f.bucket),
                            array_agg(f.origin), array_agg(f.created_at), array_agg(f.position),
                            array_agg(f.execution), array_agg(f.modified_from),
                            array_agg(f.modified_from_session), array_agg(f.resource_kind),
                            array_agg(f.resource_id), array_agg(f.resource_version),
                            array_agg(f.resource_entity_id), array_agg(f.is_current)
                        from runledger.files_v%1$s f
                        where f.session = s.session and f.is_current) f
        $sql$, p_version) using p_sessions;
end
$$;
