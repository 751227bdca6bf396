-- Removes all file rows of sessions of a version.
create or replace function runledger.empty_sessions(p_version int, p_sessions text[])
returns void language plpgsql as $$
begin
    execute format(
        'delete from runledger.files_v%s t where t.session = any ($1)', p_version) using p_sessions;
end
$$;
