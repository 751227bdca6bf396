/// The migrator's own statements. Tables are named without their schema: `search_path` is set to it.
enum MigrationSQL {
    static let lock = "select pg_advisory_lock(hashtextextended('runledger migration of ' || $1, 0))"

    /// DDL takes no parameters, so the name goes through a setting.
    static let nameSchema = "select set_config('migration.schema', $1, true)"

    static let createSchema = """
        do $$
        begin
            -- Not "if not exists" alone: that needs the right to create schemas even when it exists.
            if to_regnamespace(quote_ident(current_setting('migration.schema'))) is null then
                execute format('create schema %I', current_setting('migration.schema'));
            end if;
        end $$
        """

    static let setSearchPath = "select set_config('search_path', quote_ident($1), false)"

    static let createTables = """
        create table if not exists schema_step (
            number integer primary key,
            name text not null,
            checksum text not null,
            applied_at timestamptz not null default now()
        );
        create table if not exists schema_functions (
            only_row boolean primary key default true check (only_row),
            checksum text not null,
            applied_at timestamptz not null default now()
        )
        """

    static let appliedSteps = "select number, checksum from schema_step"

    static let recordStep = """
        insert into schema_step (number, name, checksum)
        values ($1::integer, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex'))
        """

    static let functionChecksum = "select checksum from schema_functions"

    static let recordFunctions = """
        insert into schema_functions (checksum) values (encode(sha256(convert_to($1, 'UTF8')), 'hex'))
        on conflict (only_row) do update set checksum = excluded.checksum, applied_at = now()
        """

    static let checksum = "select encode(sha256(convert_to($1, 'UTF8')), 'hex')"

    static let skipBodyChecks = "set local check_function_bodies = off"
}
