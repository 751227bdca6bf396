-- Removes the blobs that this very transaction stored for appends that were then refused: a zombie's output must not
-- stay, nor the files of an upload that had been taken before, as another session. Blobs that were there before belong
-- to an append that was taken.
create or replace function runledger.discard_refused(b_command uuid[], b_session text[], b_sha256 bytea[])
returns void language sql as $$
    delete from runledger.blob b
        using unnest(b_command, b_session, b_sha256) as r (command, session, sha256)
        where b.session = r.session and b.sha256 = r.sha256
            and b.xmin = pg_current_xact_id()::xid
            and not exists (
                select from runledger.command c where c.command = r.command and c.session = r.session)
$$;
