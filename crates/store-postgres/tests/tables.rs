//! The migrations of both databases lead to the same tables.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sqlx::migrate::Migrator;
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

/// Columns by table and name, with their type and whether they may be null; names of indexes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tables {
    columns: BTreeMap<String, (String, bool)>,
    keys: BTreeSet<String>,
    indexes: BTreeSet<String>,
}

async fn migrations(store: &str) -> Migrator {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(store).join("migrations");
    Migrator::new(folder).await.unwrap()
}

async fn of_sqlite() -> Tables {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    migrations("store-sqlite").await.run(&mut connection).await.unwrap();
    let columns: Vec<(String, String, String, i64, i64, String)> = sqlx::query_as(
        r#"select m.name, p.name, p.type, p."notnull", p.pk, m.sql from sqlite_schema m, pragma_table_info(m.name) p
        where m.type = 'table' and m.name not like 'sqlite_%' and m.name <> '_sqlx_migrations'"#,
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut tables = Tables::default();
    for (table, column, kind, not_null, place, sql) in columns {
        let yes_or_no = sql.contains(&format!("check ({column} in (0, 1))"));
        let kind = match kind.to_lowercase().as_str() {
            "integer" if yes_or_no => "boolean",
            "integer" => "bigint",
            "text" => "text",
            other => panic!("{table}.{column} is {other}"),
        };
        tables.columns.insert(format!("{table}.{column}"), (kind.to_owned(), not_null == 0));
        if place > 0 {
            tables.keys.insert(format!("{table}.{column} {place}"));
        }
    }
    let indexes = "select name from sqlite_schema where type = 'index' and sql is not null";
    let indexes: Vec<String> = sqlx::query_scalar(indexes).fetch_all(&mut connection).await.unwrap();
    tables.indexes.extend(indexes);
    tables
}

async fn of_postgres() -> Tables {
    let server = std::env::var("JIEBANG_TEST_POSTGRES").expect("run me by scripts/with-postgres.sh");
    let name = format!("tables_{}", std::process::id());
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("create database {name}"));
    connection.execute(sqlx::raw_sql(create)).await.unwrap();
    let mut connection = PgConnection::connect(&format!("{server}/{name}")).await.unwrap();
    migrations("store-postgres").await.run(&mut connection).await.unwrap();
    let columns: Vec<(String, String, String, String, Option<String>)> = sqlx::query_as(
        "select table_name::text, column_name::text, data_type::text, is_nullable::text, collation_name::text
        from information_schema.columns where table_schema = 'public' and table_name <> '_sqlx_migrations'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut tables = Tables::default();
    for (table, column, kind, nullable, collation) in columns {
        assert!(
            kind != "text" || collation.as_deref() == Some("C"),
            "{table}.{column} is not compared by code point"
        );
        tables.columns.insert(format!("{table}.{column}"), (kind, nullable == "YES"));
    }
    let keys: Vec<(String, String, i32)> = sqlx::query_as(
        "select k.table_name::text, k.column_name::text, k.ordinal_position::int4
        from information_schema.key_column_usage k
        join information_schema.table_constraints c using (constraint_schema, constraint_name)
        where c.constraint_type = 'PRIMARY KEY' and k.table_schema = 'public' and k.table_name <> '_sqlx_migrations'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    tables.keys.extend(keys.into_iter().map(|(table, column, place)| format!("{table}.{column} {place}")));
    let indexes: Vec<String> = sqlx::query_scalar(
        "select i.indexname::text from pg_indexes i left join pg_constraint c on c.conname = i.indexname
        where i.schemaname = 'public' and c.oid is null",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    tables.indexes.extend(indexes);
    tables
}

#[tokio::test]
async fn both_databases_have_the_same_tables_columns_keys_and_indexes() {
    let (sqlite, mut postgres) = (of_sqlite().await, of_postgres().await);
    // The lock that servers of one database take in turn; a file has one writer.
    assert_eq!(postgres.columns.remove("writer.one"), Some(("bigint".to_owned(), false)));
    assert!(postgres.keys.remove("writer.one 1"));
    assert!(sqlite.columns.len() > 80, "{} columns", sqlite.columns.len());
    assert_eq!(sqlite.columns, postgres.columns);
    assert_eq!(sqlite.keys, postgres.keys);
    assert_eq!(sqlite.indexes, postgres.indexes);
}
