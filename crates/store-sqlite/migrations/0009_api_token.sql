-- Tokens of programs. Only the digest of a token is kept; scopes are its ids with a blank between.
create table api_token (
    token_sha256 text not null primary key,
    account_id text not null references account (id),
    scopes text not null,
    created_at integer not null,
    expires_at integer not null
) strict;

create index api_token_account_id_created_at on api_token (account_id, created_at);
create index api_token_expires_at on api_token (expires_at);
