-- Stores small blobs inline. A blob that exists is the same bytes already.
create or replace function runledger.put_blobs(b_session text[], b_sha256 bytea[], b_bytes bytea[])
returns void language sql as $$
    insert into runledger.blob (session, sha256, size, parts, bytes)
        select b.session, b.sha256, length(b.bytes), 1, b.bytes
            from unnest(b_session, b_sha256, b_bytes) as b (session, sha256, bytes)
        on conflict do nothing
$$;
