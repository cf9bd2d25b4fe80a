//! What cannot be read: a server function that is sent nonsense says that the request is at fault, and never that
//! Longshore is.

use http::{Method, StatusCode};
use leptos::server_fn::axum::server_fn_paths;
use serde_json::json;

use super::support::Site;

/// The whole of it would end the session that asks.
const ENDS: &str = "/api/session/sign_out";

#[tokio::test]
async fn a_server_function_that_is_sent_nonsense_says_so() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let mut refused = 0;
    for (path, method) in server_fn_paths().filter(|(path, _)| *path != ENDS) {
        let replies = if method == Method::GET {
            vec![
                admin.get(path).await,
                admin.get(&format!("{path}?query[limit][deep]=1&query[page]=-1&id=%00&query[[[")).await,
            ]
        } else {
            vec![
                admin.ask(&method, path, Some(json!([1, { "form": null }]))).await,
                admin.submit(path, "form=1&form[name][x][y]=%FF&id=nobody").await,
            ]
        };
        for reply in replies {
            assert!(!reply.status.is_server_error(), "{method} {path}: {} {}", reply.status, reply.body);
            if reply.status == StatusCode::UNPROCESSABLE_ENTITY {
                refused += 1;
                assert!(
                    reply.body.contains("could not be read") || reply.body.contains("fields"),
                    "{path}: {}",
                    reply.body
                );
            }
        }
    }
    assert!(refused > 20, "only {refused} were refused");
}

#[tokio::test]
async fn a_list_needs_no_choice() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    for path in ["/api/audit/list_audit", "/api/apps/list_apps", "/api/operations/list_operations"] {
        let reply = admin.get(path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.body);
    }
}
