//! Each statement writes what it is given and reads it back.

use crate::{Outcome, act, new_store, read, rows};
use jiebang_store::{
    ApplicationFilter, ApplicationRow, CallRow, FileRow, IdempotencyRow, NewEvent, StoreError,
};
use jiebang_store_sqlite::{SqliteOptions, SqliteStore};

fn duplicate<T>(constraint: &str) -> Result<T, StoreError> {
    Err(StoreError::Duplicate(constraint.to_owned()))
}

#[tokio::test]
async fn an_organisation_is_kept_and_changed() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let changed = jiebang_store::OrganisationRow {
        name: "新名称".to_owned(),
        kind: "hospital".to_owned(),
        region: "440300".to_owned(),
        legal_representative: "赵".to_owned(),
        mainland: false,
        legal_person: true,
        address: "深圳市".to_owned(),
        ..rows::organisation("o1")
    };
    let change = changed.clone();
    let before = act!(store, connection => {
        let before = connection.organisation("o1").await?;
        connection.change_organisation(&change).await?;
        Ok(before)
    })?;
    assert_eq!(before, Some(rows::organisation("o1")));
    let (by_id, by_code, none) = read!(store, connection => Ok((
        connection.organisation("o1").await?,
        connection.organisation_by_unit("code of o1").await?,
        connection.organisation_by_unit("code of nobody").await?,
    )))?;
    assert_eq!((by_id, by_code, none), (Some(changed.clone()), Some(changed), None));
    Ok(())
}

#[tokio::test]
async fn a_code_is_registered_once() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let result = act!(store, connection => {
        let mut second = rows::organisation("o2");
        second.code = "code of o1".to_owned();
        connection.add_organisation(&second).await
    });
    assert_eq!(result, duplicate("organisation.code"));
    let result =
        act!(store, connection => connection.change_organisation(&rows::organisation("nobody")).await);
    assert_eq!(result, Err(StoreError::Stale));
    Ok(())
}

#[tokio::test]
async fn an_account_is_kept_and_changed() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let result = act!(store, connection => {
        let mut second = rows::account("a2");
        second.username = "name of a1".to_owned();
        connection.add_account(&second).await
    });
    assert_eq!(result, duplicate("account.username"));
    let changed = jiebang_store::AccountRow {
        name: "陈".to_owned(),
        email: "chen@example.cn".to_owned(),
        language: "en".to_owned(),
        password_hash: "other".to_owned(),
        disabled_at: Some(99),
        ..rows::account("a1")
    };
    let change = changed.clone();
    let (by_id, by_name, colleagues) = act!(store, connection => {
        connection.add_account(&rows::account("a0")).await?;
        connection.change_account(&change).await?;
        Ok((
            connection.account("a1").await?,
            connection.account_by_username("name of a1").await?,
            connection.accounts_of_organisation("o1").await?,
        ))
    })?;
    assert_eq!((by_id.as_ref(), by_name.as_ref()), (Some(&changed), Some(&changed)));
    assert_eq!(colleagues, [rows::account("a0"), changed]);
    let result = act!(store, connection => connection.change_account(&rows::account("nobody")).await);
    assert_eq!(result, Err(StoreError::Stale));
    Ok(())
}

#[tokio::test]
async fn a_session_leads_to_its_account_until_it_expires() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let outsider = jiebang_store::AccountRow { organisation_id: None, ..rows::account("a2") };
    let row = outsider.clone();
    act!(store, connection => {
        connection.add_account(&row).await?;
        connection.add_session(&rows::session("t1", 100)).await?;
        connection.add_session(&jiebang_store::SessionRow { account_id: "a2".to_owned(), ..rows::session("t2", 100) }).await
    })?;
    let (inside, late, outside) = read!(store, connection => Ok((
        connection.session("t1", 99).await?,
        connection.session("t1", 100).await?,
        connection.session("t2", 99).await?,
    )))?;
    assert_eq!(inside, Some((rows::session("t1", 100), rows::account("a1"), Some(rows::organisation("o1")))));
    assert_eq!(late, None);
    let (_, account, organisation) = outside.ok_or("no session")?;
    assert_eq!((account, organisation), (outsider, None));

    let after_closing = act!(store, connection => {
        connection.change_account(&jiebang_store::AccountRow { disabled_at: Some(50), ..rows::account("a1") }).await?;
        connection.session("t1", 99).await
    })?;
    assert_eq!(after_closing, None);
    Ok(())
}

