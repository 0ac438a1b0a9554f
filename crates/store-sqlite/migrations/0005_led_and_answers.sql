-- The limit on applications of one lead counts those that were submitted; drafts, which are many more, stay out of its index.
create index application_led on application (call_id, organisation_id, state, id) where version > 0;

-- An answer is found by its key and in no other way; kept under it, it is one entry to write instead of two.
create table idempotency_by_key (
    account_id text not null references account (id),
    key text not null,
    request_sha256 text not null,
    answer text not null,
    created_at integer not null,
    primary key (account_id, key)
) strict, without rowid;

insert into idempotency_by_key select account_id, key, request_sha256, answer, created_at from idempotency;
drop table idempotency;
alter table idempotency_by_key rename to idempotency;
