-- Makes streamed contents the blobs of their sessions. A content that lost to an equal blob is swept later.
create or replace function runledger.adopt_contents(
    c_session text[], c_sha256 bytea[], c_size bigint[], c_parts int[], c_content uuid[])
returns void language sql as $$
    insert into runledger.blob (session, sha256, size, parts, content)
        select * from unnest(c_session, c_sha256, c_size, c_parts, c_content)
        on conflict do nothing
$$;
