-- The one way into the log. Takes a batch of appends (arrays a_*) and their events (arrays e_*, in order), judges
-- each append on its own and returns one row per append:
--   ok         its events are durable when this transaction is
--   duplicate  its command was taken before; the first outcome is returned
--   conflict   the session is not at the expected version (-1 any, 0 must not exist), or a runtime hint means another
--   fenced     the execution's claim is not the caller's
--   held       a legal hold forbids deleting, erasing or expiring the session
--   busy       the claim of a serial execution cannot come with its request: an earlier one of the session is live
-- Positions are dense and in commit order because one advisory lock covers numbering and commit. A session may
-- appear once per batch (the appender sees to it).
create or replace function runledger.append(
    a_command uuid[], a_session text[], a_expected bigint[], a_count int[],
    a_fence_execution text[], a_fence_claim uuid[],
    a_queue_owner text[], a_claim uuid[], a_executor uuid[], a_serial boolean[],
    e_type text[], e_execution text[], e_data text[], e_salt bytea[])
returns table (
    status text, version bigint, first_position bigint, at timestamptz,
    commitments bytea[], previous bytea[], hashes bytea[])
language plpgsql as $$
#variable_conflict use_column
declare
    head bigint;
    now_ms timestamptz;
    now_text text;
    offset_of int := 0;
    stream_version bigint;
    stream_hash bytea;
    stream_first bigint;
    stream_held boolean;
    known record;
    start_position bigint;
    this_commitment bytea;
    this_hash bytea;
    n int;
    -- rows to insert at the end, all at once
    o_position bigint[] := '{}';
    o_session text[] := '{}';
    o_version bigint[] := '{}';
    o_index int[] := '{}';
    o_commitment bytea[] := '{}';
    o_prev bytea[] := '{}';
    o_hash bytea[] := '{}';
    s_session text[] := '{}';
    s_version bigint[] := '{}';
    s_hash bytea[] := '{}';
    s_first bigint[] := '{}';
    s_held boolean[] := '{}';
    c_command uuid[] := '{}';
    c_session text[] := '{}';
    c_version bigint[] := '{}';
    c_first bigint[] := '{}';
    c_count int[] := '{}';
    q_execution text[] := '{}';
    q_position bigint[] := '{}';
    q_session text[] := '{}';
    q_owner text[] := '{}';
    q_claim uuid[] := '{}';
    q_executor uuid[] := '{}';
    q_serial boolean[] := '{}';
    w_execution text[] := '{}';
    r_execution text[] := '{}';
    x_execution text[] := '{}';
    x_reason text[] := '{}';
    f_execution text[] := '{}';
