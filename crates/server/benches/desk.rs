//! Every page of a desk with ten thousand applications, and its counterpart for programs. Run: `cargo bench -p jiebang-server --bench
//! desk`, for PostgreSQL under `scripts/with-postgres.sh`.
//!
//! Each address is asked for in a row over one connection; printed are the median, the time of 95 in 100, and the size of the answer.

#[path = "driver/desk.rs"]
mod big;
#[path = "driver/mod.rs"]
mod driver;

use std::time::Instant;

use big::{APPLICATIONS, CALL, Desk, NOW, OFFICER, REGION};
use jiebang_service::Role;
use jiebang_testkit::{PASSWORD, add_user};

use driver::{Connection, Failure, Server, milliseconds, session, share};

/// How often each address is asked for.
const TIMES: usize = 50;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new()?;
    let begun = Instant::now();
    let (mut desk, officer, token, office) = runtime.block_on(async {
        let desk = Desk::build().await?;
        add_user(&desk.app.service, "office", Role::ProgrammeOffice, None, None).await;
        let officer = session(&desk.session(OFFICER).await?);
        let office = session(&desk.session("office").await?);
        let login = serde_json::json!({ "username": OFFICER, "password": PASSWORD });
        let answer = desk.app.client().json("POST", "/api/v1/tokens", &login).await.expect(201);
        let token = answer.value()["token"].as_str().map(|token| format!("authorization: Bearer {token}"));
        let token = token.ok_or("no token")?;
        Ok::<_, Failure>((desk, officer, token, office))
    })?;
    println!("{APPLICATIONS} applications at a desk of {CALL}, made in {:.0?}", begun.elapsed());
    runtime.block_on(desk.close())?;
    let server = Server::start(desk.app.data.path(), &desk.app.database, NOW)?;
    println!("{:<56} {:>9} {:>9} {:>9}", "", "median", "p95", "KiB");
    for (path, reader) in pages(&desk) {
        let who = match reader {
            Reader::Officer => &officer,
            Reader::Program => &token,
            Reader::Office => &office,
        };
        measure(&server, &path, who)?;
    }
    Ok(())
}

/// Who asks.
enum Reader {
    Officer,
    Program,
    Office,
}

/// Every address of the desk.
fn pages(desk: &Desk) -> Vec<(String, Reader)> {
    let page = format!("/desk/{CALL}");
    let api = format!("/api/v1/desks/{CALL}");
    let (last, middle) = (&desk.applications[40].0, &desk.applications[APPLICATIONS / 2].0);
    let mut all = vec![("/desk".to_owned(), Reader::Officer), (page.clone(), Reader::Officer)];
    let mut officer = |path: String| all.push((path, Reader::Officer));
    officer(format!("{page}?before={last}"));
    for show in ["open", "assessed", "objected", "returned", "ranked", "unranked"] {
        officer(format!("{page}?show={show}"));
    }
    officer(format!("{page}?show=ranked&before={last}"));
    // The oldest, which is found last, and nothing.
    for find in ["00041", "nowhere"] {
        officer(format!("{page}?find={find}"));
        officer(format!("{page}/ranking?find={find}"));
    }
    officer(format!("{page}/applications/{middle}"));
    officer(format!("{page}/applications/{middle}?show=objected"));
    officer(format!("{page}/ranking"));
    for list in ["confirmation", "lists/1", "lists/1/content", "table.xlsx", "lists/1/table.pdf"] {
        officer(format!("{page}/{list}"));
    }
    officer(format!("/applications/{middle}"));
    officer(format!("/applications/{middle}/book.pdf"));
    all.push((page.clone(), Reader::Office));
    all.push((format!("{page}?region={REGION}"), Reader::Office));
    let desk = format!("{api}/{REGION}");
    for path in [
        api,
        desk.clone(),
        format!("{desk}/applications?limit=200"),
        format!("{desk}/applications?limit=200&before={last}"),
        format!("{desk}/applications?show=objected"),
        format!("{desk}/applications/{middle}"),
        format!("{desk}/lists/1"),
    ] {
        all.push((path, Reader::Program));
    }
    all
}

fn measure(server: &Server, path: &str, who: &str) -> Result<(), Failure> {
    let mut connection = Connection::open(server.address)?;
    connection.get(path, who)?;
    let mut times = Vec::with_capacity(TIMES);
    let mut bytes = 0;
    for _ in 0..TIMES {
        let asked = Instant::now();
        bytes = connection.get(path, who)?.bytes;
        times.push(milliseconds(asked));
    }
    let (median, most) = (share(&mut times, 50), share(&mut times, 95));
    // Ids say nothing.
    let shown =
        path.split_inclusive(['/', '?', '=', '&']).map(|part| match part.trim_end_matches(['?', '&']) {
            id if id.len() == 26 => part.replace(id, "…"),
            _ => part.to_owned(),
        });
    let shown: String = shown.collect();
    println!("{shown:<56} {median:>6.1} ms {most:>6.1} ms {:>9.1}", bytes as f64 / 1024.0);
    Ok(())
}
