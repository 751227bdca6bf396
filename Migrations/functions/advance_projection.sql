-- Moves the checkpoint of a version, or raises if it is not where the caller believes: with the rows written after it
-- in the same transaction, each event is applied exactly once, whoever else tries. It comes first in that
-- transaction, so that nothing is locked while it waits for a rebuild that has paused the projector.
create or replace function runledger.advance_projection(p_version int, p_from bigint, p_to bigint)
returns void language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(hashtextextended('runledger.projector.pause', 0));
    update runledger.projection p set position = p_to
        where p.version = p_version and p.position = p_from and p.status <> 'retired';
    if not found then
        raise exception 'version % of the views does not stand at position %', p_version, p_from
            using errcode = 'RL001';
    end if;
end
$$;
