-- What a desk knows of an application, beside what the departments wrote: the version that was last looked at, the last one that a
-- department objects to, the last one that was returned; 0 for none. A queue is counted and narrowed in one index.
alter table application add column assessed integer not null default 0;
alter table application add column objected integer not null default 0;
alter table application add column returned integer not null default 0;

update application set
    assessed = coalesce((select a.version from assessment a where a.application_id = application.id), 0),
    objected = coalesce((select max(o.version) from opinion o
        where o.application_id = application.id and o.stance = 'objects'), 0),
    returned = coalesce((select max(r.version) from returned r where r.application_id = application.id), 0)
where version > 0;

drop index application_call_id_region_id;
create index application_desk on application (call_id, region, id, state, version, assessed, objected, returned)
    where version > 0;
