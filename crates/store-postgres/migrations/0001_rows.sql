-- The rows of identity, call, application and ledger, as SQLite keeps them after its fifth migration.
--
-- Ids are text and grow with time; instants are microseconds since the epoch; JSON is text, so that its bytes stay as they were
-- hashed. Text is compared by code point, whatever the locale of the database.

-- identity

create table organisation (
    id text collate "C" not null primary key,
    code text collate "C" not null unique,
    name text collate "C" not null,
    kind text collate "C" not null,
    region text collate "C" not null,
    legal_representative text collate "C" not null,
    mainland boolean not null,
    legal_person boolean not null,
    address text collate "C" not null,
    created_at bigint not null,
    unit text collate "C" not null default ''
);

create unique index organisation_unit on organisation (unit);

create table account (
    id text collate "C" not null primary key,
    username text collate "C" not null unique,
    password_hash text collate "C" not null,
    name text collate "C" not null,
    role text collate "C" not null,
    organisation_id text collate "C" references organisation (id),
    region text collate "C",
    email text collate "C" not null,
    language text collate "C" not null,
    created_at bigint not null,
    disabled_at bigint
);

create index account_organisation_id_created_at on account (organisation_id, created_at, id);

create table session (
    token_sha256 text collate "C" not null primary key,
    account_id text collate "C" not null references account (id),
    created_at bigint not null,
    expires_at bigint not null
);

create index session_account_id on session (account_id);
create index session_expires_at on session (expires_at);

create table invitation (
    token_sha256 text collate "C" not null primary key,
    organisation_id text collate "C" not null references organisation (id),
    created_by text collate "C" not null references account (id),
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);

-- call

create table call (
    id text collate "C" not null primary key,
    numbers_given bigint not null
);

create table call_version (
    call_id text collate "C" not null references call (id),
    version text collate "C" not null,
    sources text collate "C" not null,
    published_at bigint not null,
    primary key (call_id, version)
);

create index call_version_call_id_published_at on call_version (call_id, published_at, version);

-- application

create table application (
    id text collate "C" not null primary key,
    call_id text collate "C" not null,
    call_version text collate "C" not null,
    organisation_id text collate "C" not null references organisation (id),
    state text collate "C" not null,
    title text collate "C" not null,
    task text collate "C" not null,
    number text collate "C",
    version bigint not null,
    submitted_at bigint,
    created_at bigint not null,
    created_by text collate "C" not null references account (id),
    updated_at bigint not null,
    revision bigint not null,
    unique (call_id, number),
    foreign key (call_id, call_version) references call_version (call_id, version)
);

create index application_organisation_id_id on application (organisation_id, id);
create index application_call_id_id on application (call_id, id);
create index application_call_id_organisation_id on application (call_id, organisation_id, id);
create index application_led on application (call_id, organisation_id, state, id) where version > 0;

create table section (
    application_id text collate "C" not null references application (id),
    section text collate "C" not null,
    revision bigint not null,
    content text collate "C" not null,
    updated_at bigint not null,
    updated_by text collate "C" not null references account (id),
    primary key (application_id, section)
);

create table file (
    id text collate "C" not null primary key,
    application_id text collate "C" not null references application (id),
    evidence text collate "C" not null,
    member bigint not null,
    name text collate "C" not null,
    media_type text collate "C" not null,
    size_bytes bigint not null,
    sha256 text collate "C" not null,
    pages bigint,
    created_at bigint not null,
    created_by text collate "C" not null references account (id)
);

create index file_application_id_created_at on file (application_id, created_at, id);

-- ledger

-- Positions run from 1 without a gap: they are given under the lock of the one who writes, not by a sequence, which does not take
-- back what a rollback gave.
create table event (
    position bigint not null primary key,
    kind text collate "C" not null,
    subject text collate "C" not null,
    account_id text collate "C" references account (id),
    data text collate "C" not null,
    at bigint not null,
    salt text collate "C" not null default replace(gen_random_uuid()::text, '-', '')
);

create index event_subject_position on event (subject, position);

create table submission (
    application_id text collate "C" not null references application (id),
    version bigint not null,
    receipt_number text collate "C" not null unique,
    content text collate "C" not null,
    content_sha256 text collate "C" not null,
    receipt text collate "C" not null,
    received_at bigint not null,
    submitted_by text collate "C" not null references account (id),
    position bigint not null,
    primary key (application_id, version)
);

create table outbox (
    id bigint generated always as identity primary key,
    kind text collate "C" not null,
    payload text collate "C" not null,
    created_at bigint not null,
    done_at bigint
);

create index outbox_open_id on outbox (id) where done_at is null;

create table idempotency (
    account_id text collate "C" not null references account (id),
    key text collate "C" not null,
    request_sha256 text collate "C" not null,
    answer text collate "C" not null,
    created_at bigint not null,
    primary key (account_id, key)
);

create table setting (
    key text collate "C" not null primary key,
    value text collate "C" not null
);

create table ledger_hash (
    number bigint not null primary key,
    hash text collate "C" not null
);

create table ledger_checkpoint (
    size bigint not null primary key,
    note text collate "C" not null,
    at bigint not null
);

-- Who writes holds this row until the commit: one batch at a time over all servers of the database.
create table writer (
    one bigint not null primary key check (one = 1)
);

insert into writer (one) values (1);
