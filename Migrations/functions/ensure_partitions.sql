-- Keeps at least one whole empty partition of ten million positions ahead of the head.
create or replace function runledger.ensure_partitions() returns void language plpgsql as $$
declare
    span constant bigint := 10000000;
    head bigint;
    part bigint;
begin
    perform pg_advisory_xact_lock(hashtextextended('runledger.partitions', 0));
    select coalesce(max(position), 0) into head from runledger.event;
    for part in head / span .. head / span + 1 loop
        continue when to_regclass('runledger.event_' || part) is not null;
        execute format(
            'create table runledger.event_%s partition of runledger.event for values from (%s) to (%s)',
            part, part * span, (part + 1) * span);
        -- Unlike row triggers, those of TRUNCATE are not inherited.
        execute format(
            'create trigger event_is_not_truncated before truncate on runledger.event_%s
                for each statement execute function runledger.refuse_change()',
            part);
    end loop;
end
$$;
