-- One unit, one organisation. A unified code (18 characters) embeds the organisation code that it took over as its characters
-- 9 to 17, so that a unit may come with either; what both have in common names it.

alter table organisation add column unit text generated always as (
    case length(code) when 18 then substr(code, 9, 9) else code end
) virtual;

create unique index organisation_unit on organisation (unit);
