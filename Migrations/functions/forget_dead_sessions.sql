-- Removes what is only needed while a session lives: its touch, and the runtime hint that means it.
create or replace function runledger.forget_dead_sessions() returns bigint language sql as $$
    with touches as (
        delete from runledger.session_touch t using runledger.session_view s
            where s.session = t.session and s.status <> 'active' returning 1),
    hints as (
        delete from runledger.runtime_session r using runledger.session_view s
            where s.session = r.session and s.status <> 'active' returning 1)
    select (select count(*) from touches) + (select count(*) from hints)
$$;
