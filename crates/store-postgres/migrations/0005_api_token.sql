-- Tokens of programs. Only the digest of a token is kept; scopes are its ids with a blank between.
create table api_token (
    token_sha256 text collate "C" not null primary key,
    account_id text collate "C" not null references account (id),
    scopes text collate "C" not null,
    created_at bigint not null,
    expires_at bigint not null
);

create index api_token_account_id_created_at on api_token (account_id, created_at);
create index api_token_expires_at on api_token (expires_at);
