//! Units of indicators: codes of the Unified Code for Units of Measure (UCUM, case sensitive), and money by its Chinese names.

use jiebang_domain::shared::{COUNTERS, MoneyUnit};

use crate::diagnostic::nearest;

/// Prefixes of metric units (UCUM, tables 1 and 27).
const PREFIXES: [&str; 24] = [
    "Y", "Z", "E", "P", "T", "G", "M", "k", "h", "da", "d", "c", "m", "u", "n", "p", "f", "a", "z", "y",
    "Ki", "Mi", "Gi", "Ti",
];
/// Units that take prefixes.
const METRIC: [&str; 67] = [
    "m", "s", "g", "rad", "K", "C", "cd", "mol", "sr", "Hz", "N", "Pa", "J", "W", "A", "V", "F", "Ohm", "S",
    "Wb", "Cel", "T", "H", "lm", "lx", "Bq", "Gy", "Sv", "l", "L", "ar", "t", "bar", "u", "eV", "pc", "gf",
    "kat", "U", "[IU]", "[iU]", "Np", "B", "B[SPL]", "B[V]", "B[W]", "st", "dyn", "erg", "P", "Ky", "G",
    "Oe", "Gb", "St", "Mx", "cal", "m[H2O]", "m[Hg]", "osm", "eq", "By", "bit", "Bd", "Ci", "R", "RAD",
];
/// Units that take none.
const OTHER: [&str; 58] = [
    "10*",
    "10^",
    "[pi]",
    "%",
    "[ppth]",
    "[ppm]",
    "[ppb]",
    "[pptr]",
    "'",
    "''",
    "deg",
    "gon",
    "min",
    "h",
    "d",
    "a",
    "a_t",
    "a_j",
    "a_g",
    "wk",
    "mo",
    "mo_s",
    "mo_j",
    "mo_g",
    "AU",
    "atm",
    "[Ch]",
    "[in_i]",
    "[ft_i]",
    "[mi_i]",
    "[lb_av]",
    "[oz_av]",
    "[psi]",
    "[degF]",
    "[pH]",
    "[CFU]",
    "[PFU]",
    "[FFU]",
    "[drp]",
    "[diop]",
    "[MET]",
    "[HP]",
    "[HPF]",
    "[LPF]",
    "[arb'U]",
    "[USP'U]",
    "[EU]",
    "[CCID_50]",
    "[TCID_50]",
    "[EID_50]",
    "[NTU]",
    "[FNU]",
    "[Amb'a'1'U]",
    "[gal_us]",
    "bit_s",
    "circ",
    "sph",
    "REM",
];

/// Whether a unit is a code of UCUM, where anything may stand in braces, or an amount of money such as 万元.
pub(crate) fn known(unit: &str) -> bool {
    let unit = unit.trim();
    MoneyUnit::parse(unit).is_some() || term(unit.strip_prefix('/').unwrap_or(unit))
}

/// What a unit that is not known may mean.
pub(crate) fn meant(unit: &str) -> Option<String> {
    let unit = unit.trim();
    let braced = format!("{{{unit}}}");
    if COUNTERS.contains(&braced.as_str()) || MoneyUnit::parse(&braced).is_some() {
        return Some(braced);
    }
    let bracketed = format!("[{unit}]");
    if atom(&bracketed) {
        return Some(bracketed);
    }
    let prefixed = [
        "mm", "um", "nm", "cm", "km", "mL", "uL", "kg", "mg", "ug", "MHz", "kHz", "GHz", "kPa", "MPa", "mol",
    ];
    let names = METRIC.iter().chain(&OTHER).chain(&COUNTERS).chain(&prefixed).copied();
    let length = unit.chars().count();
    // A unit has few letters: two other ones make another unit.
    let close =
        names.filter(|name| strsim::damerau_levenshtein(unit, name) <= 1.max(length / 4) && length > 1);
    let same = METRIC.iter().chain(&OTHER).chain(&prefixed).find(|name| name.eq_ignore_ascii_case(unit));
    same.map(|name| (*name).to_owned()).or_else(|| nearest(unit, close).map(str::to_owned))
}

