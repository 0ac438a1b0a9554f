//! Builds again when something changes that the macros of `sqlx` read without telling cargo.

fn main() {
    for path in ["migrations", ".sqlx", "sqlx.toml"] {
        println!("cargo::rerun-if-changed={path}");
    }
    for variable in ["STORE_SQLITE_URL", "SQLX_OFFLINE", "SQLX_OFFLINE_DIR"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
}
