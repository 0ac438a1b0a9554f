//! Regions whose authorities recommend: provinces, cities with separate planning status, the Corps.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Text;

/// Kind of a region (地区类别).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegionKind {
    /// Province, autonomous region or municipality (省、自治区、直辖市).
    Province,
    /// City with separate planning status (计划单列市).
    SeparatelyPlannedCity,
    /// Xinjiang Production and Construction Corps (新疆生产建设兵团).
    Corps,
}

impl RegionKind {
    /// Name of the kind.
    pub fn name(self) -> Text {
        match self {
            Self::Province => {
                Text::new("省、自治区、直辖市", "provinces, autonomous regions and municipalities")
            }
            Self::SeparatelyPlannedCity => Text::new("计划单列市", "cities with separate planning status"),
            Self::Corps => Text::new("新疆生产建设兵团", "Xinjiang Production and Construction Corps"),
        }
    }

    /// Stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::SeparatelyPlannedCity => "separately_planned_city",
            Self::Corps => "corps",
        }
    }
}

/// Region whose authority recommends (省、自治区、直辖市、计划单列市、兵团); stored as its code in GB/T 2260.
///
/// Regions are ordered as official lists order them: provinces by code, then the five cities, then the Corps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(u8);

impl Region {
    /// The region of a code: two digits, or six for the five cities; `66` is the Corps, which GB/T 2260 leaves out.
    pub fn parse(code: &str) -> Option<Self> {
        Self::all().find(|region| region.code() == code)
    }

    /// All 37 regions in official order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..).zip(&REGIONS).map(|(index, _)| Self(index))
    }

    /// The code, such as `11`, `440300` or `66`.
    pub fn code(self) -> &'static str {
        self.row().code
    }

    /// The official name.
    pub fn name(self) -> Text {
        Text::new(self.row().zh, self.row().en)
    }

    /// The kind.
    pub fn kind(self) -> RegionKind {
        self.row().kind
    }

    /// The province of a city, Xinjiang for the Corps, nothing for a province.
    pub fn parent(self) -> Option<Self> {
        self.row().parent.and_then(Self::parse)
    }

    /// Where a unit of this region stands in a call that admits only some kinds: a unit whose region the call does
    /// not admit falls to the province of its registration.
    pub fn admitted(&self, admits: &[RegionKind]) -> Self {
        if admits.contains(&self.kind()) { *self } else { self.parent().unwrap_or(*self) }
    }

    fn row(self) -> &'static Row {
        // Every index comes from `all`.
        REGIONS.get(usize::from(self.0)).unwrap_or(&REGIONS[0])
    }
}

/// A code that no region bears (地区代码有误).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no region has the code {code:?}")]
pub struct UnknownRegion {
    /// The code that was given.
    pub code: String,
}

impl TryFrom<String> for Region {
    type Error = UnknownRegion;

    fn try_from(code: String) -> Result<Self, UnknownRegion> {
        Self::parse(&code).ok_or(UnknownRegion { code })
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.code().to_owned()
    }
}

struct Row {
    code: &'static str,
    zh: &'static str,
    en: &'static str,
    kind: RegionKind,
    parent: Option<&'static str>,
}

const fn province(code: &'static str, zh: &'static str, en: &'static str) -> Row {
    Row { code, zh, en, kind: RegionKind::Province, parent: None }
}

const fn city(code: &'static str, zh: &'static str, en: &'static str, parent: &'static str) -> Row {
    Row { code, zh, en, kind: RegionKind::SeparatelyPlannedCity, parent: Some(parent) }
}

