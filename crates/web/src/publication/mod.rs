//! Publishing (公布): lists for everybody, what the office publishes next, objections, certificates.

mod certificate;
mod draft;
mod list;
mod objections;
mod overview;

use axum::Router;
use axum::routing::get;
use jiebang_domain::call::Call;
use jiebang_domain::shared::Language;
use jiebang_service::TableForm;

use crate::Site;

/// Routes of the room. Acts are sent to the page that they are begun from.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/calls/{id}/lists", get(overview::page))
        .route("/calls/{id}/lists/{stage}", get(list::latest).post(objections::file))
        .route("/calls/{id}/lists/{stage}/draft", get(draft::page).post(draft::act))
        .route("/calls/{id}/lists/{stage}/{version}", get(list::page))
        .route("/calls/{id}/lists/{stage}/{version}/list.json", get(list::json))
        .route("/calls/{id}/lists/{stage}/{version}/list.csv", get(list::csv))
        .route(
            "/calls/{id}/lists/{stage}/{version}/list.pdf",
            get(|site, visitor, parts| list::paper(site, visitor, parts, TableForm::Pages)),
        )
        .route(
            "/calls/{id}/lists/{stage}/{version}/list.xlsx",
            get(|site, visitor, parts| list::paper(site, visitor, parts, TableForm::Workbook)),
        )
        .route("/calls/{id}/lists/{stage}/{version}/certificates/{number}", get(certificate::page))
        .route(
            "/calls/{id}/lists/{stage}/{version}/certificates/{number}/certificate.pdf",
            get(certificate::paper),
        )
        .route("/calls/{id}/objections", get(objections::desk).post(objections::answer))
}

/// The name of a task.
fn task_name(call: &Call, task: &str, language: Language) -> String {
    call.node(task).map_or_else(|| task.to_owned(), |node| node.name.get(language).to_owned())
}

/// The name of a group: of a node of the task tree, of a region, or as it stands.
fn group_name(call: &Call, group: &str, language: Language) -> String {
    match (call.node(group), jiebang_domain::shared::Region::parse(group)) {
        (Some(node), _) => node.name.get(language).to_owned(),
        (None, Some(region)) => region.name().get(language).to_owned(),
        (None, None) if group == call.id => call.title.get(language).to_owned(),
        (None, None) => group.to_owned(),
    }
}
