-- An expert may score an application again at a later stage, and a declared conflict says who declared it. Nothing wrote to these
-- tables before, so they are made anew.
drop table score_sheet;
drop table assignment;
drop table declared_conflict;

create table declared_conflict (
    application_id text collate "C" not null references application (id),
    expert_id text collate "C" not null references expert (id),
    declarer text collate "C" not null,
    note text collate "C" not null,
    declared_at bigint not null,
    declared_by text collate "C" not null references account (id),
    primary key (application_id, expert_id)
);

create table assignment (
    application_id text collate "C" not null references application (id),
    expert_id text collate "C" not null references expert (id),
    stage text collate "C" not null,
    call_id text collate "C" not null references call (id),
    assigned_at bigint not null,
    assigned_by text collate "C" not null references account (id),
    withdrawn_at bigint,
    reason text collate "C" not null,
    primary key (application_id, stage, expert_id)
);

create index assignment_expert_id on assignment (expert_id, call_id, stage, application_id);

-- A submitted sheet is changed by a new version only.
create table score_sheet (
    application_id text collate "C" not null references application (id),
    expert_id text collate "C" not null references expert (id),
    stage text collate "C" not null,
    version bigint not null,
    call_id text collate "C" not null references call (id),
    plan_version bigint not null,
    content text collate "C" not null,
    reason text collate "C" not null,
    submitted_at bigint,
    revision bigint not null,
    updated_at bigint not null,
    position bigint,
    primary key (application_id, stage, expert_id, version)
);

create index score_sheet_submitted on score_sheet (call_id, stage, application_id, expert_id, version) where submitted_at is not null;
