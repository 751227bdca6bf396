-- Ends the leases of executors known to be dead by their name (same machine, process gone).
create or replace function runledger.retire_named_executors(p_names text[]) returns void language sql as $$
    delete from runledger.executor x where x.name = any (p_names)
$$;
