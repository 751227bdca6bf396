-- The log: streams, events, idempotency of appends, live work, executors, contents.
create schema if not exists runledger;

-- One row per session: the head of its stream. `first_position` prunes partitions when a stream is read.
create table runledger.session_stream (
    session text primary key,
    version bigint not null,
    head_hash bytea not null,
    first_position bigint not null,
    held boolean not null default false
);

-- The ledger itself. `data` is the JCS text of the body, so that psql reads it and the commitment verifies;
-- it and the salt are null after erasure. Partitions keep indexes small and make archiving a detach.
create table runledger.event (
    position bigint not null,
    session text not null,
    version bigint not null,
    type text not null,
    time timestamptz not null,
    execution text,
    data text,
    salt bytea,
    data_commitment bytea not null,
    prev_hash bytea not null,
    hash bytea not null,
    primary key (position)
) partition by range (position);

create index event_session on runledger.event (session, version);

-- Command ids of appends, so that a resent one is recognised. Pruned after seven days.
create table runledger.command (
    command uuid primary key,
    session text not null,
    version bigint not null,
    first_position bigint not null,
    event_count int not null,
    time timestamptz not null
);

create index command_time on runledger.command using brin (time);

-- Live work only: a row from execution.requested to execution.finished.
create table runledger.queue (
    execution text primary key,
    position bigint not null,
    session text not null,
    owner text not null,
    claim uuid,
    executor uuid,
    attempt int not null default 0
);

-- One heartbeat row per executor; a claim is worth as much as its executor's lease.
create table runledger.executor (
    executor uuid primary key,
    name text not null,
    capacity int not null,
    lease_until timestamptz not null
);

-- Contents of files, streams and code, per session. Small ones inline, larger ones as parts under `content`.
create table runledger.blob (
    session text not null,
    sha256 bytea not null,
    size bigint not null,
    parts int not null,
    bytes bytea,
    content uuid,
    primary key (session, sha256)
);
alter table runledger.blob alter column bytes set storage external;

create table runledger.content_part (
    content uuid not null,
    part int not null,
    bytes bytea not null,
    primary key (content, part)
);
alter table runledger.content_part alter column bytes set storage external;

-- Append-only by the database itself, not by good behaviour. Erasure will be the one function allowed through.
create function runledger.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the event log is append-only: % on % is refused', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end
$$;

create trigger event_is_append_only before update or delete on runledger.event
    for each row execute function runledger.refuse_change();
create trigger event_is_not_truncated before truncate on runledger.event
    for each statement execute function runledger.refuse_change();
