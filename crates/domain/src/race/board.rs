//! The race board (赛马看板): teams of one task side by side, indicator by indicator.

use super::{IndicatorLine, Track, TrackState};
use crate::shared::Text;

/// What one indicator is promised by each team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardRow {
    /// Id of the call's item.
    pub item: String,
    /// Its name.
    pub name: Text,
    /// The promise of each team, in the order of [`Board::teams`]; `None` where a team promises nothing.
    pub promised: Vec<Option<Text>>,
}

/// Teams side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// Applications of the teams with the version of the baseline that counts: who runs first, then who has left.
    pub teams: Vec<(String, u32)>,
    /// Indicators in the order in which they are first promised.
    pub rows: Vec<BoardRow>,
}

/// The board of the tracks of one task, by the versions that count.
pub fn board(tracks: &[Track]) -> Board {
    let mut order: Vec<&Track> = tracks.iter().collect();
    order.sort_by_key(|track| (track.state != TrackState::Running, track.application.clone()));
    let lines = |track: &'_ Track| -> Vec<IndicatorLine> {
        track.baseline().map(|baseline| baseline.statement.indicators.clone()).unwrap_or_default()
    };
    let mut rows: Vec<BoardRow> = Vec::new();
    for (nth, track) in order.iter().enumerate() {
        for line in lines(track) {
            let place = rows.iter().position(|row| row.item == line.item).unwrap_or_else(|| {
                let promised = vec![None; order.len()];
                rows.push(BoardRow { item: line.item.clone(), name: line.name.clone(), promised });
                rows.len() - 1
            });
            if let Some(cell) = rows.get_mut(place).and_then(|row| row.promised.get_mut(nth)) {
                *cell = Some(line.promised);
            }
        }
    }
    let version = |track: &Track| track.baseline().map_or(0, |baseline| baseline.version);
    Board { teams: order.iter().map(|track| (track.application.clone(), version(track))).collect(), rows }
}

#[cfg(test)]
mod tests {
    use super::board;
    use crate::race::track::tests::statement;
    use crate::race::{Track, TrackState};

    #[test]
    fn teams_stand_side_by_side() {
        let at = "2025-11-04T01:00:00Z".parse().unwrap();
        let track =
            |id: &str, letter, items: &[&str]| Track::begin(id.to_owned(), statement(letter, items), at).0;
        let mut left = track("a", 'a', &["x"]);
        left.state = TrackState::Withdrawn { at, reason: "x".to_owned() };
        let found = board(&[left, track("c", 'c', &["y", "x"]), track("b", 'b', &["x"])]);
        let teams: Vec<_> = found.teams.iter().map(|(team, _)| team.as_str()).collect();
        assert_eq!(teams, ["b", "c", "a"]);
        let shown: Vec<Vec<_>> = found
            .rows
            .iter()
            .map(|row| row.promised.iter().map(|text| text.as_ref().map(|text| text.zh.as_str())).collect())
            .collect();
        assert_eq!(found.rows.iter().map(|row| row.item.as_str()).collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(shown[0], [Some("≥ b"), Some("≥ c"), Some("≥ a")]);
        assert_eq!(shown[1], [None, Some("≥ c"), None]);
        assert_eq!(board(&[]).rows, []);
    }
}
