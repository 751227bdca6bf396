-- First uses of clients' keys: the digest of what was asked, and the answer if it was refused. What was taken is in
-- the log, found by its command.
create table runledger.idempotency (
    command uuid primary key,
    digest bytea not null,
    status int,
    body bytea,
    time timestamptz not null default clock_timestamp()
);

create index idempotency_time on runledger.idempotency (time);
