-- An expert may score an application again at a later stage, and a declared conflict says who declared it. Nothing wrote to these
-- tables before, so they are made anew.
drop table score_sheet;
drop table assignment;
drop table declared_conflict;

create table declared_conflict (
    application_id text not null references application (id),
    expert_id text not null references expert (id),
    declarer text not null,
    note text not null,
    declared_at integer not null,
    declared_by text not null references account (id),
    primary key (application_id, expert_id)
) strict;

create table assignment (
    application_id text not null references application (id),
    expert_id text not null references expert (id),
    stage text not null,
    call_id text not null references call (id),
    assigned_at integer not null,
    assigned_by text not null references account (id),
    withdrawn_at integer,
    reason text not null,
    primary key (application_id, stage, expert_id)
) strict;

create index assignment_expert_id on assignment (expert_id, call_id, stage, application_id);

-- A submitted sheet is changed by a new version only.
create table score_sheet (
    application_id text not null references application (id),
    expert_id text not null references expert (id),
    stage text not null,
    version integer not null,
    call_id text not null references call (id),
    plan_version integer not null,
    content text not null,
    reason text not null,
    submitted_at integer,
    revision integer not null,
    updated_at integer not null,
    position integer,
    primary key (application_id, stage, expert_id, version)
) strict;

create index score_sheet_submitted on score_sheet (call_id, stage, application_id, expert_id, version) where submitted_at is not null;
