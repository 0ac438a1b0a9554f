use proptest::prelude::*;

use super::table::{COUNTED, METRIC, OTHER, PREFIXES, SPELLINGS};
use super::{ConversionRefusal, Number, Unit, UnitError, UnitReading, Zero};
use crate::shared::COUNTERS;
use ConversionRefusal::{Dimension, Irrational, Kind};
use UnitReading::{Difference, Point};

fn unit(code: &str) -> Unit {
    Unit::parse(code).unwrap_or_else(|error| panic!("{code}: {error}"))
}

fn number(text: &str) -> Number {
    Number::parse(text).unwrap()
}

fn converted(value: &str, from: &str, to: &str, reading: UnitReading) -> Result<String, ConversionRefusal> {
    unit(from).convert(&number(value), &unit(to), reading).map(|number| number.to_string())
}

#[test]
fn quantities_are_converted_exactly() {
    for (value, from, to, stated) in [
        ("4.9", "mm", "cm", "0.49"),
        ("0.49", "cm", "mm", "4.9"),
        ("3", "m", "mm", "3000"),
        ("160", "um", "mm", "0.16"),
        ("160", "µm", "um", "160"),
        ("1500", "mL", "L", "1.5"),
        ("1", "L", "dm3", "1"),
        ("7", "ug/L", "ng/mL", "7"),
        ("1", "g/(100.L)", "g/L", "0.01"),
        ("1", "g/100.L", "g.L", "0.01"),
        // UCUM 2.2: a metre of mercury is 133.3220 kPa.
        ("1", "kPa", "mm[Hg]", "500000/66661"),
        ("120", "mmHg", "kPa", "15.99864"),
        ("90", "cmH2O", "mbar", "88.25985"),
        ("1", "cm[H2O]", "Pa", "98.0665"),
        ("60", "/min", "Hz", "1"),
        ("3", "kHz", "s-1", "3000"),
        ("95", "%", "1", "0.95"),
        ("0.002", "1", "[ppm]", "2000"),
        ("10", "%", "ppm", "100000"),
        ("5", "10*6/mL", "10*9/L", "5"),
        ("5", "10^6{个}/mL", "{个}/uL", "5000000/1000"),
        ("2", "万元", "元", "20000"),
        ("15000", "元", "{亿元}", "0.00015"),
        ("50", "{亿元}/a", "万元/a", "500000"),
        ("6", "[Fr]", "mm", "2"),
        ("1", "[Fr]", "mm", "1/3"),
        ("1", "[Fr]", "[Ch]", "1"),
        ("1", "a", "mo", "12"),
        ("1", "mo", "d", "30.4375"),
        ("2", "{r}/s", "rpm", "120"),
        ("1", "T", "G", "10000"),
        ("2", "kgf", "N", "19.6133"),
        ("120", "L/h", "LPM", "2"),
        ("1", "{count}/s/kBq", "cps/Bq", "0.001"),
        ("1", "Ci", "GBq", "37"),
        ("1", "REM", "mSv", "10"),
        ("1", "KiBy", "bit", "8192"),
        ("1", "[psi]", "[lb_av].m/s2/[in_i]2", "9.80665"),
        ("1", "circ", "deg", "360"),
        ("90", "deg", "gon", "100"),
        ("1", "deg/s", "deg/min", "60"),
        ("3", "[HPF]", "[LPF]", "0.03"),
        ("1", "[IU]/mL", "k[iU]/L", "1"),
        ("1", "mg{干重}/L", "ug{干重}/mL", "1"),
        ("1", "dB", "B", "0.1"),
        ("4", "{例}", "例", "4"),
        ("1", "m+2", "cm2", "10000"),
        ("1", "{例}/{例}", "1", "1"),
    ] {
        let expected = match stated.split_once('/') {
            None => stated.to_owned(),
            Some((above, below)) => Number(number(above).0 / number(below).0).to_string(),
        };
        for reading in [Point, Difference] {
            assert_eq!(
                converted(value, from, to, reading).as_deref(),
                Ok(expected.as_str()),
                "{value} {from} in {to}"
            );
        }
    }
}

