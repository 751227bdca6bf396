-- Views for questions across sessions: folds of the log, kept by the projector, that can be thrown away and rebuilt.

-- One row per view and version of its table. All views of a version stand at one position: every event up to it, and
-- none after it, is in their rows. A rebuild fills version N+1 while N serves.
create table runledger.projection (
    name text not null,
    version int not null,
    position bigint not null default 0,
    status text not null check (status in ('building', 'serving', 'retired')),
    primary key (name, version)
) with (fillfactor = 50);

-- When a session was last used without leaving an event (CONTRACT 7.4). Not a view: it cannot be rebuilt.
create table runledger.session_touch (
    session text primary key,
    touched_at timestamptz not null
);

-- The tables of one version. Their shape is schema, so it changes by a later step that replaces this function and is
-- followed by a rebuild.
create function runledger.create_projection_tables(p_version int) returns void language plpgsql as $$
begin
    execute format($sql$
        create table runledger.sessions_v%s (
            session text primary key,
            kind text not null,
            status text not null,
            tenant text not null,
            principal text not null,
            end_user text,
            entity_id text,
            created_at timestamptz not null,
            last_activity_at timestamptz not null,
            version bigint not null,
            position bigint not null,
            head_hash bytea not null,
            execution_count bigint not null,
            file_count bigint not null,
            file_bytes bigint not null,
            first_position bigint not null,
            state_hash bytea,
            state_bytes bigint
        )
        $sql$, p_version);
    execute format($sql$
        create table runledger.files_v%s (
            session text not null,
            file text not null,
            name text not null,
            size bigint not null,
            sha256 bytea not null,
            content_type text,
            read_only boolean not null,
            bucket text not null,
            origin text not null,
            created_at timestamptz not null,
            position bigint not null,
            execution text,
            modified_from text,
            modified_from_session text,
            resource_kind text,
            resource_id text,
            resource_version text,
            resource_entity_id text,
            is_current boolean not null,
            primary key (session, file)
        )
        $sql$, p_version);
    -- Most rows are updated two or three times soon after their insert, in columns without an index.
    execute format($sql$
        create table runledger.executions_v%s (
            execution text primary key,
            session text not null,
            tenant text,
            principal text,
            language text,
            end_user text,
            entity_id text,
            code_sha256 bytea,
            code_bytes bigint,
            timeout_ms bigint,
            status text,
            reason text,
            exit_code bigint,
            signal text,
            message text,
            attempt bigint not null,
            executor text,
            executor_kind text,
            sandbox_source text,
            toolchain text,
            created_at timestamptz not null,
            claimed_at timestamptz,
            started_at timestamptz,
            finished_at timestamptz,
            duration_ms bigint,
            compile_ms bigint,
            cpu_ms bigint,
            memory_peak_bytes bigint,
            stdout_sha256 bytea,
            stdout_bytes bigint,
            stdout_kept bigint,
            stderr_sha256 bytea,
            stderr_bytes bigint,
            stderr_kept bigint,
            requested_position bigint not null,
            last_position bigint not null,
            first_version bigint not null,
            last_version bigint not null,
            is_erased boolean not null
        ) with (fillfactor = 80)
        $sql$, p_version);
end
$$;

-- The indexes that only readers need: a rebuild makes them last. Texts a client chooses have no bounded length, and
-- an index row has: so such columns are indexed by a hash, and every query compares both.
create function runledger.index_projection_tables(p_version int) returns void language plpgsql as $$
begin
    execute format('create unique index on runledger.sessions_v%s (first_position)', p_version);
    execute format(
        'create index on runledger.sessions_v%s (hashtextextended(tenant, 0), first_position)', p_version);
    execute format(
        'create index on runledger.sessions_v%s (hashtextextended(principal, 0), first_position)', p_version);
    execute format($sql$
        create index on runledger.sessions_v%s (
                hashtextextended(principal, 0), hashtextextended(end_user, 0), first_position)
            where end_user is not null
        $sql$, p_version);
    -- The most recent session that ran with an entity id (CONTRACT 5.2, rule 4).
    execute format($sql$
        create index on runledger.sessions_v%s (
                hashtextextended(principal, 0), hashtextextended(entity_id, 0), position)
            where entity_id is not null and kind = 'private' and status = 'active'
        $sql$, p_version);
    execute format('create index on runledger.files_v%s (session) where is_current', p_version);
    execute format('create index on runledger.files_v%s (file) where session = bucket', p_version);
    execute format('create unique index on runledger.executions_v%s (requested_position)', p_version);
    execute format('create index on runledger.executions_v%s (session, requested_position)', p_version);
    execute format(
        'create index on runledger.executions_v%s (hashtextextended(tenant, 0), requested_position)', p_version);
    execute format(
        'create index on runledger.executions_v%s (hashtextextended(principal, 0), requested_position)', p_version);
    -- What was filled in one go has no statistics yet, and lists are planned by them.
    execute format(
        'analyze runledger.sessions_v%1$s, runledger.files_v%1$s, runledger.executions_v%1$s', p_version);
end
$$;

select runledger.create_projection_tables(1);
select runledger.index_projection_tables(1);
insert into runledger.projection (name, version, status)
    values ('sessions', 1, 'serving'), ('files', 1, 'serving'), ('executions', 1, 'serving');

-- What readers read. serve_projection points them at another version.
create view runledger.session_view as select * from runledger.sessions_v1;
create view runledger.file_view as select * from runledger.files_v1;
create view runledger.execution_view as select * from runledger.executions_v1;
-- The position at which these views stand. A view itself, so that it can never belong to other tables than they.
create view runledger.projected as
    select p.position from runledger.projection p where p.name = 'sessions' and p.version = 1;
