//! Markdown tables → rows of three cells. Every line that looks like a row is one, or is a fault.

/// One row: what happens, what is changed, what the answer is.
#[derive(Debug)]
pub(crate) struct Row {
    /// Line from 1.
    pub line: usize,
    /// What happens, in words.
    pub words: String,
    /// What is changed: the code spans of the second cell.
    pub changes: Vec<String>,
    /// What must be answered.
    pub answer: String,
}

/// A line that is no row though it should be one.
#[derive(Debug)]
pub(crate) struct Broken {
    /// Line from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

/// Where in a file a line stands.
enum Place {
    Prose,
    Head,
    Body,
}

/// All rows of a file, and all lines that are broken.
pub(crate) fn rows(text: &str) -> (Vec<Row>, Vec<Broken>) {
    let mut place = Place::Prose;
    let (mut rows, mut broken) = (Vec::new(), Vec::new());
    for (nth, line) in text.lines().enumerate() {
        let (line, number) = (line.trim(), nth + 1);
        let mut fault = |message: String| broken.push(Broken { line: number, message });
        if line.is_empty() {
            place = Place::Prose;
            continue;
        }
        let cells = cells(line);
        match place {
            Place::Prose if cells.len() > 1 => {
                if cells.len() != 3 {
                    fault(format!("a table of cases has three columns, this one has {}", cells.len()));
                }
                place = Place::Head;
            }
            Place::Prose => {}
            Place::Head => {
                if !is_ruler(&cells) {
                    fault("the line below the head of a table must be |---|---|---|".to_owned());
                }
                place = Place::Body;
            }
            Place::Body => match row(number, &cells) {
                Ok(row) => rows.push(row),
                Err(message) => fault(message),
            },
        }
    }
    (rows, broken)
}

fn row(line: usize, cells: &[String]) -> Result<Row, String> {
    let [words, changes, answer] = cells else {
        return Err(format!("a case has three cells, this row has {}", cells.len()));
    };
    let (between, changes) = spans(changes).ok_or("a code span is not closed")?;
    if changes.is_empty() {
        return Err("nothing is changed: write `key = value`".to_owned());
    }
    if let Some(stray) = between.iter().find(|text| !text.is_empty()) {
        return Err(format!("“{stray}” stands outside the code spans of the changes"));
    }
    if words.is_empty() {
        return Err("say in words what happens".to_owned());
    }
    Ok(Row { line, words: words.clone(), changes, answer: answer.clone() })
}

fn is_ruler(cells: &[String]) -> bool {
    cells.len() == 3
        && cells.iter().all(|cell| cell.len() >= 3 && cell.chars().all(|character| "-:".contains(character)))
}

/// Cells of a line; a line without a bar outside code spans is one cell.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut in_code = false;
    for character in line.chars() {
        in_code ^= character == '`';
        match cells.last_mut() {
            Some(cell) if character != '|' || in_code => cell.push(character),
            _ => cells.push(String::new()),
        }
    }
    let edge = |cell: Option<&String>| cell.is_some_and(|cell| cell.trim().is_empty());
    if cells.len() > 1 && edge(cells.last()) {
        cells.pop();
    }
    if cells.len() > 1 && edge(cells.first()) {
        cells.remove(0);
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

/// Texts around the code spans, always one more than spans, and the spans; `None` where a span is not closed.
pub(crate) fn spans(cell: &str) -> Option<(Vec<String>, Vec<String>)> {
    let parts: Vec<&str> = cell.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return None;
    }
    let every_second =
        |from: usize| parts.iter().skip(from).step_by(2).map(|part| part.trim().to_owned()).collect();
    Some((every_second(0), every_second(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<(usize, String)> {
        rows(text).1.into_iter().map(|broken| (broken.line, broken.message)).collect()
    }

    #[test]
    fn every_row_is_read_with_its_line() {
        let text = "# Words\n\n| a | b | c |\n|---|---|---|\n| one | `x = 1` `y = \"|\"` | 通过 |\n  two | `x = 2` | `f` 1\n";
        let (rows, broken) = rows(text);
        assert!(broken.is_empty(), "{broken:?}");
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [5, 6]);
        assert_eq!(rows[0].changes, ["x = 1", "y = \"|\""]);
        assert_eq!((rows[1].words.as_str(), rows[1].answer.as_str()), ("two", "`f` 1"));
    }

    #[test]
    fn no_row_is_skipped() {
        let head = "| a | b | c |\n|---|---|---|\n";
        for (row, fault) in [
            ("| one | `x = 1` |\n", "three cells, this row has 2"),
            ("| one | `x = 1` | 通过 | more |\n", "three cells, this row has 4"),
            ("| one | x = 1 | 通过 |\n", "nothing is changed"),
            ("| one | `x = 1` and | 通过 |\n", "“and” stands outside"),
            ("| one | `x = 1 | 通过 |\n", "this row has 2"),
            ("|  | `x = 1` | 通过 |\n", "say in words"),
            ("one without bars\n", "this row has 1"),
        ] {
            let found = faults(&format!("{head}{row}"));
            assert!(found.len() == 1 && found[0].0 == 3 && found[0].1.contains(fault), "{row}: {found:?}");
        }
        let alone = faults("words\n\n| one | `x = 1` | 通过 |\n");
        assert!(alone.is_empty(), "the head alone is no fault by itself: {alone:?}");
        assert_eq!(
            faults("| one | `x = 1` | 通过 |\n| two | `x = 1` | 通过 |\n").len(),
            1,
            "a table without a ruler"
        );
        assert_eq!(faults("| one | `x = 1` |\n").len(), 1, "a head of two columns");
    }
}
