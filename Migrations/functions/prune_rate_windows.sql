-- Forgets the windows of subjects that were quiet for longer than the longest window.
create or replace function runledger.prune_rate_windows() returns void language sql as $$
    delete from runledger.rate_window where starts[1] < now() - interval '32 days'
$$;
