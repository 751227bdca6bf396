-- Writes execution rows of a version. Times are milliseconds since the epoch.
create or replace function runledger.apply_executions(
    p_version int, x_execution text[], x_session text[], x_tenant text[], x_principal text[], x_language text[],
    x_end_user text[], x_entity_id text[], x_code_sha256 bytea[], x_code_bytes bigint[], x_timeout_ms bigint[],
    x_status text[], x_reason text[], x_exit_code bigint[], x_signal text[], x_message text[], x_attempt bigint[],
    x_executor text[], x_executor_kind text[], x_sandbox_source text[], x_toolchain text[], x_created_at bigint[],
    x_claimed_at bigint[], x_started_at bigint[], x_finished_at bigint[], x_duration_ms bigint[],
    x_compile_ms bigint[], x_cpu_ms bigint[], x_memory_peak_bytes bigint[], x_stdout_sha256 bytea[],
    x_stdout_bytes bigint[], x_stdout_kept bigint[], x_stderr_sha256 bytea[], x_stderr_bytes bigint[],
    x_stderr_kept bigint[], x_requested_position bigint[], x_last_position bigint[], x_first_version bigint[],
    x_last_version bigint[], x_is_erased boolean[])
returns void language plpgsql as $$
begin
    execute format($sql$
        insert into runledger.executions_v%s as t (
                execution, session, tenant, principal, language, end_user, entity_id, code_sha256, code_bytes,
                timeout_ms, status, reason, exit_code, signal, message, attempt, executor, executor_kind,
                sandbox_source, toolchain, created_at, claimed_at, started_at, finished_at, duration_ms, compile_ms,
                cpu_ms, memory_peak_bytes, stdout_sha256, stdout_bytes, stdout_kept, stderr_sha256, stderr_bytes,
                stderr_kept, requested_position, last_position, first_version, last_version, is_erased)
            select execution, session, tenant, principal, language, end_user, entity_id, code_sha256, code_bytes,
                    timeout_ms, status, reason, exit_code, signal, message, attempt, executor, executor_kind,
                    sandbox_source, toolchain, runledger.instant(created_at), runledger.instant(claimed_at),
                    runledger.instant(started_at), runledger.instant(finished_at), duration_ms, compile_ms,
                    cpu_ms, memory_peak_bytes, stdout_sha256, stdout_bytes, stdout_kept, stderr_sha256, stderr_bytes,
                    stderr_kept, requested_position, last_position, first_version, last_version, is_erased
                from unnest(
                        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                        $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38,
                        $39) as x (
                    execution, session, tenant, principal, language, end_user, entity_id, code_sha256, code_bytes,
                    timeout_ms, status, reason, exit_code, signal, message, attempt, executor, executor_kind,
                    sandbox_source, toolchain, created_at, claimed_at, started_at, finished_at, duration_ms,
                    compile_ms, cpu_ms, memory_peak_bytes, stdout_sha256, stdout_bytes, stdout_kept, stderr_sha256,
                    stderr_bytes, stderr_kept, requested_position, last_position, first_version, last_version,
                    is_erased)
            on conflict (execution) do update set (
                    tenant, principal, language, end_user, entity_id, code_sha256, code_bytes, timeout_ms, status,
                    reason, exit_code, signal, message, attempt, executor, executor_kind, sandbox_source, toolchain,
                    claimed_at, started_at, finished_at, duration_ms, compile_ms, cpu_ms, memory_peak_bytes,
                    stdout_sha256, stdout_bytes, stdout_kept, stderr_sha256, stderr_bytes, stderr_kept,
                    last_position, last_version, is_erased)
                = (excluded.tenant, excluded.principal, excluded.language, excluded.end_user, excluded.entity_id,
                    excluded.code_sha256, excluded.code_bytes, excluded.timeout_ms, excluded.status, excluded.reason,
                    excluded.exit_code, excluded.signal, excluded.message, excluded.attempt, excluded.executor,
                    excluded.executor_kind, excluded.sandbox_source, excluded.toolchain, excluded.claimed_at,
                    excluded.started_at, excluded.finished_at, excluded.duration_ms, excluded.compile_ms,
                    excluded.cpu_ms, excluded.memory_peak_bytes, excluded.stdout_sha256, excluded.stdout_bytes,
                    excluded.stdout_kept, excluded.stderr_sha256, excluded.stderr_bytes, excluded.stderr_kept,
                    excluded.last_position, excluded.last_version, excluded.is_erased)
        $sql$, p_version)
        using x_execution, x_session, x_tenant, x_principal, x_language, x_end_user, x_entity_id, x_code_sha256,
            x_code_bytes, x_timeout_ms, x_status, x_reason, x_exit_code, x_signal, x_message, x_attempt, x_executor,
            x_executor_kind, x_sandbox_source, x_toolchain, x_created_at, x_claimed_at, x_started_at, x_finished_at,
            x_duration_ms, x_compile_ms, x_cpu_ms, x_memory_peak_bytes, x_stdout_sha256, x_stdout_bytes,
            x_stdout_kept, x_stderr_sha256, x_stderr_bytes, x_stderr_kept, x_requested_position, x_last_position,
            x_first_version, x_last_version, x_is_erased;
end
$$;
