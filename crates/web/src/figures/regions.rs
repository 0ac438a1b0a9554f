//! Figures by region as a grid of tiles in official order: provinces, the five cities, the Corps (地区). It is no map and stands for none.

use askama::Template;
use jiebang_domain::shared::{Language, Region, RegionKind, grouped};

use super::{drawn, percent, share};
use crate::words::pick;

/// Counts by region.
#[derive(Clone, Debug)]
pub struct Regions {
    /// What it shows.
    pub title: String,
    /// Counts; a region that is left out has none. One that stands twice counts for both.
    pub counts: Vec<(Region, u32)>,
    /// Kinds of region that take part; all when empty.
    pub kinds: Vec<RegionKind>,
}

#[derive(Template)]
#[template(path = "figures/regions.html")]
struct View {
    title: String,
    summary: String,
    groups: Vec<Group>,
    empty: String,
}

struct Group {
    name: String,
    tiles: Vec<Tile>,
}

struct Tile {
    name: String,
    told: String,
    count: String,
    width: String,
    none: bool,
}

/// Draws it.
pub fn regions(figure: &Regions, language: Language) -> String {
    let kinds = [RegionKind::Province, RegionKind::SeparatelyPlannedCity, RegionKind::Corps];
    let shown = |kind: &RegionKind| figure.kinds.is_empty() || figure.kinds.contains(kind);
    let count = |region: Region| {
        let of = figure.counts.iter().filter(|(counted, _)| *counted == region);
        of.fold(0_u32, |sum, (_, count)| sum.saturating_add(*count))
    };
    let all: Vec<(Region, u32)> =
        Region::all().filter(|region| shown(&region.kind())).map(|region| (region, count(region))).collect();
    let most = all.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let total: u64 = all.iter().map(|(_, count)| u64::from(*count)).sum();
    let with = all.iter().filter(|(_, count)| *count > 0).count();
    let tile = |(region, count): &(Region, u32)| Tile {
        name: short(*region, language),
        told: {
            let (official, sign) = (region.name(), pick(language, "：", ": "));
            format!("{}{sign}{count}", official.get(language))
        },
        count: grouped(&count.to_string()),
        width: percent(share(*count, most)),
        none: *count == 0,
    };
    let groups = kinds.iter().filter(|kind| shown(kind)).map(|kind| Group {
        name: match language {
            Language::Zh => kind.name().zh,
            Language::En => crate::words::capital(&kind.name().en),
        },
        tiles: all.iter().filter(|(region, _)| region.kind() == *kind).map(tile).collect(),
    });
    let total = grouped(&total.to_string());
    drawn(&View {
        title: figure.title.clone(),
        summary: pick(
            language,
            &format!("{} 个地区中 {with} 个有，共 {total} 项。条的长短与最多的地区相比。", all.len()),
            &format!(
                "{with} of {} regions, {total} in all. A bar is as long as its share of the largest.",
                all.len()
            ),
        ),
        groups: if most > 0 { groups.collect() } else { Vec::new() },
        empty: pick(language, "各地区还没有数据。", "No region has any yet."),
    })
}

/// The name that people use, as a tile has room for it.
fn short(region: Region, language: Language) -> String {
    let name = region.name();
    match (language, region.kind(), region.code()) {
        (Language::En, RegionKind::Corps, _) => "Corps".to_owned(),
        (Language::En, _, _) => name.en,
        (Language::Zh, RegionKind::Corps, _) => "兵团".to_owned(),
        (Language::Zh, _, "15") => name.zh.chars().take(3).collect(),
        (Language::Zh, _, "23") => name.zh.chars().take(3).collect(),
        (Language::Zh, _, _) => name.zh.chars().take(2).collect(),
    }
}

#[cfg(test)]
mod tests {
    use jiebang_domain::shared::{Language, Region, RegionKind};

    use super::{Regions, regions, short};

    fn of(counts: &[(&str, u32)], kinds: &[RegionKind], language: Language) -> String {
        let counts = counts.iter().map(|(code, count)| (Region::parse(code).unwrap(), *count)).collect();
        regions(&Regions { title: "地区".to_owned(), counts, kinds: kinds.to_vec() }, language)
    }

    #[test]
    fn every_region_has_a_tile() {
        let html = of(&[("11", 8), ("440300", 2), ("11", 2)], &[], Language::Zh);
        assert_eq!(html.matches("<li").count(), 37);
        assert!(html.contains("<title>北京市：10</title>") && html.contains("width=\"20%\""), "{html}");
        assert!(html.contains("37 个地区中 2 个有，共 12 项"));
        let provinces = of(&[("11", 8)], &[RegionKind::Province], Language::En);
        assert_eq!(provinces.matches("<li").count(), 31);
        assert!(of(&[], &[], Language::Zh).contains("各地区还没有数据"));
        assert!(!of(&[("11", u32::MAX), ("11", u32::MAX)], &[], Language::En).contains("NaN"));
    }

    #[test]
    fn short_names_tell_regions_apart() {
        let names: std::collections::BTreeSet<_> =
            Region::all().map(|region| short(region, Language::Zh)).collect();
        assert_eq!(names.len(), 37);
        for name in ["内蒙古", "黑龙江", "广西", "新疆", "兵团", "北京", "深圳"] {
            assert!(names.contains(name), "{name}");
        }
    }
}
