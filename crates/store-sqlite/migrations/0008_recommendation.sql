-- recommendation

-- Of the version that counts: where its lead was registered, which says whose desk it is on, and what it was called.
alter table application add column region text;
alter table application add column lead text;

update application set
    region = (select json_extract(s.content, '$.applicant.region') from submission s
        where s.application_id = application.id and s.version = application.version),
    lead = (select json_extract(s.content, '$.applicant.name') from submission s
        where s.application_id = application.id and s.version = application.version)
where version > 0;

create index application_call_id_region_id on application (call_id, region, id) where version > 0;

-- What a desk has found out; both departments write on it.
create table assessment (
    application_id text not null primary key references application (id),
    version integer not null,
    answers text not null,
    preferences text not null,
    note text not null,
    reason text not null,
    remark text not null,
    revision integer not null,
    updated_at integer not null,
    updated_by text not null references account (id)
) strict;

create table opinion (
    application_id text not null references application (id),
    department text not null,
    version integer not null,
    stance text not null,
    note text not null,
    updated_at integer not null,
    updated_by text not null references account (id),
    primary key (application_id, department)
) strict;

create table returned (
    application_id text not null references application (id),
    version integer not null,
    department text not null,
    note text not null,
    returned_at integer not null,
    returned_by text not null references account (id),
    primary key (application_id, version)
) strict;

create table recommendation (
    call_id text not null references call (id),
    region text not null,
    revision integer not null,
    versions integer not null,
    confirmed_version integer,
    overrun_reason text not null,
    overrun_places integer,
    overrun_note text not null,
    updated_at integer not null,
    primary key (call_id, region)
) strict;

create table ranked (
    call_id text not null,
    region text not null,
    place integer not null,
    application_id text not null references application (id),
    primary key (call_id, region, place),
    unique (application_id, region)
) strict;

create table list_signature (
    call_id text not null,
    region text not null,
    department text not null,
    list_sha256 text not null,
    signed_at integer not null,
    signed_by text not null references account (id),
    primary key (call_id, region, department)
) strict;

create table confirmed_list (
    call_id text not null,
    region text not null,
    version integer not null,
    content text not null,
    content_sha256 text not null,
    confirmed_at integer not null,
    position integer not null,
    primary key (call_id, region, version)
) strict;

-- One project stands on the confirmed list of one region.
create table confirmed_project (
    call_id text not null,
    project text not null,
    application_id text not null unique references application (id),
    region text not null,
    primary key (call_id, project)
) strict;

create index confirmed_project_call_id_region on confirmed_project (call_id, region);
