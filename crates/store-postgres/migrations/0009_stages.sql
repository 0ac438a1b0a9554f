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

-- race

-- An application on the list that opened the race.
create table team (
    application_id text collate "C" not null primary key references application (id),
    call_id text collate "C" not null references call (id),
    task text collate "C" not null,
    class text collate "C" not null,
    list_version bigint not null,
    starts_at bigint not null,
    ends_at bigint,
    baseline_version bigint not null,
    revision bigint not null
);

create index team_call_id_task on team (call_id, task, application_id);

-- A frozen task statement; a change that is approved makes another one.
create table baseline (
    application_id text collate "C" not null references application (id),
    version bigint not null,
    content text collate "C" not null,
    content_sha256 text collate "C" not null,
    request_id text collate "C",
    frozen_at bigint not null,
    frozen_by text collate "C" not null references account (id),
    position bigint not null,
    primary key (application_id, version)
);

create table progress_report (
    application_id text collate "C" not null references application (id),
    due_at bigint not null,
    content text collate "C" not null,
    submitted_at bigint,
    revision bigint not null,
    updated_at bigint not null,
    updated_by text collate "C" not null references account (id),
    primary key (application_id, due_at)
);

create table change_request (
    id text collate "C" not null primary key,
    application_id text collate "C" not null references application (id),
    baseline_version bigint not null,
    content text collate "C" not null,
    reason text collate "C" not null,
    requested_at bigint not null,
    requested_by text collate "C" not null references account (id),
    decision text collate "C" not null,
    note text collate "C" not null,
    decided_at bigint,
    decided_by text collate "C" references account (id)
);

create index change_request_application_id on change_request (application_id, id);

-- evaluation

-- Method and laboratory by indicator; what is locked is changed by another version only.
create table evaluation_plan (
    application_id text collate "C" not null references application (id),
    version bigint not null,
    content text collate "C" not null,
    content_sha256 text collate "C" not null,
    locked_at bigint,
    position bigint,
    revision bigint not null,
    updated_at bigint not null,
    updated_by text collate "C" not null references account (id),
    primary key (application_id, version)
);

-- A second measurement stands beside the first.
create table measurement (
    application_id text collate "C" not null references application (id),
    item text collate "C" not null,
    number bigint not null,
    plan_version bigint not null,
    content text collate "C" not null,
    evidence_sha256 text collate "C" not null,
    evidence_name text collate "C" not null,
    entered_at bigint not null,
    entered_by text collate "C" not null references account (id),
    position bigint not null,
    primary key (application_id, item, number)
);

create table ruling (
    application_id text collate "C" not null references application (id),
    item text collate "C" not null,
    number bigint not null,
    verdict text collate "C" not null,
    reason text collate "C" not null,
    ruled_at bigint not null,
    ruled_by text collate "C" not null references account (id),
    position bigint not null,
    primary key (application_id, item, number)
);

-- publication

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

create table objection (
    id text collate "C" not null primary key,
    call_id text collate "C" not null references call (id),
    stage text collate "C" not null,
    version bigint not null,
    name text collate "C" not null,
    contact text collate "C" not null,
    sealed bigint not null,
    content text collate "C" not null,
    filed_at bigint not null,
    due_at bigint not null,
    outcome text collate "C" not null,
    answer text collate "C" not null,
    answered_at bigint,
    answered_by text collate "C" references account (id)
);

create index objection_call_id on objection (call_id, id);
