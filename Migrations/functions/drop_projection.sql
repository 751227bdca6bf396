-- Throws the tables of a version away; never those that serve. Waits at most 200 ms for readers, as
-- serve_projection does.
create or replace function runledger.drop_projection(p_version int) returns void language plpgsql as $$
begin
    if exists (select from runledger.projection p where p.version = p_version and p.status = 'serving') then
        raise exception 'version % of the views is serving', p_version using errcode = 'RL002';
    end if;
    perform set_config('lock_timeout', '200ms', true);
    execute format(
        'drop table if exists runledger.sessions_v%1$s, runledger.files_v%1$s, runledger.executions_v%1$s',
        p_version);
    delete from runledger.projection p where p.version = p_version;
end
$$;
