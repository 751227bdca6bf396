-- The sessions that own a version of a file, not those that have an alias of it: from the view, and from the events
-- after it. Bodies are canonical JSON, so a member of an object has one spelling, which no string can contain.
create or replace function runledger.owning_sessions(p_file text) returns table (session text)
language plpgsql stable as $$
#variable_conflict use_column
begin
    return query
        with tail as materialized (
            select e.session, e.type, e.data from runledger.event e
                where e.position > (select p.position from runledger.projected p) and e.type like 'file.%'
                    and strpos(e.data, '"file_id":"' || p_file || '"') > 0)
        select owner.session from (
                select f.session from runledger.file_view f where f.file = p_file and f.session = f.bucket
                union
                select t.session from tail t where t.type in ('file.uploaded', 'file.written')) owner
            where not exists (
                select from tail t
                    where t.session = owner.session and t.type = 'file.deleted'
                        and strpos(t.data, '"scope":"version"') > 0);
end
$$;