#[tokio::test]
async fn sessions_end() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let left = act!(store, connection => {
        for (token, expires_at) in [("t1", 10), ("t2", 20), ("t3", 30), ("t4", 40)] {
            connection.add_session(&rows::session(token, expires_at)).await?;
        }
        connection.end_session("t1").await?;
        connection.end_session("not there").await?;
        let swept = connection.sweep_sessions(30).await?;
        let left = (swept, connection.session("t3", 0).await?.is_some(), connection.session("t2", 0).await?.is_some());
        connection.end_sessions_of("a1").await?;
        Ok((left, connection.session("t4", 0).await?))
    })?;
    assert_eq!(left, ((1, true, false), None));
    Ok(())
}

#[tokio::test]
async fn tokens_of_programs_end() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let token = |name: &str, created_at: i64, expires_at: i64| jiebang_store::ApiTokenRow {
        token_sha256: name.to_owned(),
        account_id: "a1".to_owned(),
        scopes: "read write".to_owned(),
        created_at,
        expires_at,
    };
    let first = token("t1", 1, 10);
    let other = jiebang_store::ApiTokenRow { account_id: "a2".to_owned(), ..token("other", 1, 90) };
    let rows = [
        first.clone(),
        token("t2", 2, 20),
        token("t3", 3, 90),
        token("t4", 4, 90),
        token("t5", 5, 90),
        other,
    ];
    let (found, late, ended, swept, older) = act!(store, connection => {
        connection.add_account(&rows::account("a2")).await?;
        for row in &rows {
            connection.add_api_token(row).await?;
        }
        let (found, late) = (connection.api_token("t1", 9).await?, connection.api_token("t1", 10).await?);
        connection.end_api_token("t5").await?;
        connection.end_api_token("not there").await?;
        let ended = connection.api_token("t5", 0).await?;
        let swept = connection.sweep_api_tokens(20).await?;
        // As many as are kept, and one that is not.
        connection.end_older_api_tokens("a1", 3).await?;
        connection.end_older_api_tokens("a1", 2).await?;
        let mut older = Vec::new();
        for name in ["t2", "t3", "t4", "other"] {
            older.push(connection.api_token(name, 0).await?.is_some());
        }
        connection.end_api_tokens_of("a1").await?;
        older.push(connection.api_token("t4", 0).await?.is_some());
        older.push(connection.api_token("other", 0).await?.is_some());
        Ok((found, late, ended, swept, older))
    })?;
    assert_eq!((found, late, ended, swept), (Some(first), None, None, 1));
    assert_eq!(older, [false, true, true, true, false, true]);
    Ok(())
}

#[tokio::test]
async fn attempts_to_log_in_are_kept_until_they_say_nothing() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let (none, first, second, swept, left) = act!(store, connection => {
        let none = connection.login_attempts("a").await?;
        connection.save_login_attempts("a", 10).await?;
        connection.save_login_attempts("b", 30).await?;
        let first = connection.login_attempts("a").await?;
        connection.save_login_attempts("a", 20).await?;
        let second = connection.login_attempts("a").await?;
        let swept = connection.sweep_login_attempts(21).await?;
        let left = (connection.login_attempts("a").await?, connection.login_attempts("b").await?);
        Ok((none, first, second, swept, left))
    })?;
    assert_eq!((none, first, second, swept, left), (None, Some(10), Some(20), 1, (None, Some(30))));
    Ok(())
}

#[tokio::test]
async fn an_invitation_is_used_once() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let (before, first, second, after) = act!(store, connection => {
        connection.add_invitation(&rows::invitation("i1")).await?;
        let before = connection.invitation("i1").await?;
        let first = connection.use_invitation("i1", 77).await;
        let second = connection.use_invitation("i1", 78).await;
        Ok((before, first, second, connection.invitation("i1").await?))
    })?;
    assert_eq!(before, Some(rows::invitation("i1")));
    assert_eq!((first, second), (Ok(()), Err(StoreError::Stale)));
    assert_eq!(after.and_then(|row| row.used_at), Some(77));
    Ok(())
}

