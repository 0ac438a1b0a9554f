-- selection

-- What the operator has published for what a notice leaves open. The latest version counts.
create table plan (
    call_id text not null references call (id),
    version integer not null,
    content text not null,
    content_sha256 text not null,
    published_at integer not null,
    published_by text not null references account (id),
    position integer not null,
    primary key (call_id, version)
) strict;

create table expert (
    id text not null primary key,
    code text not null unique,
    name text not null,
    fields text not null,
    employers text not null,
    account_id text unique references account (id),
    active integer not null,
    revision integer not null,
    updated_at integer not null,
    updated_by text not null references account (id)
) strict;

create table declared_conflict (
    application_id text not null references application (id),
    expert_id text not null references expert (id),
    note text not null,
    declared_at integer not null,
    declared_by text not null references account (id),
    primary key (application_id, expert_id)
) strict;

create table form_check (
    application_id text not null primary key references application (id),
    version integer not null,
    answers text not null,
    outcome text not null,
    revision integer not null,
    updated_at integer not null,
    updated_by text not null references account (id)
) strict;

create table assignment (
    application_id text not null references application (id),
    expert_id text not null references expert (id),
    call_id text not null references call (id),
    assigned_at integer not null,
    assigned_by text not null references account (id),
    withdrawn_at integer,
    reason text not null,
    primary key (application_id, expert_id)
) strict;

create index assignment_expert_id on assignment (expert_id, call_id, application_id);

-- A submitted sheet is changed by a new version only.
create table score_sheet (
    application_id text not null references application (id),
    expert_id text not null references expert (id),
    version integer not null,
    call_id text not null references call (id),
    plan_version integer not null,
    content text not null,
    reason text not null,
    submitted_at integer,
    revision integer not null,
    updated_at integer not null,
    position integer,
    primary key (application_id, expert_id, version)
) strict;

create index score_sheet_submitted on score_sheet (call_id, application_id, expert_id, version) where submitted_at is not null;

-- A cap that holds in principle, lifted for a group and a class, never for an application.
create table cap_override (
    call_id text not null references call (id),
    stage text not null,
    group_key text not null,
    class text not null,
    cap integer not null,
    reason text not null,
    approved_at integer not null,
    approved_by text not null references account (id),
    primary key (call_id, stage, group_key, class)
) strict;

-- race

-- An application on the list that opened the race.
create table team (
    application_id text not null primary key references application (id),
    call_id text not null references call (id),
    task text not null,
    class text not null,
    list_version integer not null,
    starts_at integer not null,
    ends_at integer,
    baseline_version integer not null,
    revision integer not null
) strict;

create index team_call_id_task on team (call_id, task, application_id);

-- A frozen task statement; a change that is approved makes another one.
create table baseline (
    application_id text not null references application (id),
    version integer not null,
    content text not null,
    content_sha256 text not null,
    request_id text,
    frozen_at integer not null,
    frozen_by text not null references account (id),
    position integer not null,
    primary key (application_id, version)
) strict;

create table progress_report (
    application_id text not null references application (id),
    due_at integer not null,
    content text not null,
    submitted_at integer,
    revision integer not null,
    updated_at integer not null,
    updated_by text not null references account (id),
    primary key (application_id, due_at)
) strict;

create table change_request (
    id text not null primary key,
    application_id text not null references application (id),
    baseline_version integer not null,
    content text not null,
    reason text not null,
    requested_at integer not null,
    requested_by text not null references account (id),
    decision text not null,
    note text not null,
    decided_at integer,
    decided_by text references account (id)
) strict;

create index change_request_application_id on change_request (application_id, id);

-- evaluation

-- Method and laboratory by indicator; what is locked is changed by another version only.
create table evaluation_plan (
    application_id text not null references application (id),
    version integer not null,
    content text not null,
    content_sha256 text not null,
    locked_at integer,
    position integer,
    revision integer not null,
    updated_at integer not null,
    updated_by text not null references account (id),
    primary key (application_id, version)
) strict;

-- A second measurement stands beside the first.
create table measurement (
    application_id text not null references application (id),
    item text not null,
    number integer not null,
    plan_version integer not null,
    content text not null,
    evidence_sha256 text not null,
    evidence_name text not null,
    entered_at integer not null,
    entered_by text not null references account (id),
    position integer not null,
    primary key (application_id, item, number)
) strict;

create table ruling (
    application_id text not null references application (id),
    item text not null,
    number integer not null,
    verdict text not null,
    reason text not null,
    ruled_at integer not null,
    ruled_by text not null references account (id),
    position integer not null,
    primary key (application_id, item, number)
) strict;

-- publication

create table published_list (
    call_id text not null references call (id),
    stage text not null,
    version integer not null,
    reason_code text not null,
    reason text not null,
    content text not null,
    content_sha256 text not null,
    published_at integer not null,
    published_by text not null references account (id),
    position integer not null,
    primary key (call_id, stage, version)
) strict;

create table objection (
    id text not null primary key,
    call_id text not null references call (id),
    stage text not null,
    version integer not null,
    name text not null,
    contact text not null,
    sealed integer not null,
    content text not null,
    filed_at integer not null,
    due_at integer not null,
    outcome text not null,
    answer text not null,
    answered_at integer,
    answered_by text references account (id)
) strict;

create index objection_call_id on objection (call_id, id);
