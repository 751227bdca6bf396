-- Live work that takes turns, waits for tools, or was called off.
alter table runledger.queue
    -- At most one serial execution of a session is held at a time, in the order of their requests.
    add column serial boolean not null default false,
    -- Waits for tool results: nobody may claim it.
    add column waiting boolean not null default false,
    -- Why it was called off: whoever claims it ends it without running it.
    add column cancelled text;

create index queue_serial on runledger.queue (session, position) where serial;

-- The states of a session are read newest first, and most events are none.
create index event_state on runledger.event (session, version)
    where type in ('state.saved', 'state.uploaded', 'state.deleted');

-- append() has another parameter now.
drop function if exists runledger.append(
    uuid[], text[], bigint[], int[], text[], uuid[], text[], uuid[], uuid[], text[], text[], text[], bytea[]);
-- claim_executions() has another column now.
drop function if exists runledger.claim_executions(uuid, int);
