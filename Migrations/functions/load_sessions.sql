-- Sessions as they are now, however late the views: the view row and files as of some version, and the events after
-- that version, in one statement and so of one snapshot. One row per session that exists; the columns of the row are
-- null when it is not in the views yet. Files are the current ones and those named, or all; each array has one
-- element per file, in the order of the columns of file_view, and the arrays e_* one per event, oldest first. The last
-- three tell whether it expires: is it held, when was it touched, and what time is it.
create or replace function runledger.load_sessions(p_sessions text[], p_files text[], p_complete boolean)
returns table (
    session text, kind text, status text, tenant text, principal text, end_user text, entity_id text,
    created_at timestamptz, last_activity_at timestamptz, version bigint, "position" bigint, head_hash bytea,
    execution_count bigint, file_count bigint, file_bytes bigint, first_position bigint,
    f_file text[], f_name text[], f_size bigint[], f_sha256 bytea[], f_content_type text[], f_read_only boolean[],
    f_bucket text[], f_origin text[], f_created_at timestamptz[], f_position bigint[], f_execution text[],
    f_modified_from text[], f_modified_from_session text[], f_resource_kind text[], f_resource_id text[],
    f_resource_version text[], f_resource_entity_id text[], f_is_current boolean[],
    e_position bigint[], e_version bigint[], e_type text[], e_time timestamptz[], e_execution text[], e_data text[],
    e_hash bytea[], held boolean, touched_at timestamptz, read_at timestamptz)
language plpgsql stable as $$
#variable_conflict use_column
begin
    return query
        select stream.session, s.kind, s.status, s.tenant, s.principal, s.end_user, s.entity_id, s.created_at,
                s.last_activity_at, s.version, s.position, s.head_hash, s.execution_count, s.file_count, s.file_bytes,
                stream.first_position, f.*, e.*, stream.held, touch.touched_at, clock_timestamp()
            from unnest(p_sessions) as wanted (session)
                join runledger.session_stream stream on stream.session = wanted.session
                left join runledger.session_view s on s.session = stream.session
                left join runledger.session_touch touch on touch.session = stream.session
                cross join lateral (
                    select array_agg(f.file), array_agg(f.name), array_agg(f.size), array_agg(f.sha256),
                            array_agg(f.content_type), array_agg(f.read_only), array_agg(f.bucket),
                            array_agg(f.origin), array_agg(f.created_at), array_agg(f.position),
                            array_agg(f.execution), array_agg(f.modified_from),
                            array_agg(f.modified_from_session), array_agg(f.resource_kind),
                            array_agg(f.resource_id), array_agg(f.resource_version),
                            array_agg(f.resource_entity_id), array_agg(f.is_current)
                        from (
                            -- Three ways in, so that old versions cost nothing unless they are asked for.
                            select v.* from runledger.file_view v
                                where not p_complete and v.session = stream.session and v.is_current
                            union all
                            select v.* from runledger.file_view v
                                where not p_complete and v.session = stream.session and v.file = any (p_files)
                                    and not v.is_current
                            union all
                            select v.* from runledger.file_view v
                                where p_complete and v.session = stream.session) f) f
                cross join lateral (
                    select array_agg(e.position order by e.version), array_agg(e.version order by e.version),
                            array_agg(e.type order by e.version), array_agg(e.time order by e.version),
                            array_agg(e.execution order by e.version), array_agg(e.data order by e.version),
                            array_agg(e.hash order by e.version)
                        from runledger.event e
                        -- The first condition spares a look into every partition when nothing is new; the last
                        -- one leaves out the partitions that are older.
                        where stream.version > coalesce(s.version, 0)
                            and e.session = stream.session and e.version > coalesce(s.version, 0)
                            and e.position > coalesce(s.position, stream.first_position - 1)) e;
end
$$;
