//! Words of the pages in both languages, from `translations/`.

use fluent_templates::{LanguageIdentifier, Loader, langid};
use jiebang_domain::shared::Language;

fluent_templates::static_loader! {
    static WORDS = {
        locales: "./translations",
        fallback_language: "zh-CN",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

const ZH: LanguageIdentifier = langid!("zh-CN");
const EN: LanguageIdentifier = langid!("en");

fn identifier(language: Language) -> &'static LanguageIdentifier {
    static IDENTIFIERS: [LanguageIdentifier; 2] = [ZH, EN];
    match language {
        Language::Zh => &IDENTIFIERS[0],
        Language::En => &IDENTIFIERS[1],
    }
}

/// A phrase by key.
pub fn t(language: Language, key: &str) -> String {
    WORDS.lookup(identifier(language), key)
}
