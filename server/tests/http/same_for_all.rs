//! Endpoints and functions that are the same for everybody and show nothing: signing in and out, the captchas that stand
//! before it, registering, and what is done with a link by whoever has it. Each has an attempt that comes to nothing.

use http::Method;
use serde_json::json;

use crate::{
    attempts::{Attempt, Expect},
    support::new_tenant,
};

/// All of them. This list may only shrink.
pub const SAME_FOR_ALL: [&str; 16] = [
    "POST /api/v1/session",
    "DELETE /api/v1/session",
    "GET /api/v1/registration",
    "POST /api/v1/registration",
    "POST /api/v1/links/look",
    "POST /api/v1/links/follow",
    "POST /api/v1/session/captcha",
    "GET /api/v1/session/captcha/{file}",
    "POST /api/session/sign_in",
    "POST /api/session/sign_out",
    "POST /api/session/new_captcha",
    "GET /api/links/get_registration",
    "POST /api/links/register",
    "POST /api/links/look_at_link",
    "POST /api/links/follow_link",
    "GET /api/session/offered_providers",
];

/// The attempt at an endpoint of the REST API; `None` for one that is none of these.
pub fn rest(method: &Method, path: &str) -> Option<Attempt> {
    let (path, body) = match listed(method, path)? {
        "POST /api/v1/session" => (path, Some(json!({ "username": "nobody-here", "password": "a wrong one" }))),
        "POST /api/v1/registration" => {
            let form = json!({ "tenant": new_tenant("mole", "mole-owner"), "repeat": "the very first password" });
            (path, Some(form))
        }
        "POST /api/v1/links/look" | "POST /api/v1/links/follow" => (path, Some(json!({ "token": "0".repeat(64) }))),
        "GET /api/v1/session/captcha/{file}" => ("/api/v1/session/captcha/nothing.png", None),
        _ => (path, None),
    };
    Some(Attempt { path: path.to_owned(), body, expect: Expect::ForAnybody })
}

/// The arguments of the attempt at a server function; `None` for one that is none of these.
pub fn function(method: &Method, path: &str) -> Option<String> {
    let owner = "form[tenant][owner][username]=mole-owner&form[tenant][owner][display_name]=Mole\
                 &form[tenant][owner][password]=the+very+first+password";
    Some(match listed(method, path)? {
        // Another name than above: after several failures for one, its next attempt needs a captcha.
        "POST /api/session/sign_in" => "form[username]=nobody-there&form[password]=a+wrong+one".to_owned(),
        "POST /api/links/register" => format!(
            "form[tenant][name]=mole&form[tenant][display_name]=Mole&{owner}&form[repeat]=the+very+first+password"
        ),
        "POST /api/links/look_at_link" => format!("token[token]={}", "0".repeat(64)),
        "POST /api/links/follow_link" => format!("form[token]={}", "0".repeat(64)),
        _ => String::new(),
    })
}

fn listed(method: &Method, path: &str) -> Option<&'static str> {
    let name = format!("{method} {path}");
    SAME_FOR_ALL.into_iter().find(|listed| *listed == name)
}