#[tokio::test]
async fn every_version_of_each_call_is_listed() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let later = CallRow { published_at: 60, sources: "{\"a\":\"b\"}".to_owned(), ..rows::call("c1", "v0") };
    let other = CallRow { published_at: 30, ..rows::call("c2", "v1") };
    let (first, second) = (later.clone(), other.clone());
    act!(store, connection => {
        connection.add_call(&first).await?;
        connection.add_call(&second).await
    })?;
    assert_eq!(
        act!(store, connection => connection.add_call(&rows::call("c1", "v1")).await),
        duplicate("call_version.version")
    );
    let (calls, count, old, none) = read!(store, connection => Ok((
        connection.calls().await?,
        connection.count_calls().await?,
        connection.call_version("c1", "v1").await?,
        connection.call_version("c2", "v0").await?,
    )))?;
    // What `new_store` has published is the oldest.
    assert_eq!(calls, [rows::call("c1", "v1"), later, other]);
    assert_eq!(count, 3);
    assert_eq!((old, none), (Some(rows::call("c1", "v1")), None));
    Ok(())
}

#[tokio::test]
async fn numbers_are_given_without_a_gap() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    assert_eq!(act!(store, connection => connection.next_number("c1").await), Ok(1));
    let undone: Result<(), StoreError> = act!(store, connection => {
        connection.next_number("c1").await?;
        Err(StoreError::Stale)
    });
    assert_eq!(undone, Err(StoreError::Stale));
    assert_eq!(act!(store, connection => connection.next_number("c1").await), Ok(2));
    assert_eq!(
        act!(store, connection => connection.next_number("not published").await),
        Err(StoreError::Stale)
    );
    Ok(())
}

#[tokio::test]
async fn an_application_is_changed_only_by_who_saw_it_last() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let changed = ApplicationRow {
        state: "submitted".to_owned(),
        title: "新题".to_owned(),
        task: "t7".to_owned(),
        number: Some("0001".to_owned()),
        version: 1,
        submitted_at: Some(70),
        updated_at: 71,
        ..rows::application("p1")
    };
    let change = changed.clone();
    let (first, second, row) = act!(store, connection => {
        connection.add_application(&rows::application("p1")).await?;
        let first = connection.change_application(&change).await;
        let second = connection.change_application(&change).await;
        Ok((first, second, connection.application("p1").await?))
    })?;
    assert_eq!((first, second), (Ok(()), Err(StoreError::Stale)));
    assert_eq!(row, Some(ApplicationRow { revision: 2, ..changed }));
    let again = act!(store, connection => connection.add_application(&rows::application("p1")).await);
    assert_eq!(again, duplicate("application.id"));
    let unknown =
        act!(store, connection => connection.change_application(&rows::application("nobody")).await);
    assert_eq!(unknown, Err(StoreError::Stale));
    Ok(())
}

/// Six applications `p1` … `p6` of two calls, two organisations and three states.
async fn six_applications(store: &SqliteStore) -> Result<(), StoreError> {
    act!(store, connection => {
        connection.add_organisation(&jiebang_store::OrganisationRow { region: "12".to_owned(), ..rows::organisation("o2") }).await?;
        connection.add_call(&rows::call("c2", "v1")).await?;
        for (id, call, organisation, state, version) in [
            ("p1", "c1", "o1", "submitted", 1),
            ("p2", "c1", "o1", "reopened", 1),
            ("p3", "c1", "o2", "submitted", 2),
            ("p4", "c2", "o1", "submitted", 1),
            ("p5", "c1", "o1", "draft", 0),
            ("p6", "c1", "o1", "withdrawn", 1),
        ] {
            connection.add_application(&ApplicationRow {
                call_id: call.to_owned(),
                organisation_id: organisation.to_owned(),
                state: state.to_owned(),
                version,
                ..rows::application(id)
            }).await?;
        }
        Ok(())
    })
}