#[test]
fn temperatures_are_points_or_differences() {
    for (value, from, to, point, difference) in [
        ("20", "Cel", "K", "293.15", "20"),
        ("0", "K", "℃", "-273.15", "0"),
        ("212", "[degF]", "Cel", "100", "1060/9"),
        ("-40", "Cel", "[degF]", "-40", "-72"),
        ("98.6", "℉", "K", "310.15", "493/9"),
        ("37000", "mCel", "Cel", "37", "37"),
        // A rate measures differences however it is read.
        ("2", "Cel/h", "K/h", "2", "2"),
        ("9", "[degF]/min", "K/min", "5", "5"),
        ("1", "W/(m2.Cel)", "W/(m2.K)", "1", "1"),
    ] {
        assert_eq!(converted(value, from, to, Point).as_deref(), Ok(point), "{value} {from} in {to}");
        assert_eq!(
            converted(value, from, to, Difference).as_deref(),
            Ok(difference),
            "{value} {from} in {to}"
        );
    }
    // What measures differences has no zero that a point could be held against.
    assert_eq!(converted("1", "Cel", "Cel2/Cel", Point), Err(Kind));
    assert_eq!(converted("1", "1.Cel", "[degF]", Point), Err(Kind));
    assert_eq!(converted("1", "Cel", "Cel2/Cel", Difference).as_deref(), Ok("1"));
    assert!(unit("Cel").reading_matters(&unit("K")) && !unit("Cel").reading_matters(&unit("mCel")));
    assert!(!unit("Cel/h").reading_matters(&unit("K/h")) && !unit("mm").reading_matters(&unit("m")));
}

#[test]
fn what_has_no_exact_conversion_is_refused() {
    for (from, to, refusal) in [
        ("mm", "mL", Dimension),
        ("mm", "{例}", Dimension),
        ("Hz", "1", Dimension),
        ("rad", "1", Dimension),
        ("{例}", "{个}", Kind),
        ("{个}", "1", Kind),
        ("{T}/h", "{个}/h", Kind),
        ("[IU]", "[CFU]", Kind),
        ("[IU]/mL", "/mL", Kind),
        ("元", "美元", Kind),
        ("MHU", "1", Kind),
        ("{MHU}", "{HU}", Kind),
        ("mmol/L", "/L", Kind),
        ("osm", "mol", Kind),
        ("Bq", "Hz", Kind),
        ("Gy", "Sv", Kind),
        ("[pH]", "1", Kind),
        ("dB", "Np", Kind),
        ("mg{干重}/L", "mg/L", Kind),
        ("deg", "rad", Irrational),
        ("deg/s", "mrad/s", Irrational),
        ("[pi]", "1", Irrational),
        ("Oe", "A/m", Irrational),
        ("sph", "sr", Irrational),
    ] {
        for (from, to) in [(from, to), (to, from)] {
            assert_eq!(converted("1", from, to, Point), Err(refusal), "{from} in {to}");
            assert_eq!(converted("1", from, to, Difference), Err(refusal), "{from} in {to}");
            assert_eq!(unit(from).same_dimension(&unit(to)), refusal == Irrational, "{from} {to}");
        }
    }
    for (refusal, from, to, zh, en) in [
        (Dimension, "um", "mL", "“μm”与“mL”不是同一种量的单位", "“μm” and “mL” measure different quantities"),
        (Kind, "{例}", "{个}", "“例”与“个”之间没有换算关系", "Nothing converts “cases” to “个”"),
        (
            Irrational,
            "rad",
            "deg",
            "“rad”换算为“°”要用π，得不到精确值",
            "From “rad” to “°” takes π, so that no value is exact",
        ),
    ] {
        let message = refusal.message(from, to);
        assert_eq!((message.zh.as_str(), message.en.as_str()), (zh, en));
    }
    let remedy = Irrational.remedy("deg");
    assert_eq!((remedy.zh.as_str(), remedy.en.as_str()), ("请以“°”为单位填写", "State it in “°”"));
}

