-- recommendation

-- Of the version that counts: where its lead was registered, which says whose desk it is on, and what it was called.
alter table application add column region text collate "C";
alter table application add column lead text collate "C";

update application set
    region = (select s.content::json -> 'applicant' ->> 'region' from submission s
        where s.application_id = application.id and s.version = application.version),
    lead = (select s.content::json -> 'applicant' ->> 'name' from submission s
        where s.application_id = application.id and s.version = application.version)
where version > 0;

create index application_call_id_region_id on application (call_id, region, id) where version > 0;

-- What a desk has found out; both departments write on it.
create table assessment (
    application_id text collate "C" not null primary key references application (id),
    version bigint not null,
    answers text collate "C" not null,
    preferences text collate "C" not null,
    note text collate "C" not null,
    reason text collate "C" not null,
    remark text collate "C" not null,
    revision bigint not null,
    updated_at bigint not null,
    updated_by text collate "C" not null references account (id)
);

create table opinion (
    application_id text collate "C" not null references application (id),
    department text collate "C" not null,
    version bigint not null,
    stance text collate "C" not null,
    note text collate "C" not null,
    updated_at bigint not null,
    updated_by text collate "C" not null references account (id),
    primary key (application_id, department)
);

create table returned (
    application_id text collate "C" not null references application (id),
    version bigint not null,
    department text collate "C" not null,
    note text collate "C" not null,
    returned_at bigint not null,
    returned_by text collate "C" not null references account (id),
    primary key (application_id, version)
);

create table recommendation (
    call_id text collate "C" not null references call (id),
    region text collate "C" not null,
    revision bigint not null,
    versions bigint not null,
    confirmed_version bigint,
    overrun_reason text collate "C" not null,
    overrun_places bigint,
    overrun_note text collate "C" not null,
    updated_at bigint not null,
    primary key (call_id, region)
);

create table ranked (
    call_id text collate "C" not null,
    region text collate "C" not null,
    place bigint not null,
    application_id text collate "C" not null references application (id),
    primary key (call_id, region, place),
    unique (application_id, region)
);

create table list_signature (
    call_id text collate "C" not null,
    region text collate "C" not null,
    department text collate "C" not null,
    list_sha256 text collate "C" not null,
    signed_at bigint not null,
    signed_by text collate "C" not null references account (id),
    primary key (call_id, region, department)
);

create table confirmed_list (
    call_id text collate "C" not null,
    region text collate "C" not null,
    version bigint not null,
    content text collate "C" not null,
    content_sha256 text collate "C" not null,
    confirmed_at bigint not null,
    position bigint not null,
    primary key (call_id, region, version)
);

-- One project stands on the confirmed list of one region.
create table confirmed_project (
    call_id text collate "C" not null,
    project text collate "C" not null,
    application_id text collate "C" not null unique references application (id),
    region text collate "C" not null,
    primary key (call_id, project)
);

create index confirmed_project_call_id_region on confirmed_project (call_id, region);