#[tokio::test]
async fn applications_are_listed_by_any_filter() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    six_applications(&store).await?;
    for (call, organisation, before, limit, expected) in [
        (None, None, None, 200, "p6 p5 p4 p3 p2 p1"),
        (None, None, Some("p4"), 2, "p3 p2"),
        (Some("c1"), None, None, 200, "p6 p5 p3 p2 p1"),
        (Some("c1"), None, Some("p5"), 2, "p3 p2"),
        (None, Some("o1"), None, 3, "p6 p5 p4"),
        (Some("c1"), Some("o1"), None, 200, "p6 p5 p2 p1"),
        (Some("c1"), Some("o1"), Some("p5"), 200, "p2 p1"),
        (None, None, None, -1, ""),
    ] {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let filter = ApplicationFilter {
            call_id: own(call),
            organisation_id: own(organisation),
            before_id: own(before),
            limit,
        };
        let shown = format!("{filter:?}");
        let page = read!(store, connection => connection.applications(&filter).await)?;
        let ids: Vec<String> = page.into_iter().map(|row| row.id).collect();
        assert_eq!(ids.join(" "), expected, "{shown}");
    }
    Ok(())
}

#[tokio::test]
async fn a_page_has_at_most_two_hundred_rows() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let count = act!(store, connection => {
        for number in 0..210 {
            connection.add_application(&rows::application(&format!("p{number:03}"))).await?;
        }
        Ok(connection.applications(&ApplicationFilter { limit: 1_000, ..ApplicationFilter::default() }).await?.len())
    })?;
    assert_eq!(count, 200);
    Ok(())
}

#[tokio::test]
async fn submitted_applications_are_counted() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    six_applications(&store).await?;
    let (led, led_except) = read!(store, connection => Ok((
        connection.count_led("c1", "o1", "").await?,
        connection.count_led("c1", "o1", "p1").await?,
    )))?;
    assert_eq!((led, led_except), (2, 1));
    Ok(())
}

#[tokio::test]
async fn a_section_is_saved_only_by_who_saw_it_last() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let (saves, sections) = act!(store, connection => {
        connection.add_application(&rows::application("p1")).await?;
        let mut saves = Vec::new();
        for (name, seen) in [("b", 0), ("b", 0), ("b", 1), ("b", 1), ("b", 2), ("a", 0), ("c", 1)] {
            saves.push(connection.save_section(&rows::section("p1", name, seen)).await);
        }
        Ok((saves, connection.sections("p1").await?))
    })?;
    let stale = Err(StoreError::Stale);
    assert_eq!(saves, [Ok(1), stale.clone(), Ok(2), stale.clone(), Ok(3), Ok(1), stale]);
    assert_eq!(sections, [rows::section("p1", "a", 1), rows::section("p1", "b", 3)]);
    Ok(())
}

#[tokio::test]
async fn files_are_listed_by_creation_and_removed() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let (one, all, removed, again, left) = act!(store, connection => {
        connection.add_application(&rows::application("p1")).await?;
        connection.add_file(&rows::file("f1", "p1", 20)).await?;
        connection.add_file(&rows::file("f2", "p1", 10)).await?;
        let one = connection.file("f1").await?;
        let all = connection.files("p1").await?;
        let removed = connection.remove_file("f1", 0).await;
        let again = connection.remove_file("f1", 0).await;
        Ok((one, all, removed, again, connection.files("p1").await?))
    })?;
    assert_eq!(one, Some(rows::file("f1", "p1", 20)));
    assert_eq!(all, [rows::file("f2", "p1", 10), rows::file("f1", "p1", 20)]);
    assert_eq!((removed, again), (Ok(()), Err(StoreError::Stale)));
    assert_eq!(left, [rows::file("f2", "p1", 10)]);
    Ok(())
}

