-- selection

-- What the operator has published for what a notice leaves open. The latest version counts.
create table plan (
    call_id text collate "C" not null references call (id),
    version bigint not null,
    content text collate "C" not null,
    content_sha256 text collate "C" not null,
    published_at bigint not null,
    published_by text collate "C" not null references account (id),
    position bigint not null,
    primary key (call_id, version)
);

create table expert (
    id text collate "C" not null primary key,
    code text collate "C" not null unique,
    name text collate "C" not null,
    fields text collate "C" not null,
    employers text collate "C" not null,
    account_id text collate "C" unique references account (id),
    active bigint not null,
    revision bigint not null,
    updated_at bigint not null,
    updated_by text collate "C" not null references account (id)
);

create table declared_conflict (
    application_id text collate "C" not null references application (id),
    expert_id text collate "C" not null references expert (id),
    note text collate "C" not null,
    declared_at bigint not null,
    declared_by text collate "C" not null references account (id),
    primary key (application_id, expert_id)
);

create table form_check (
    application_id text collate "C" not null primary key references application (id),
    version bigint not null,
    answers text collate "C" not null,
    outcome text collate "C" not null,
    revision bigint not null,
    updated_at bigint not null,
    updated_by text collate "C" not null references account (id)
);

create table assignment (
    application_id text collate "C" not null references application (id),
    expert_id text collate "C" not null references expert (id),
    call_id text collate "C" not null references call (id),
    assigned_at bigint not null,
    assigned_by text collate "C" not null references account (id),
    withdrawn_at bigint,
    reason text collate "C" not null,
    primary key (application_id, expert_id)
);

create index assignment_expert_id on assignment (expert_id, call_id, application_id);

-- A submitted sheet is changed by a new version only.
create table score_sheet (
    application_id text collate "C" not null references application (id),
    expert_id text collate "C" not null references expert (id),
    version bigint not null,
    call_id text collate "C" not null references call (id),
    plan_version bigint not null,
    content text collate "C" not null,
    reason text collate "C" not null,
    submitted_at bigint,
    revision bigint not null,
    updated_at bigint not null,
    position bigint,
    primary key (application_id, expert_id, version)
);

create index score_sheet_submitted on score_sheet (call_id, application_id, expert_id, version) where submitted_at is not null;

-- A cap that holds in principle, lifted for a group and a class, never for an application.
create table cap_override (
    call_id text collate "C" not null references call (id),
    stage text collate "C" not null,
    group_key text collate "C" not null,
    class text collate "C" not null,
    cap bigint not null,
    reason text collate "C" not null,
    approved_at bigint not null,
    approved_by text collate "C" not null references account (id),
    primary key (call_id, stage, group_key, class)
);

create table published_list (
    call_id text collate "C" not null references call (id),
    stage text collate "C" not null,
    version bigint not null,
    reason_code text collate "C" not null,
    reason text collate "C" not null,
    content text collate "C" not null,
    content_sha256 text collate "C" not null,
    published_at bigint not null,
    published_by text collate "C" not null references account (id),
    position bigint not null,
    primary key (call_id, stage, version)
);
