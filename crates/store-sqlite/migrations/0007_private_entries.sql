-- An entry of the ledger shows a place and a digest and nothing else. A tree of entries of another form goes; it is built anew
-- from the events.
delete from ledger_hash;
delete from ledger_checkpoint;

-- What stands in the ledger for an event whose facts and salt were erased.
alter table event add column digest text;