/// A file belongs to the versions that were submitted while it was attached; one that no version names goes.
#[tokio::test]
async fn files_of_submitted_versions_stay() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let after = |id: &str, submissions| FileRow { added_version: submissions, ..rows::file(id, "p1", 20) };
    let (draft, gone, kept, versions, again) = act!(store, connection => {
        connection.add_application(&rows::application("p1")).await?;
        for file in [after("first", 0), after("second", 1), after("third", 2)] {
            connection.add_file(&file).await?;
        }
        connection.remove_file("first", 1).await?;
        connection.remove_file("third", 2).await?;
        let mut versions = Vec::new();
        for version in 1..=3 {
            let files = connection.files_of_version("p1", version).await?;
            versions.push(files.into_iter().map(|file| file.id).collect::<Vec<_>>());
        }
        let draft = connection.files("p1").await?;
        let (gone, kept) = (connection.file("third").await?, connection.file("first").await?);
        Ok((draft, gone, kept, versions, connection.remove_file("first", 2).await))
    })?;
    assert_eq!(draft, [after("second", 1)]);
    assert_eq!(gone, None);
    assert_eq!(kept, Some(FileRow { removed_version: Some(1), ..after("first", 0) }));
    assert_eq!(versions, [vec!["first"], vec!["second"], vec!["second"]]);
    assert_eq!(again, Err(StoreError::Stale));
    Ok(())
}

#[tokio::test]
async fn frozen_copies_are_found_by_receipt() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let (found, none, list) = act!(store, connection => {
        connection.add_application(&rows::application("p1")).await?;
        connection.add_submission(&rows::submission("p1", 1)).await?;
        connection.add_submission(&rows::submission("p1", 2)).await?;
        Ok((
            connection.submission_by_receipt("receipt of p1 1").await?,
            connection.submission_by_receipt("receipt of p1 3").await?,
            connection.submissions("p1").await?,
        ))
    })?;
    assert_eq!((found, none), (Some(rows::submission("p1", 1)), None));
    let bare =
        |version| jiebang_store::SubmissionRow { content: String::new(), ..rows::submission("p1", version) };
    assert_eq!(list, [bare(2), bare(1)]);
    let taken = act!(store, connection => {
        let mut third = rows::submission("p1", 3);
        third.receipt_number = "receipt of p1 1".to_owned();
        connection.add_submission(&third).await
    });
    assert_eq!(taken, duplicate("submission.receipt_number"));
    let again = act!(store, connection => connection.add_submission(&rows::submission("p1", 2)).await);
    assert!(matches!(again, Err(StoreError::Duplicate(_))), "{again:?}");
    Ok(())
}

#[tokio::test]
async fn events_run_from_one_in_order() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let positions = act!(store, connection => {
        let system = NewEvent { account_id: None, ..rows::event("s2") };
        Ok([
            connection.add_event(&rows::event("s1")).await?,
            connection.add_event(&system).await?,
            connection.add_event(&rows::event("s1")).await?,
        ])
    })?;
    assert_eq!(positions, [1, 2, 3]);
    let (of, after, limited) = read!(store, connection => Ok((
        connection.events_of("s1").await?,
        connection.events_after(1, 10).await?,
        connection.events_after(0, 1).await?,
    )))?;
    assert_eq!(of.iter().map(|row| row.position).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(of.first().map(|row| &row.event), Some(&rows::event("s1")));
    assert_eq!(
        after.iter().map(|row| (row.position, row.event.account_id.is_some())).collect::<Vec<_>>(),
        [(2, false), (3, true)]
    );
    assert_eq!(limited.len(), 1);
    Ok(())
}

#[tokio::test]
async fn an_event_is_erased_once_and_keeps_its_digest() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let (first, again, unknown) = act!(store, connection => {
        connection.add_event(&rows::event("s1")).await?;
        connection.add_event(&rows::event("s1")).await?;
        Ok((
            connection.erase_event(1, "00ff").await,
            connection.erase_event(1, "ff00").await,
            connection.erase_event(3, "00ff").await,
        ))
    })?;
    assert_eq!((first, again, unknown), (Ok(()), Err(StoreError::Stale), Err(StoreError::Stale)));
    let events = read!(store, connection => connection.events_after(0, 9).await)?;
    let [erased, left] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((erased.salt.as_str(), erased.event.data.as_str()), ("", ""));
    assert_eq!(erased.digest.as_deref(), Some("00ff"));
    assert_eq!((erased.event.kind.as_str(), erased.event.at), (left.event.kind.as_str(), left.event.at));
    assert_eq!((left.salt.len(), left.digest.as_deref()), (32, None));
    assert_eq!(left.event, rows::event("s1"));
    Ok(())
}