/// Factors with `.` and `/` between them.
fn term(text: &str) -> bool {
    let (mut depth, mut start) = (0_i32, 0);
    let mut braces = false;
    for (at, character) in text.char_indices() {
        match character {
            '{' => braces = true,
            '}' => braces = false,
            _ if braces => {}
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '.' | '/' if depth == 0 => {
                if !factor(&text[start..at]) {
                    return false;
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    factor(&text[start..])
}

/// A number, a term in parentheses, a unit with prefix and exponent, or a note in braces.
fn factor(text: &str) -> bool {
    if let Some(inside) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        return term(inside);
    }
    let (unit, note) = text.split_once('{').map_or((text, None), |(unit, note)| (unit, Some(note)));
    match note {
        Some(note)
            if note.split_once('}').is_none_or(|(inside, rest)| inside.is_empty() || !rest.is_empty()) =>
        {
            return false;
        }
        Some(_) if unit.is_empty() => return true,
        _ => {}
    }
    let number = !unit.is_empty() && unit.bytes().all(|byte| byte.is_ascii_digit());
    let bare = unit.trim_end_matches(|character: char| character.is_ascii_digit());
    let bare = if bare.len() < unit.len() { bare.strip_suffix(['-', '+']).unwrap_or(bare) } else { bare };
    number || atom(unit) || atom(bare)
}

fn atom(text: &str) -> bool {
    let metric = |text: &str| METRIC.contains(&text);
    OTHER.contains(&text)
        || metric(text)
        || PREFIXES.iter().any(|prefix| text.strip_prefix(prefix).is_some_and(metric))
}

#[cfg(test)]
mod tests {
    use jiebang_domain::shared::Unit;

    use super::{METRIC, OTHER, PREFIXES, known, meant};

    #[test]
    fn codes_of_ucum_and_our_own_units_are_known() {
        for unit in [
            "1",
            "%",
            "mm",
            "um",
            "kBq",
            "mbar",
            "MeV",
            "kgf",
            "mo",
            "deg/s",
            "/d",
            "g/(100.L)",
            "cm[H2O]",
            "[ppm]/h",
            "[Ch]",
            "{个}",
            "{个}/mL",
            "{count}/s/kBq",
            "{亿元}/a",
            "万元",
            "亿美元",
            "m2",
            "s-1",
            "10*9/L",
            "10*3",
            "kg.m/s2",
            "mm[Hg]",
            "[IU]/mL",
            "mg{干重}/L",
            "dB",
            "[pH]",
            "mmol/L",
        ] {
            assert!(known(unit) && Unit::parse(unit).is_ok(), "{unit}");
        }
        for unit in [
            "foo", "款", "MM", "mm/", "", "{}", "/", "5mm", "ppm", "克", "g//L", "{个", "kmin", "mmm",
            "m[H20]",
        ] {
            assert!(!known(unit), "{unit}");
        }
    }

    #[test]
    fn every_code_that_is_known_is_a_unit_that_converts() {
        let prefixed =
            PREFIXES.iter().flat_map(|prefix| METRIC.iter().map(move |code| format!("{prefix}{code}")));
        for code in METRIC.iter().chain(&OTHER).map(|code| (*code).to_owned()).chain(prefixed) {
            assert!(Unit::parse(&code).is_ok(), "{code}");
        }
        assert!(Unit::parse("kmin").is_err());
    }

    #[test]
    fn what_may_be_meant_is_named() {
        for (unit, wanted) in [
            ("款", Some("{款}")),
            ("ppm", Some("[ppm]")),
            ("mmm", Some("mm")),
            ("HZ", Some("Hz")),
            ("foo", None),
        ] {
            assert_eq!(meant(unit).as_deref(), wanted, "{unit}");
        }
    }
}
