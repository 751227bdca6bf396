-- How long things stay: what a runtime hint means, whose turn periodic work is, and the age of streamed parts.

-- Which session a runtime hint means (CONTRACT 5.2, rule 2). Not a view: append() decides by it, so that of two first
-- uses one wins. The key is the digest of owner, end user and hint, which themselves stand in session.created only.
create table runledger.runtime_session (
    key bytea primary key,
    session text not null
);
create index runtime_session_session on runledger.runtime_session (session);

-- When periodic work was last begun, by whichever process.
create table runledger.upkeep (
    task text primary key,
    started_at timestamptz not null
);

-- These have other columns now.
drop function if exists runledger.load_sessions(text[], text[], boolean);
drop function if exists runledger.recent_sessions(text, text, text, text, text);
drop function if exists runledger.list_sessions(text, text, text, text, text, bigint, bigint, bigint, bigint);
