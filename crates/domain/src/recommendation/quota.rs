//! How many a region may recommend (名额).

use jiff::Timestamp;

use crate::call::{Actor, Bound, Call, Counted, Limit, Strength, deadline_finding};
use crate::shared::{Region, Text};

/// The quota of a region with its arithmetic.
#[derive(Clone, Debug)]
pub struct Quota<'a> {
    /// The limit that it comes from.
    pub limit: &'a Limit,
    /// Places.
    pub places: u32,
    /// Applications that a share is taken of; `None` where the number is fixed.
    pub base: Option<u32>,
    /// Applicants may still submit or withdraw, so that a share may change.
    pub provisional: bool,
}

/// The quota of a region that has received so many applications; `None` where the call sets none.
pub fn quota(call: &Call, region: Region, received: u32, at: Timestamp) -> Option<Quota<'_>> {
    let open = deadline_finding(call, Actor::Applicant, None, at).is_none()
        && call.deadlines.iter().any(|deadline| deadline.actor == Actor::Applicant);
    let quotas = call
        .limits_on(Counted::Recommendations)
        .filter(|limit| limit.regions.is_empty() || limit.regions.contains(&region.kind()))
        .filter_map(|limit| match limit.bound {
            Bound::Max(places) => Some(Quota { limit, places, base: None, provisional: false }),
            Bound::Percent(share) => {
                let places = u64::from(received) * u64::from(share) / 100;
                let places = u32::try_from(places).unwrap_or(u32::MAX);
                Some(Quota { limit, places, base: Some(received), provisional: open })
            }
            Bound::Min(_) => None,
        });
    quotas.min_by_key(|quota| quota.places)
}

impl Quota<'_> {
    /// The quota is passed only with a reason and an approval.
    pub fn in_principle(&self) -> bool {
        self.limit.strength == Strength::InPrinciple
    }

    /// How the number of places comes about.
    pub fn arithmetic(&self) -> Text {
        match (self.limit.bound, self.base) {
            (Bound::Percent(share), Some(base)) => Text::new(
                format!("{base} 项的 {share}%，向下取整为 {} 项", self.places),
                format!("{share} % of {base}, rounded down: {}", self.places),
            ),
            _ => Text::new(format!("{} 项", self.places), self.places.to_string()),
        }
    }
}
