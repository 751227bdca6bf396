-- Takes up to `p_limit` executions that nobody holds, or whose holder's lease has ended. Fair: owners with fewer
-- executions running come first, then the oldest. Each gets a new claim, which fences every earlier holder. What waits
-- for tools is left alone, and of the serial executions of a session only the oldest live one can be taken.
--
-- The requests are read here and not by the caller: this statement's snapshot is newer than the caller's, so a request
-- committed in between would be claimed here and then not be found there.
create or replace function runledger.claim_executions(p_executor uuid, p_limit int)
returns table (
    claim uuid, attempt int, cancelled text, "position" bigint, session text, version bigint, type text, "time" timestamptz,
    execution text, data text, salt bytea, data_commitment bytea, prev_hash bytea, hash bytea)
language sql as $$
    with held as (
        select q.owner, count(*) as running
            from runledger.queue q join runledger.executor x on x.executor = q.executor
            where x.lease_until > clock_timestamp()
            group by q.owner),
    waiting as (
        select q.execution, q.position,
                coalesce(h.running, 0) + row_number() over (partition by q.owner order by q.position) as rank
            from runledger.queue q
                left join runledger.executor x on x.executor = q.executor
                left join held h on h.owner = q.owner
            where (q.executor is null or x.executor is null or x.lease_until <= clock_timestamp())
                and not q.waiting
                and (not q.serial or not exists (
                    select from runledger.queue e
                        where e.session = q.session and e.serial and e.position < q.position))),
    taken as (
        update runledger.queue q
            set claim = gen_random_uuid(), executor = p_executor, attempt = q.attempt + 1
            where q.execution = any (array(
                select l.execution from runledger.queue l
                    where l.execution in (select w.execution from waiting w order by w.rank, w.position limit p_limit)
                        -- Again, because another executor may have taken it since `waiting` was read.
                        and (l.executor is null or not exists (
                            select from runledger.executor x
                                where x.executor = l.executor and x.lease_until > clock_timestamp()))
                        and not l.waiting
                    for update skip locked))
            returning q.position, q.claim, q.attempt, q.cancelled)
    select t.claim, t.attempt, t.cancelled, e.position, e.session, e.version, e.type, e.time, e.execution, e.data, e.salt,
            e.data_commitment, e.prev_hash, e.hash
        from taken t join runledger.event e on e.position = t.position
$$;