#[tokio::test]
async fn what_was_submitted_at_a_position_is_erased() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let mut second = rows::submission("p1", 2);
    second.position = 9;
    let kept = rows::submission("p1", 1);
    let (first, other) = (kept.clone(), second.clone());
    assert_ne!(kept.position, second.position);
    let (left, erased) = act!(store, connection => {
        connection.add_application(&rows::application("p1")).await?;
        connection.add_submission(&first).await?;
        connection.add_submission(&other).await?;
        connection.erase_submission("p1", 9).await?;
        Ok((
            connection.submission_by_receipt(&first.receipt_number).await?,
            connection.submission_by_receipt(&other.receipt_number).await?,
        ))
    })?;
    assert_eq!(left, Some(kept));
    let none = String::new;
    let empty =
        jiebang_store::SubmissionRow { content: none(), content_sha256: none(), receipt: none(), ..second };
    assert_eq!(erased, Some(empty));
    Ok(())
}

#[tokio::test]
async fn hashes_of_the_tree_are_read_in_order() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let found = act!(store, connection => {
        // More than one statement takes at once.
        let many: Vec<(i64, String)> = (0..250).rev().map(|number| (number, format!("h{number}"))).collect();
        connection.add_ledger_hashes(&many).await?;
        connection.add_ledger_hashes(&[(i64::MAX, "f".repeat(64))]).await?;
        connection.add_ledger_hashes(&[]).await?;
        let mut at = connection.ledger_hashes_at(&[249, 7, 300, i64::MAX]).await?;
        at.sort();
        let none = connection.ledger_hashes_at(&[]).await?;
        Ok((connection.ledger_hashes(1, 3).await?, at, none))
    })?;
    let (ranged, at, none) = found;
    assert_eq!(ranged, [(1, "h1".to_owned()), (2, "h2".to_owned())]);
    assert_eq!(at, [(7, "h7".to_owned()), (249, "h249".to_owned()), (i64::MAX, "f".repeat(64))]);
    assert!(none.is_empty());
    Ok(())
}

#[tokio::test]
async fn outbox_entries_stay_until_they_are_done() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let (open, left) = act!(store, connection => {
        for payload in ["one", "two", "three"] {
            connection.add_outbox("notify", payload, 5).await?;
        }
        let open = connection.outbox(2).await?;
        for id in open.iter().map(|entry| entry.id) {
            connection.outbox_done(id, 6).await?;
            connection.outbox_done(id, 7).await?;
        }
        Ok((open, connection.outbox(10).await?))
    })?;
    assert_eq!(open.iter().map(|entry| entry.payload.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(
        left.iter()
            .map(|entry| (entry.kind.as_str(), entry.payload.as_str(), entry.created_at))
            .collect::<Vec<_>>(),
        [("notify", "three", 5)]
    );
    Ok(())
}

#[tokio::test]
async fn an_idempotency_key_is_kept_once() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let row = IdempotencyRow {
        account_id: "a1".to_owned(),
        key: "k1".to_owned(),
        request_sha256: "ef".to_owned(),
        answer: "{}".to_owned(),
        created_at: 12,
    };
    let new = row.clone();
    let (first, second, found, none) = act!(store, connection => Ok((
        connection.add_idempotency(&new).await,
        connection.add_idempotency(&new).await,
        // An act may look up what stands in its way.
        connection.idempotency("a1", "k1").await?,
        connection.idempotency("a1", "k2").await?,
    )))?;
    assert_eq!((first, second), (Ok(()), duplicate("idempotency.key")));
    assert_eq!((found, none), (Some(row), None));
    Ok(())
}

#[tokio::test]
async fn settings_are_set_anew() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let (none, second) = act!(store, connection => {
        let none = connection.setting("demo_clock").await?;
        connection.set_setting("demo_clock", "1").await?;
        connection.set_setting("demo_clock", "2").await?;
        Ok((none, connection.setting("demo_clock").await?))
    })?;
    assert_eq!((none, second), (None, Some("2".to_owned())));
    Ok(())
}

#[tokio::test]
async fn a_row_must_belong_to_something() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let orphan = ApplicationRow { organisation_id: "nobody".to_owned(), ..rows::application("p1") };
    let result = act!(store, connection => connection.add_application(&orphan).await);
    assert!(matches!(result, Err(StoreError::Unavailable(_))), "{result:?}");
    Ok(())
}
