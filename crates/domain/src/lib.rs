//! The rules of open-competition R&D programmes (揭榜挂帅), and nothing else.
//!
//! This floor knows no clock, randomness, input or output, SQL, HTTP or TOML. Rooms are the stages of a
//! programme; a room reads only `shared`, `identity` and the rooms to its left:
//!
//! `shared → identity → call → application → recommendation → selection → race → evaluation → publication`

pub mod application;
pub mod call;
pub mod evaluation;
pub mod identity;
pub mod publication;
pub mod race;
pub mod recommendation;
pub mod selection;
pub mod shared;
