-- What a published list follows from: sheets, overrides and who stood for it, as they were then.
create table selection_record (
    sha256 text collate "C" not null primary key,
    call_id text collate "C" not null references call (id),
    stage text collate "C" not null,
    content text collate "C" not null
);

create index selection_record_call_id on selection_record (call_id, sha256);
