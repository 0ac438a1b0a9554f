-- No list asks for a state, and every submission had to change these.
drop index application_call_id_state_id;
drop index application_state_id;
-- The limit on applications of one lead leads to few rows; state and version are read from them.
drop index application_call_id_organisation_id;
create index application_call_id_organisation_id on application (call_id, organisation_id, id);
