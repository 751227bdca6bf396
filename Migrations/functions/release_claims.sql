-- Gives executions back to the queue that their executor holds without running them: its append was thought to have
-- failed but was committed.
create or replace function runledger.release_claims(p_executor uuid, p_claims uuid[]) returns void language sql as $$
    update runledger.queue q set executor = null, claim = null
        where q.executor = p_executor and q.claim = any (p_claims)
$$;
