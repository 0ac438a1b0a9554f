-- Before a file is removed for good, it is asked whether another application has the same.
create index file_sha256 on file (sha256, application_id);
