-- Points the SQL views at the tables of a version and retires the version that served. Waits at most 200 ms for
-- readers, which is less than it takes the server to call a deadlock: the caller tries again, readers never fail.
create or replace function runledger.serve_projection(p_version int) returns void language plpgsql as $$
begin
    perform set_config('lock_timeout', '200ms', true);
    execute format(
        'create or replace view runledger.session_view as select * from runledger.sessions_v%s', p_version);
    execute format('create or replace view runledger.file_view as select * from runledger.files_v%s', p_version);
    execute format(
        'create or replace view runledger.execution_view as select * from runledger.executions_v%s', p_version);
    execute format($sql$
        create or replace view runledger.projected as
            select p.position from runledger.projection p where p.name = 'sessions' and p.version = %s
        $sql$, p_version);
    update runledger.projection p set status = 'retired' where p.status = 'serving';
    update runledger.projection p set status = 'serving' where p.version = p_version;
    if not found then
        raise exception 'there is no version % of the views', p_version using errcode = 'RL002';
    end if;
end
$$;
