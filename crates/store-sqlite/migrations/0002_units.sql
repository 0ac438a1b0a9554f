-- One unit, one organisation. A unified code (18 characters) embeds the organisation code that it took over as its characters
-- 9 to 17, so that a unit may come with either; what both have in common names it.
alter table organisation add column unit text not null default '';

update organisation set unit = case length(code) when 18 then substr(code, 9, 9) else code end;
-- Where a unit had registered under both forms before this was noticed, the later one keeps its whole code: its applications stay
-- where they are, and nobody can register the unit a third time.
update organisation set unit = code || ' ' || id where exists (
    select 1 from organisation earlier
    where earlier.unit = organisation.unit
    and (earlier.created_at < organisation.created_at
        or earlier.created_at = organisation.created_at and earlier.id < organisation.id)
);

create unique index organisation_unit on organisation (unit);
