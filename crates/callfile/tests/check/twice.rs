//! Ids that stand twice, and shared files that extend each other.

use jiebang_callfile::{Library, read};

use crate::{assert_whole, changed, check, library, marked, place};

#[test]
fn an_id_that_stands_twice_in_one_list_is_told_at_the_second() {
    for (from, to, id) in [
        ("", "[[field]]\nid = ¦\"overview\"\nlabel = [\"又一次\", \"Again\"]\n", "overview"),
        ("{ id = \"kind\", type = \"choice\"", "{ id = ¦\"name\", type = \"choice\"", "name"),
        (
            "",
            "[[requirement]]\nid = \"ip\"\ntext = [\"甲\", \"A\"]\n[[requirement]]\nid = ¦\"ip\"\ntext = [\"乙\", \"B\"]\n",
            "ip",
        ),
        ("", "[[period]]\nid = ¦\"work\"\nyears = 2\nfrom = \"list_published\"\nclause = \"一\"\n", "work"),
    ] {
        let (text, line, column) = marked(&changed(from, to));
        let errors = check(&text).errors;
        let twice = errors.iter().find(|error| error.code == "id_twice");
        let twice = twice.unwrap_or_else(|| panic!("{id}: {errors:#?}"));
        assert_eq!((place(twice), twice.message.en.contains(id)), (("id_twice", line, column), true));
        assert_whole(&text, twice);
    }
}

/// A library with these shared files beside those of the base.
fn with(files: &[(&str, &str)]) -> Library {
    let more = files.iter().map(|(name, text)| ((*name).to_owned(), format!("language = 1\n{text}")));
    let mut whole = library();
    whole.kept.extend(more);
    whole
}

#[test]
fn an_id_that_stands_twice_in_a_shared_file_is_told_by_the_file_and_by_the_call() {
    for text in [
        "field = [{ id = \"a\" }, { id = \"a\" }]",
        "field = [{ id = \"a\", columns = [{ id = \"b\" }, { id = \"b\" }] }]",
        "list = [{ id = \"a\", name = [\"甲\", \"A\"], items = [] }, { id = \"a\", name = [\"甲\", \"A\"], items = [] }]",
        "list = [{ id = \"c\", name = [\"甲\", \"A\"], items = [{ id = \"a\", name = [\"甲\", \"A\"] }, { id = \"a\", name = [\"乙\", \"B\"] }] }]",
        "section = [{ id = \"a\", title = [\"甲\", \"A\"], clause = \"一\", fields = [] }, { id = \"a\", title = [\"甲\", \"A\"], clause = \"一\", fields = [] }]",
        "form = [{ id = \"a\", title = [\"甲\", \"A\"] }, { id = \"a\", title = [\"甲\", \"A\"] }]",
    ] {
        let library = with(&[("double", text)]);
        let call = changed("[\"kinds\"]", "[\"kinds\", \"double\"]");
        let alone = format!("language = 1\n{text}");
        for (text, starts) in [(&call, "Shared file double: "), (&alone, "The id ")] {
            let errors = read(text, None, &library).errors;
            let twice = errors.iter().find(|error| error.code == "id_twice");
            let twice = twice.unwrap_or_else(|| panic!("{text}: {errors:#?}"));
            assert!(twice.message.en.starts_with(starts), "{twice:?}");
            assert_whole(text, twice);
        }
    }
}

#[test]
fn shared_files_that_extend_each_other_are_told_where_the_circle_begins() {
    let library = with(&[
        ("a", "extends = [\"kinds\", \"b\"]"),
        ("b", "extends = [\"a\"]"),
        ("self", "extends = [\"self\"]"),
        ("left", "extends = [\"kinds\"]"),
        ("right", "extends = [\"left\", \"kinds\"]"),
    ]);
    for (extends, path) in [
        ("[¦\"a\"]", Some("a → b → a")),
        ("[\"kinds\", ¦\"b\"]", Some("b → a → b")),
        ("[¦\"self\"]", Some("self → self")),
        // What several files extend is no circle.
        ("[¦\"left\", \"right\", \"kinds\"]", None),
    ] {
        for text in [changed("[\"kinds\"]", extends), format!("language = 1\nextends = {extends}\n")] {
            let (text, line, column) = marked(&text);
            let errors = read(&text, None, &library).errors;
            let round = errors.iter().find(|error| error.code == "extends_loop");
            assert_eq!(round.map(place), path.map(|_| ("extends_loop", line, column)), "{errors:#?}");
            let Some((round, path)) = round.zip(path) else { continue };
            assert!(round.message.en.ends_with(path) && round.message.zh.ends_with(path), "{round:?}");
            assert_whole(&text, round);
        }
    }
}