#[test]
fn what_is_no_unit_is_refused() {
    let malformed = |rest: &str| UnitError::Malformed { rest: rest.to_owned() };
    let unknown = |code: &str| UnitError::Unknown { code: code.to_owned() };
    for (code, error) in [
        (" ", UnitError::Empty),
        ("foo", unknown("foo")),
        ("MM", unknown("MM")),
        ("kmin", unknown("kmin")),
        ("mmm", unknown("mmm")),
        ("m[H20]", unknown("m[H20]")),
        ("-3", unknown("-3")),
        ("m-", unknown("m-")),
        ("5mm", unknown("5mm")),
        ("g/100L", unknown("100L")),
        ("克", unknown("克")),
        ("mm/", malformed("")),
        ("/", malformed("")),
        ("g//L", malformed("/L")),
        ("{}", malformed("{}")),
        ("{个", malformed("{个")),
        ("{{个}}", malformed("{{个}}")),
        ("{个}{例}", malformed("{例}")),
        ("(m", malformed("(m")),
        ("m)", malformed(")")),
        ("()", malformed(")")),
        ("mm/0", malformed("0")),
        ("m100", UnitError::TooLarge),
        ("m99.m99", UnitError::TooLarge),
        ("{个}/{例}.[pi]99.[pi]99", UnitError::TooLarge),
    ] {
        assert_eq!(Unit::parse(code), Err(error), "{code}");
    }
    assert_eq!(Unit::parse(&"m.".repeat(61)), Err(UnitError::TooLong));
    for error in [UnitError::Empty, UnitError::TooLong, UnitError::TooLarge, malformed("("), unknown("x")] {
        assert!(!error.message().zh.is_empty() && !error.message().en.is_empty());
        assert!(error.remedy().zh.contains("mL/min") && error.remedy().en.contains("mL/min"));
    }
    assert_eq!(unknown("foo").message().zh, "没有“foo”这个单位");
}

#[test]
fn the_tables_are_sound() {
    let codes: Vec<&str> = METRIC.iter().chain(&OTHER).map(|(code, _)| *code).collect();
    for (at, code) in codes.iter().enumerate() {
        unit(code);
        assert!(!codes[..at].contains(code), "{code} twice");
    }
    // A prefix with a unit is no other unit, and no other prefix with another unit.
    let mut prefixed: Vec<String> = PREFIXES
        .iter()
        .flat_map(|(prefix, _, _)| METRIC.iter().map(move |(code, _)| format!("{prefix}{code}")))
        .collect();
    prefixed.sort();
    let twice: Vec<&str> =
        prefixed.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].as_str()).collect();
    let hidden: Vec<&str> = prefixed.iter().map(String::as_str).filter(|code| codes.contains(code)).collect();
    assert_eq!((twice, hidden), (Vec::<&str>::new(), Vec::new()));
    for (spelling, code) in SPELLINGS {
        assert_eq!(unit(spelling), unit(code));
        assert!(!codes.contains(&spelling) && !prefixed.iter().any(|known| known == spelling), "{spelling}");
    }
    for word in COUNTED {
        assert_eq!(unit(word), unit(&format!("{{{word}}}")));
    }
    for counter in COUNTERS {
        assert!(COUNTED.contains(&counter.trim_matches(['{', '}'])), "{counter}");
    }
}

/// The power of the number of Avogadro in a unit: amounts of substance are numbers in UCUM and kinds of their own here.
fn avogadro(unit: &Unit) -> i32 {
    ["mol", "osm", "eq"].iter().filter_map(|kind| unit.kinds.get(*kind)).map(|power| i32::from(*power)).sum()
}

