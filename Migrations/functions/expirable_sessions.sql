-- Sessions whose life after the last use (event or touch) is over, the longest unused first, and the version that was
-- judged: an append that expects it is refused when they were used meanwhile. A minute later than readers see them
-- expired, so that a request that still found one alive has ended. None that is held, and none with a live execution;
-- and no stream without an owner, which is no client's session.
create or replace function runledger.expirable_sessions(p_ttl bigint, p_limit int)
returns table (session text, version bigint, used_at timestamptz)
language sql stable as $$
    select s.session, s.version, greatest(s.last_activity_at, t.touched_at)
        from runledger.session_view s
            join runledger.session_stream m on m.session = s.session
            left join runledger.session_touch t on t.session = s.session
        where s.status = 'active' and s.tenant <> '' and not m.held and m.version = s.version
            and greatest(s.last_activity_at, t.touched_at)
                < clock_timestamp() - p_ttl * interval '1 second' - interval '1 minute'
            and not exists (select from runledger.queue q where q.session = s.session)
        order by s.last_activity_at limit p_limit
$$;