begin
    perform pg_advisory_xact_lock(7305423141);
    select e.position, e.time into head, now_ms from runledger.event e order by e.position desc limit 1;
    head := coalesce(head, 0);
    -- Log time never runs backwards, whatever the clock does.
    now_ms := greatest(date_trunc('milliseconds', clock_timestamp()), now_ms);
    now_text := to_char(now_ms at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

    for i in 1 .. cardinality(a_command) loop
        n := a_count[i];
        status := null;
        commitments := '{}';
        previous := '{}';
        hashes := '{}';

        select c.version, c.first_position, c.event_count, c.time into known
            from runledger.command c where c.command = a_command[i];
        if found then
            select 'duplicate', known.version, known.first_position, known.time,
                    array_agg(e.data_commitment order by e.position), array_agg(e.prev_hash order by e.position),
                    array_agg(e.hash order by e.position)
                into status, version, first_position, at, commitments, previous, hashes
                from runledger.event e
                where e.position >= known.first_position and e.position < known.first_position + known.event_count;
            offset_of := offset_of + n;
            return next;
            continue;
        end if;

        select s.version, s.head_hash, s.first_position, s.held
            into stream_version, stream_hash, stream_first, stream_held
            from runledger.session_stream s where s.session = a_session[i];
        if not found then
            stream_version := 0;
            stream_hash := '\x0000000000000000000000000000000000000000000000000000000000000000';
            stream_first := head + 1;
            stream_held := false;
        end if;

        if a_fence_execution[i] is not null and not exists (
            select from runledger.queue q
                where q.execution = a_fence_execution[i] and q.claim is not distinct from a_fence_claim[i]) then
            status := 'fenced';
        elsif a_expected[i] >= 0 and a_expected[i] <> stream_version then
            status := 'conflict';
        elsif stream_held and exists (
            select from generate_series(1, n) j
                where e_type[offset_of + j] in ('session.deleted', 'session.erased', 'session.expired')) then
            status := 'held';
        elsif a_claim[i] is not null and a_serial[i] and exists (
            select from runledger.queue q where q.session = a_session[i] and q.serial) then
            status := 'busy';
        elsif strpos(e_data[offset_of + 1], '"runtime_key":"') > 0
            and e_type[offset_of + 1] = 'session.created' then
            -- The new session is what a runtime hint will mean, unless the hint has come to mean another one since
            -- the caller looked. Taken here and not at the end: the next append of this batch must see it. Bodies
            -- are canonical JSON, so a member has one spelling, which no string inside can contain.
            insert into runledger.runtime_session as r (key, session)
                values (
                    decode(substring(e_data[offset_of + 1] from '"runtime_key":"([0-9a-f]{64})"'), 'hex'),
                    a_session[i])
                on conflict (key) do update set session = excluded.session
                    where r.session = substring(e_data[offset_of + 1] from '"runtime_replaces":"([^"]*)"');
            if not found then
                status := 'conflict';
            end if;
        end if;
        if status is not null then
            version := stream_version;
            first_position := null;
            at := now_ms;
            offset_of := offset_of + n;
            return next;
            continue;
        end if;

        start_position := head + 1;
        for j in offset_of + 1 .. offset_of + n loop
            head := head + 1;
            stream_version := stream_version + 1;
            this_commitment := sha256(e_salt[j] || convert_to(e_data[j], 'UTF8'));
            -- The canonical JSON (RFC 8785) of the envelope; ids and types never need escaping.
            this_hash := sha256(convert_to(
                '{"data_commitment":"' || encode(this_commitment, 'hex')
                || '","execution_id":' || coalesce('"' || e_execution[j] || '"', 'null')
                || ',"position":' || head
                || ',"prev_hash":"' || encode(stream_hash, 'hex')
                || '","sequence":' || stream_version
                || ',"session_id":"' || a_session[i]
                || '","time":"' || now_text
                || '","type":"' || e_type[j]
                || '","v":1}', 'UTF8'));
            o_position := o_position || head;
            o_session := o_session || a_session[i];
            o_version := o_version || stream_version;
            o_index := o_index || j;
            o_commitment := o_commitment || this_commitment;
            o_prev := o_prev || stream_hash;
            o_hash := o_hash || this_hash;
            commitments := commitments || this_commitment;
            previous := previous || stream_hash;
            hashes := hashes || this_hash;
            stream_hash := this_hash;
            case e_type[j]
                when 'execution.requested' then
                    q_execution := q_execution || e_execution[j];
                    q_position := q_position || head;
                    q_session := q_session || a_session[i];
                    q_owner := q_owner || a_queue_owner[i];
                    q_claim := q_claim || a_claim[i];
                    q_executor := q_executor || a_executor[i];
                    q_serial := q_serial || a_serial[i];
                when 'execution.finished' then f_execution := f_execution || e_execution[j];
                when 'execution.tool_call_requested' then w_execution := w_execution || e_execution[j];
                when 'execution.tool_results_recorded' then r_execution := r_execution || e_execution[j];
                when 'execution.cancel_requested' then
                    x_execution := x_execution || e_execution[j];
                    x_reason := x_reason || (e_data[j]::json ->> 'reason');
                when 'session.held' then stream_held := true;
                when 'session.released' then stream_held := false;
                else null;
            end case;
        end loop;

        s_session := s_session || a_session[i];
        s_version := s_version || stream_version;
        s_hash := s_hash || stream_hash;
        s_first := s_first || stream_first;
        s_held := s_held || stream_held;
        c_command := c_command || a_command[i];
        c_session := c_session || a_session[i];
        c_version := c_version || stream_version;
        c_first := c_first || start_position;
        c_count := c_count || n;
        status := 'ok';
        version := stream_version;
        first_position := start_position;
        at := now_ms;
        offset_of := offset_of + n;
        return next;
    end loop;

    if cardinality(o_position) = 0 then
        return;
    end if;

    insert into runledger.event (
            position, session, version, type, time, execution, data, salt, data_commitment, prev_hash, hash)
        select o.position, o.session, o.version, e_type[o.index], now_ms, e_execution[o.index], e_data[o.index],
                e_salt[o.index], o.commitment, o.prev, o.hash
            from unnest(o_position, o_session, o_version, o_index, o_commitment, o_prev, o_hash)
                as o (position, session, version, index, commitment, prev, hash);
    insert into runledger.session_stream as s (session, version, head_hash, first_position, held)
        select * from unnest(s_session, s_version, s_hash, s_first, s_held)
        on conflict (session) do update
            set version = excluded.version, head_hash = excluded.head_hash, held = excluded.held;
    insert into runledger.command (command, session, version, first_position, event_count, time)
        select c.*, now_ms from unnest(c_command, c_session, c_version, c_first, c_count) as c;
    if cardinality(q_execution) > 0 then
        insert into runledger.queue (execution, position, session, owner, claim, executor, attempt, serial)
            select q.execution, q.position, q.session, q.owner, q.claim, q.executor,
                    case when q.claim is null then 0 else 1 end, q.serial
                from unnest(q_execution, q_position, q_session, q_owner, q_claim, q_executor, q_serial)
                    as q (execution, position, session, owner, claim, executor, serial);
    end if;
    if cardinality(w_execution) > 0 then
        update runledger.queue q set waiting = true, waiting_since = clock_timestamp()
            where q.execution = any (w_execution);
    end if;
    -- Attempts count the tries of one round: a program may wait for tools as often as it likes.
    if cardinality(r_execution) > 0 then
        update runledger.queue q set waiting = false, attempt = 0 where q.execution = any (r_execution);
    end if;
    if cardinality(x_execution) > 0 then
        update runledger.queue q set cancelled = x.reason, waiting = false
            from unnest(x_execution, x_reason) as x (execution, reason)
            where q.execution = x.execution and q.cancelled is null;
    end if;
    if cardinality(f_execution) > 0 then
        delete from runledger.queue q where q.execution = any (f_execution);
    end if;
    perform pg_notify('runledger_event', '');
end
$$;