#[test]
fn factors_agree_with_the_tables_of_ucum() {
    let logarithms = ["Np", "B", "B[SPL]", "B[V]", "B[W]", "[pH]", "bit_s"];
    let products = [
        "kg.m/s2",
        "g/(100.L)",
        "10*9/L",
        "mm[Hg]",
        "kBq/mL",
        "MeV",
        "m[H2O]/min",
        "nm-2",
        "ug/dL",
        "KiBy",
        "mmol/L",
    ];
    let codes = METRIC.iter().chain(&OTHER).map(|(code, _)| *code).chain(products);
    let mut held = 0;
    for code in codes.filter(|code| !logarithms.contains(code) && *code != "[Fr]" && *code != "10^") {
        let theirs = octofhir_ucum::analyse(code).unwrap_or_else(|error| panic!("{code}: {error}"));
        let ours = unit(code);
        assert_eq!(ours.dimension, theirs.dimension.0, "{code}");
        let zero = match &ours.zero {
            Zero::At(kelvin) => kelvin.clone(),
            _ => number("0").0,
        };
        let (pi, avogadro) = (std::f64::consts::PI, 6.022_140_76e23_f64.powi(avogadro(&ours)));
        let factor = float(&ours.factor) * pi.powi(ours.pi.into()) * avogadro;
        let close = |ours: f64, theirs: f64| (ours - theirs).abs() <= theirs.abs() * 1e-14;
        assert!(close(factor, theirs.factor.to_f64()), "{code}: {factor} {}", theirs.factor.to_f64());
        assert!(close(float(&zero), theirs.offset.to_f64()), "{code}");
        held += 1;
    }
    assert_eq!(held, METRIC.len() + OTHER.len() + products.len() - logarithms.len() - 2);
    for (prefix, _, _) in PREFIXES {
        let code = format!("{prefix}m");
        let theirs = octofhir_ucum::analyse(&code).unwrap().factor.to_f64();
        assert!((float(&unit(&code).factor) / theirs - 1.0).abs() < 1e-14, "{code}");
    }
}

fn float(ratio: &num_rational::BigRational) -> f64 {
    num_traits::ToPrimitive::to_f64(ratio).unwrap()
}

/// Units with others of the same dimension.
fn commensurable() -> impl Strategy<Value = (&'static str, &'static str)> {
    let families: [&[&str]; 7] = [
        &["mm", "cm", "m", "[in_i]", "[Fr]", "nm", "km"],
        &["Pa", "kPa", "mm[Hg]", "cm[H2O]", "[psi]", "bar"],
        &["Cel", "K", "[degF]", "mK"],
        &["%", "1", "[ppm]", "[ppb]"],
        &["s", "min", "h", "d", "wk", "mo", "a"],
        &["元", "万元", "{亿元}"],
        &["{个}/mL", "10*6{个}/L", "{个}/uL"],
    ];
    prop::sample::select(families.to_vec()).prop_flat_map(|family| {
        (prop::sample::select(family.to_vec()), prop::sample::select(family.to_vec()))
    })
}

fn numbers() -> impl Strategy<Value = Number> {
    (any::<i64>(), -40i32..=20).prop_map(|(mantissa, exponent)| number(&format!("{mantissa}e{exponent}")))
}

proptest! {
    #[test]
    fn there_and_back_is_the_identity((from, to) in commensurable(), value in numbers(), point in any::<bool>()) {
        let reading = if point { Point } else { Difference };
        let (from, to) = (unit(from), unit(to));
        let there = from.convert(&value, &to, reading).unwrap();
        prop_assert_eq!(to.convert(&there, &from, reading).unwrap(), value);
    }

    #[test]
    fn conversion_keeps_the_order((from, to) in commensurable(), a in numbers(), b in numbers(), point in any::<bool>()) {
        let reading = if point { Point } else { Difference };
        let (from, to) = (unit(from), unit(to));
        let stated = |value| from.convert(value, &to, reading).unwrap();
        prop_assert_eq!(stated(&a).cmp(&stated(&b)), a.cmp(&b));
    }

    #[test]
    fn any_text_is_answered(code in "[munkgLCel0-9*^./(){}\\[\\]个%'+-]{0,30}|.{0,40}") {
        if let Ok(unit) = Unit::parse(&code) {
            prop_assert!(unit.factor > number("0").0);
            prop_assert_eq!(unit.convert(&number("7"), &unit, Point), Ok(number("7")));
        }
    }
}
