-- What a published list follows from: sheets, overrides and who stood for it, as they were then.
create table selection_record (
    sha256 text not null primary key,
    call_id text not null references call (id),
    stage text not null,
    content text not null
) strict;

create index selection_record_call_id on selection_record (call_id, sha256);
