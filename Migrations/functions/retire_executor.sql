-- Ends an executor's lease at once; what it held may be claimed by others.
create or replace function runledger.retire_executor(p_executor uuid) returns void language sql as $$
    delete from runledger.executor x where x.executor = p_executor
$$;
