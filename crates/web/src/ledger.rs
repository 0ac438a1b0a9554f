//! The ledger in public (账本): its key, its heads, tiles and entries for mirrors, in the formats of C2SP tlog-tiles.

mod verify;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiebang_ledger::base64_of_hash;
use jiebang_service::ServiceError;

use crate::Site;
use crate::error::Failure;
use crate::request::{Address, Visitor};

/// Entries and hashes in a whole tile.
const TILE: usize = 256;

/// Routes of the room.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/.well-known/jiebang-ledger", get(key))
        .route("/ledger/checkpoint", get(checkpoint))
        .route("/ledger/consistency/{old}", get(consistency))
        .route("/ledger/tile/{*path}", get(tile))
        .route(
            "/verify",
            get(verify::page).post(verify::act).layer(DefaultBodyLimit::max(verify::FORM_BYTES_MAX)),
        )
}

async fn key(State(site): State<Site>) -> Response {
    text(format!("{}\n", site.service.ledger_key().as_str()))
}

async fn checkpoint(State(site): State<Site>, visitor: Visitor) -> Result<Response, Failure> {
    let head = site.service.ledger_head().await.map_err(|error| visitor.fail(error))?;
    let head = head.ok_or_else(|| visitor.fail(ServiceError::NotFound))?;
    Ok(text(head.note))
}

/// The proof that the head of so many entries is the beginning of the newest: a hash on each line.
async fn consistency(
    State(site): State<Site>,
    visitor: Visitor,
    old: Address<i64>,
) -> Result<Response, Failure> {
    let old = visitor.address(old)?;
    let proof = site.service.ledger_consistency(old).await.map_err(|error| visitor.fail(error))?;
    let (head, hashes) = proof;
    let lines: String = hashes.iter().map(|hash| format!("{}\n", base64_of_hash(hash))).collect();
    let mut response = text(lines);
    if let Ok(size) = head.size.to_string().parse() {
        response.headers_mut().insert("ledger-size", size);
    }
    Ok(response)
}

/// `<level>/<index>[.p/<width>]` or `entries/<index>[.p/<width>]`.
async fn tile(
    State(site): State<Site>,
    visitor: Visitor,
    path: Address<String>,
) -> Result<Response, Failure> {
    let path = visitor.address(path)?;
    let not_found = || visitor.fail(ServiceError::NotFound);
    let (kind, rest) = path.split_once('/').ok_or_else(not_found)?;
    let (nth, width) = place(rest).ok_or_else(not_found)?;
    let bytes = if kind == "entries" {
        let entries = site.service.ledger_entries(nth).await.map_err(|error| visitor.fail(error))?;
        let bundle = entries.get(..width).ok_or_else(not_found)?;
        let mut bytes = Vec::new();
        for leaf in bundle.iter().map(jiebang_ledger::Entry::leaf) {
            let length = u16::try_from(leaf.len()).map_err(|_| not_found())?;
            bytes.extend(length.to_be_bytes());
            bytes.extend(leaf);
        }
        bytes
    } else {
        let level: u8 =
            kind.parse().ok().filter(|level: &u8| level.to_string() == kind).ok_or_else(not_found)?;
        let hashes = site.service.ledger_tile(level, nth).await.map_err(|error| visitor.fail(error))?;
        hashes.get(..width).ok_or_else(not_found)?.concat()
    };
    // A whole tile never changes.
    let cache = if width == TILE { "public, max-age=31536000, immutable" } else { "no-cache" };
    Ok((
        StatusCode::OK,
        [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, cache)],
        bytes,
    )
        .into_response())
}

/// Number and width of a tile: `x001/x234/067` is 1234067; `.p/5` stands for the first five.
fn place(path: &str) -> Option<(u64, usize)> {
    let (index, width) = match path.split_once(".p/") {
        Some((index, width)) => {
            let parsed = width.parse().ok().filter(|parsed| (1..TILE).contains(parsed))?;
            (index, (parsed.to_string() == width).then_some(parsed)?)
        }
        None => (path, TILE),
    };
    let groups: Vec<&str> = index.split('/').collect();
    let (last, before) = groups.split_last()?;
    let mut digits = String::new();
    for group in before {
        digits.push_str(group.strip_prefix('x').filter(|group| three_digits(group))?);
    }
    three_digits(last).then_some(())?;
    digits.push_str(last);
    let leads = before.first().is_some_and(|first| *first == "x000");
    if leads { None } else { digits.parse().ok().map(|nth| (nth, width)) }
}

fn three_digits(group: &str) -> bool {
    group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit())
}

fn text(body: String) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], body)
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn tiles_are_named_in_groups_of_three_digits() {
        assert_eq!(place("000"), Some((0, 256)));
        assert_eq!(place("067.p/5"), Some((67, 5)));
        assert_eq!(place("x001/x234/067"), Some((1_234_067, 256)));
        for path in [
            "",
            "0",
            "1000",
            "x000/001",
            "001/002",
            "x001/2",
            "000.p/0",
            "000.p/256",
            "000.p/05",
            "-01",
            "x01/001",
        ] {
            assert_eq!(place(path), None, "{path}");
        }
    }
}