const REGIONS: [Row; 37] = [
    province("11", "北京市", "Beijing"),
    province("12", "天津市", "Tianjin"),
    province("13", "河北省", "Hebei"),
    province("14", "山西省", "Shanxi"),
    province("15", "内蒙古自治区", "Inner Mongolia"),
    province("21", "辽宁省", "Liaoning"),
    province("22", "吉林省", "Jilin"),
    province("23", "黑龙江省", "Heilongjiang"),
    province("31", "上海市", "Shanghai"),
    province("32", "江苏省", "Jiangsu"),
    province("33", "浙江省", "Zhejiang"),
    province("34", "安徽省", "Anhui"),
    province("35", "福建省", "Fujian"),
    province("36", "江西省", "Jiangxi"),
    province("37", "山东省", "Shandong"),
    province("41", "河南省", "Henan"),
    province("42", "湖北省", "Hubei"),
    province("43", "湖南省", "Hunan"),
    province("44", "广东省", "Guangdong"),
    province("45", "广西壮族自治区", "Guangxi"),
    province("46", "海南省", "Hainan"),
    province("50", "重庆市", "Chongqing"),
    province("51", "四川省", "Sichuan"),
    province("52", "贵州省", "Guizhou"),
    province("53", "云南省", "Yunnan"),
    province("54", "西藏自治区", "Xizang"),
    province("61", "陕西省", "Shaanxi"),
    province("62", "甘肃省", "Gansu"),
    province("63", "青海省", "Qinghai"),
    province("64", "宁夏回族自治区", "Ningxia"),
    province("65", "新疆维吾尔自治区", "Xinjiang"),
    city("210200", "大连市", "Dalian", "21"),
    city("330200", "宁波市", "Ningbo", "33"),
    city("350200", "厦门市", "Xiamen", "35"),
    city("370200", "青岛市", "Qingdao", "37"),
    city("440300", "深圳市", "Shenzhen", "44"),
    Row {
        code: "66",
        zh: "新疆生产建设兵团",
        en: "Xinjiang Production and Construction Corps",
        kind: RegionKind::Corps,
        parent: Some("65"),
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Region, RegionKind};

    #[test]
    fn there_are_thirty_one_provinces_five_cities_and_the_corps() {
        for (kind, count) in
            [(RegionKind::Province, 31), (RegionKind::SeparatelyPlannedCity, 5), (RegionKind::Corps, 1)]
        {
            assert_eq!(Region::all().filter(|region| region.kind() == kind).count(), count);
        }
        let codes: BTreeSet<_> = Region::all().map(Region::code).collect();
        let names: BTreeSet<_> = Region::all().map(|region| region.name().zh).collect();
        let english: BTreeSet<_> = Region::all().map(|region| region.name().en).collect();
        assert_eq!((codes.len(), names.len(), english.len()), (37, 37, 37));
    }

    #[test]
    fn provinces_have_the_codes_of_the_standard() {
        let codes: Vec<_> = Region::all()
            .filter(|region| region.kind() == RegionKind::Province)
            .map(|region| region.code().parse::<u8>().unwrap())
            .collect();
        assert_eq!(
            codes,
            [
                11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51,
                52, 53, 54, 61, 62, 63, 64, 65
            ]
        );
    }

    #[test]
    fn codes_lead_back_to_their_region() {
        for region in Region::all() {
            assert_eq!(Region::parse(region.code()), Some(region));
            let stored = serde_json::to_string(&region).unwrap();
            assert_eq!(stored, format!("\"{}\"", region.code()));
            assert_eq!(serde_json::from_str::<Region>(&stored).unwrap(), region);
        }
        for code in ["", "1", "00", "67", "71", "4403", "440100", " 11", "11 "] {
            assert_eq!(Region::parse(code), None, "{code}");
        }
        assert!(serde_json::from_str::<Region>("\"99\"").is_err());
    }

    #[test]
    fn cities_lie_in_the_province_of_their_code() {
        for region in Region::all() {
            match region.kind() {
                RegionKind::Province => assert_eq!(region.parent(), None),
                RegionKind::SeparatelyPlannedCity => {
                    assert_eq!(region.parent(), Region::parse(&region.code()[..2]));
                    assert!(region.parent().is_some());
                }
                RegionKind::Corps => assert_eq!(region.parent(), Region::parse("65")),
            }
        }
    }

    #[test]
    fn a_region_that_is_not_admitted_falls_to_its_province() {
        let region = |code| Region::parse(code).unwrap();
        let all = [RegionKind::Province, RegionKind::SeparatelyPlannedCity, RegionKind::Corps];
        for (code, admits, expected) in [
            ("440300", &all[..], "440300"),
            ("440300", &[RegionKind::Province, RegionKind::Corps], "44"),
            ("66", &[RegionKind::Province, RegionKind::Corps], "66"),
            ("66", &all[..2], "65"),
            ("210200", &all[..1], "21"),
            ("11", &all[..1], "11"),
            ("11", &[], "11"),
        ] {
            assert_eq!(region(code).admitted(admits), region(expected), "{code} {admits:?}");
        }
    }
}
