//! What a token of a program may be used for.

use std::collections::BTreeSet;

/// One use of a token (令牌权限).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Reads what its account may read; every token does.
    Read,
    /// Begins applications and changes drafts.
    Write,
    /// Submits, reopens and withdraws.
    Submit,
    /// Works on a desk and its list.
    Desk,
}

impl Scope {
    /// All uses.
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Submit, Self::Desk];

    /// Stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Submit => "submit",
            Self::Desk => "desk",
        }
    }

    /// The use with this id.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.id() == id)
    }
}

/// All uses of one token. It reads in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// These, and reading.
    pub fn new(scopes: impl IntoIterator<Item = Scope>) -> Self {
        Self(scopes.into_iter().chain([Scope::Read]).collect())
    }

    /// Whether this use is one of them.
    pub fn holds(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Ids in order.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|scope| scope.id())
    }

    /// The ids with a blank between, as the store keeps them.
    pub(crate) fn written(&self) -> String {
        self.ids().collect::<Vec<_>>().join(" ")
    }

    /// The uses that the store keeps; what is not known allows nothing.
    pub(crate) fn read(text: &str) -> Self {
        Self::new(text.split(' ').filter_map(Scope::parse))
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, Scopes};

    #[test]
    fn a_token_reads_and_keeps_its_uses() {
        let scopes = Scopes::read("desk sign write");
        assert_eq!(scopes, Scopes::new([Scope::Write, Scope::Desk]));
        assert_eq!(scopes.written(), "read write desk");
        assert!(Scopes::read("").holds(Scope::Read) && !scopes.holds(Scope::Submit));
    }
}
