-- The rows of identity, call, application and ledger.
--
-- Meanings that every database keeps: ids are text and grow with time; instants are microseconds since the epoch
-- (bigint elsewhere); JSON is text, so that its bytes stay as they were hashed; yes and no are 1 and 0 (boolean elsewhere).
-- Text is compared by code point. An index is named after its table and its columns.

-- identity

create table organisation (
    id text not null primary key,
    code text not null unique,
    name text not null,
    kind text not null,
    region text not null,
    legal_representative text not null,
    mainland integer not null check (mainland in (0, 1)),
    legal_person integer not null check (legal_person in (0, 1)),
    address text not null,
    created_at integer not null
) strict;

create table account (
    id text not null primary key,
    username text not null unique,
    password_hash text not null,
    name text not null,
    role text not null,
    organisation_id text references organisation (id),
    region text,
    email text not null,
    language text not null,
    created_at integer not null,
    disabled_at integer
) strict;

create index account_organisation_id_created_at on account (organisation_id, created_at, id);

create table session (
    token_sha256 text not null primary key,
    account_id text not null references account (id),
    created_at integer not null,
    expires_at integer not null
) strict;

create index session_account_id on session (account_id);
create index session_expires_at on session (expires_at);

create table invitation (
    token_sha256 text not null primary key,
    organisation_id text not null references organisation (id),
    created_by text not null references account (id),
    created_at integer not null,
    expires_at integer not null,
    used_at integer
) strict;

-- call

create table call (
    id text not null primary key,
    numbers_given integer not null
) strict;

create table call_version (
    call_id text not null references call (id),
    version text not null,
    sources text not null,
    published_at integer not null,
    primary key (call_id, version)
) strict;

create index call_version_call_id_published_at on call_version (call_id, published_at, version);

-- application

create table application (
    id text not null primary key,
    call_id text not null,
    call_version text not null,
    organisation_id text not null references organisation (id),
    state text not null,
    title text not null,
    task text not null,
    number text,
    version integer not null,
    submitted_at integer,
    created_at integer not null,
    created_by text not null references account (id),
    updated_at integer not null,
    revision integer not null,
    unique (call_id, number),
    foreign key (call_id, call_version) references call_version (call_id, version)
) strict;

-- Lists run from the newest id; each filter of a list walks one of these and stops when the page is full.
create index application_organisation_id_id on application (organisation_id, id);
create index application_call_id_id on application (call_id, id);
create index application_call_id_state_id on application (call_id, state, id);
create index application_state_id on application (state, id);
-- The limit on applications of one lead is checked in each submission.
create index application_call_id_organisation_id on application (call_id, organisation_id, version, state, id);

create table section (
    application_id text not null references application (id),
    section text not null,
    revision integer not null,
    content text not null,
    updated_at integer not null,
    updated_by text not null references account (id),
    primary key (application_id, section)
) strict;

create table file (
    id text not null primary key,
    application_id text not null references application (id),
    evidence text not null,
    member integer not null,
    name text not null,
    media_type text not null,
    size_bytes integer not null,
    sha256 text not null,
    pages integer,
    created_at integer not null,
    created_by text not null references account (id)
) strict;

create index file_application_id_created_at on file (application_id, created_at, id);

create table submission (
    application_id text not null references application (id),
    version integer not null,
    receipt_number text not null unique,
    content text not null,
    content_sha256 text not null,
    receipt text not null,
    received_at integer not null,
    submitted_by text not null references account (id),
    primary key (application_id, version)
) strict;

-- ledger

-- Positions run from 1 without a gap: one writer gives them, and what is rolled back gives its position back.
create table event (
    position integer not null primary key,
    kind text not null,
    subject text not null,
    account_id text references account (id),
    data text not null,
    at integer not null
) strict;

create index event_subject_position on event (subject, position);

create table outbox (
    id integer not null primary key,
    kind text not null,
    payload text not null,
    created_at integer not null,
    done_at integer
) strict;

create index outbox_open_id on outbox (id) where done_at is null;

create table idempotency (
    account_id text not null references account (id),
    key text not null,
    request_sha256 text not null,
    answer text not null,
    created_at integer not null,
    primary key (account_id, key)
) strict;

create table setting (
    key text not null primary key,
    value text not null
) strict;
