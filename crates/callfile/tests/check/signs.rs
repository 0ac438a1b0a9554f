//! Signs of comparison that are no names of the language, and pairs the wrong way round.

use crate::{assert_whole, changed, check, marked, place};

#[test]
fn a_pair_with_its_halves_swapped_is_a_warning() {
    for (to, warned) in [
        ("[\"Overview\", \"概述\"]", true),
        ("[\"Overview\", \"Overview (概述)\"]", true),
        ("[\"概述\", \"Overview (概述)\"]", false),
        ("[\"AI\", \"AI\"]", false),
    ] {
        let text = changed("label = [\"概述\", \"Overview\"]", &format!("label = ¦{to}"));
        let (text, line, column) = marked(&text);
        let reading = check(&text);
        assert!(reading.errors.is_empty(), "{:#?}", reading.errors);
        let found: Vec<_> = reading.warnings.iter().map(place).collect();
        let wanted = if warned { vec![("pair_swapped", line, column)] } else { Vec::new() };
        assert_eq!(found, wanted, "{to}");
        reading.warnings.iter().for_each(|warning| assert_whole(&text, warning));
    }
}

#[test]
fn a_sign_of_comparison_is_told_in_the_characters_of_the_language() {
    for (sign, meant) in [
        ("≥", ">="),
        ("⩾", ">="),
        ("≤", "<="),
        ("⩽", "<="),
        ("＞", ">"),
        ("＜", "<"),
        ("＝", "="),
        ("＞＝", ">="),
        ("==", "="),
    ] {
        let errors = check(&changed("comparator = \"<\"", &format!("comparator = \"{sign}\""))).errors;
        let fault = errors.iter().find(|error| error.code == "name_unknown").expect("a fault");
        assert!(fault.help.en.starts_with(&format!("Did you mean {meant}?")), "{sign}: {}", fault.help.en);
        assert!(fault.help.zh.starts_with(&format!("是否指 {meant}？")), "{sign}: {}", fault.help.zh);
    }
}
