//! Counts requests and how long their answers take, by the route that the router has for them: what people put into an
//! address would make a new row of each.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use http::Method;

use crate::measures;

/// The route of an address that the router has none for.
const NO_ROUTE: &str = "none";

/// Counts a request when the answer begins; a stream's lasts on.
pub async fn requests(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
    let method = name(request.method());
    let began = Instant::now();
    let response = next.run(request).await;
    measures::request(route, method, response.status().as_u16(), began.elapsed());
    response
}

/// The method by its name; anybody can make up others.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
