-- Removes file rows of a version: versions that were deleted.
create or replace function runledger.remove_files(p_version int, f_session text[], f_file text[])
returns void language plpgsql as $$
begin
    execute format($sql$
        delete from runledger.files_v%s t using unnest($1, $2) as f (session, file)
            where t.session = f.session and t.file = f.file
        $sql$, p_version) using f_session, f_file;
end
$$;
