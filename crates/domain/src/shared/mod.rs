//! Words that every room uses: identifiers, texts, clauses, findings, instants, quantities.

mod character_count;
mod clause;
mod credit_code;
mod deadline;
mod digest;
mod finding;
mod money;
mod number;
mod promise;
mod published;
mod quantity;
mod region;
mod shown;
mod text;
mod unit;
mod wording;
mod working_days;

pub use character_count::{character_count, is_picture};
pub use clause::ClauseId;
pub use credit_code::{CodeError, OrganisationCode};
pub use deadline::{DeadlineError, PeriodLength, close_of_day, period_end};
pub use digest::{Digest, DigestError};
pub use finding::{Finding, Severity};
pub use money::{MoneyUnit, money_in};
pub use number::{Number, NumberError};
pub use promise::COUNTERS;
pub use published::{ListKind, ListPublished};
pub(crate) use quantity::explain_as;
pub use quantity::{
    Comparator, Promise, PromiseValue, Target, Threshold, ThresholdError, Verdict, explain, promise_words,
    verdict,
};
pub use region::{Region, RegionKind, UnknownRegion};
pub use shown::{grouped, unit_words};
pub use text::{Language, Text, counted};
pub use unit::{ConversionRefusal, Unit, UnitError, UnitReading};
pub use wording::{Reading, WORDINGS, Wording, comparator_in, wordings_in};
pub use working_days::{HolidayError, HolidayYear, Holidays, MissingYear};
