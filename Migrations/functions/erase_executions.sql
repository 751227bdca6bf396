-- Takes what came from the bodies of events out of the executions of erased sessions; what the envelopes tell stays.
-- The same as folding their events once the bodies are gone.
create or replace function runledger.erase_executions(p_version int, p_sessions text[])
returns void language plpgsql as $$
begin
    execute format($sql$
        update runledger.executions_v%s t
            set tenant = null, principal = null, language = null, end_user = null, entity_id = null,
                code_sha256 = null, code_bytes = null, timeout_ms = null,
                status = case when t.finished_at is null then t.status end,
                reason = null, exit_code = null, signal = null, message = null, attempt = 0,
                executor = null, executor_kind = null, sandbox_source = null, toolchain = null,
                started_at = null, duration_ms = null, compile_ms = null, cpu_ms = null, memory_peak_bytes = null,
                stdout_sha256 = null, stdout_bytes = null, stdout_kept = null,
                stderr_sha256 = null, stderr_bytes = null, stderr_kept = null, is_erased = true
            where t.session = any ($1)
        $sql$, p_version) using p_sessions;
end
$$;
