-- Events become entries of the ledger. Each has a salt of its own, so that its facts cannot be found by trying from the digest
-- that the ledger shows; and the event of a submission holds what its receipt states.
create table event_salted (
    position integer not null primary key,
    kind text not null,
    subject text not null,
    account_id text references account (id),
    data text not null,
    at integer not null,
    salt text not null default (lower(hex(randomblob(16))))
) strict;

insert into event_salted (position, kind, subject, account_id, data, at)
select position, kind, subject, account_id, data, at from event order by position;
drop table event;
alter table event_salted rename to event;
create index event_subject_position on event (subject, position);

create table submission_placed (
    application_id text not null references application (id),
    version integer not null,
    receipt_number text not null unique,
    content text not null,
    content_sha256 text not null,
    receipt text not null,
    received_at integer not null,
    submitted_by text not null references account (id),
    position integer not null,
    primary key (application_id, version)
) strict;

insert into submission_placed
select s.application_id, s.version, s.receipt_number, s.content, s.content_sha256, s.receipt, s.received_at, s.submitted_by, e.position
from submission s join event e on e.subject = s.application_id and e.kind = 'application_submitted'
and json_extract(e.data, '$.version') = s.version;
drop table submission;
alter table submission_placed rename to submission;
update event set data = (select s.receipt from submission s where s.position = event.position)
where kind = 'application_submitted';

-- Hashes of complete subtrees under their running number.
create table ledger_hash (
    number integer not null primary key,
    hash text not null
) strict;

-- Signed heads.
create table ledger_checkpoint (
    size integer not null primary key,
    note text not null,
    at integer not null
) strict;
