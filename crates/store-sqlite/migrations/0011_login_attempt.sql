-- Attempts to log in, where several servers count them together. The key tells nobody who tried from where; at full_at all attempts
-- are there again, and the row says nothing more.
create table login_attempt (
    key text not null primary key,
    full_at integer not null
) strict;

create index login_attempt_full_at on login_attempt (full_at);
