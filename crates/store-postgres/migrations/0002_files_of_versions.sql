-- A file that a submitted version names stays when it is taken off the draft. It belongs to the versions after the one that stood
-- when it was attached, up to the one that stood when it was taken off.
alter table file add column added_version bigint not null default 0;
alter table file add column removed_version bigint;

update file set added_version = (
    select count(*) from submission where submission.application_id = file.application_id
    and submission.received_at < file.created_at
);
