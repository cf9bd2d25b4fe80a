//! A registry of a few lines on loopback says what real ones say.

use axum::{
    Router,
    http::{HeaderMap, StatusCode, Uri},
    response::IntoResponse,
    routing::any,
};

use super::{Registry, RegistryError, challenge::Challenge, egress::is_allowed, reference::Reference};

const DIGEST: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// Answers for a while; gives back its `host:port`.
async fn registry() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let host = listener.local_addr().expect("an address").to_string();
    let realm = format!("Bearer realm=\"http://{host}/token\",service=\"tests, all\",scope=\"x\"");
    let answer = move |uri: Uri, headers: HeaderMap| async move {
        match (uri.path(), headers.get("authorization").and_then(|h| h.to_str().ok())) {
            ("/v2/old/manifests/1", _) => "manifest".into_response(),
            ("/v2/open/manifests/1", _) | ("/v2/tokens/manifests/1", Some("Bearer abc")) => {
                [("docker-content-digest", DIGEST)].into_response()
            }
            ("/v2/tokens/manifests/1" | "/v2/private/manifests/1", _) => {
                (StatusCode::UNAUTHORIZED, [("www-authenticate", realm)]).into_response()
            }
            ("/token", _) if uri.query() == Some("service=tests%2C+all&scope=repository%3Atokens%3Apull") => {
                "{\"token\":\"abc\"}".into_response()
            }
            ("/token", _) => StatusCode::FORBIDDEN.into_response(),
            ("/v2/moved/manifests/1", _) => {
                (StatusCode::TEMPORARY_REDIRECT, [("location", "http://169.254.169.254/")]).into_response()
            }
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(any(answer))).await });
    host
}

#[tokio::test]
async fn digests_are_asked_for_as_registries_want_it() {
    let host = registry().await;
    let asked = Registry::new(std::slice::from_ref(&host)).expect("a client");
    let digest = async |name: &str| asked.digest(&format!("{host}/{name}:1")).await;
    assert_eq!(digest("open").await, Ok(DIGEST.to_owned()));
    assert_eq!(digest("tokens").await, Ok(DIGEST.to_owned()));
    // printf manifest | sha256sum
    let hash = "sha256:05b3abf2579a5eb66403cd78be557fd860633a1fe2103c7642030defe32c657f";
    assert_eq!(digest("old").await.as_deref(), Ok(hash));
    assert_eq!(digest("private").await, Err(RegistryError::Denied));
    assert_eq!(digest("none").await, Err(RegistryError::NotFound));
    assert!(matches!(digest("moved").await, Err(RegistryError::Unavailable(_))), "a redirect is not followed");
    let given = format!("{host}/any:1@{DIGEST}");
    assert_eq!(asked.digest(&given).await, Ok(DIGEST.to_owned()), "a digest needs no registry");
}

#[tokio::test]
async fn the_machine_itself_is_not_asked_unless_it_is_listed() {
    let host = registry().await;
    let asked = Registry::new(&[]).expect("a client");
    assert_eq!(asked.digest(&format!("{host}/open:1")).await, Err(RegistryError::Refused));
    let port = host.rsplit(':').next().expect("a port");
    assert_eq!(asked.digest(&format!("localhost:{port}/open:1")).await, Err(RegistryError::Refused));
}

#[test]
fn addresses_of_this_machine_and_of_its_link_are_refused() {
    for bad in [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "fd00:ec2::254",
    ] {
        assert!(!is_allowed(bad.parse().expect("an address")), "{bad}");
    }
    for good in ["10.0.0.5", "192.168.1.2", "93.184.216.34", "2606:2800::1", "fd12::5"] {
        assert!(is_allowed(good.parse().expect("an address")), "{good}");
    }
}

#[test]
fn references_have_the_usual_defaults() {
    let parts = |image: &'static str| {
        let Reference { host, path, tag, .. } = Reference::parse(image);
        format!("{host} {path} {tag}")
    };
    assert_eq!(parts("web"), "registry-1.docker.io library/web latest");
    assert_eq!(parts("shop/web:1"), "registry-1.docker.io shop/web 1");
    assert_eq!(parts("localhost/web"), "localhost web latest");
    assert_eq!(parts("10.0.0.1:5000/shop/web:1.0"), "10.0.0.1:5000 shop/web 1.0");
}

#[test]
fn other_schemes_than_bearer_are_not_understood() {
    assert_eq!(Challenge::parse("Basic realm=\"x\""), None);
    assert_eq!(Challenge::parse("Bearer service=\"x\""), None);
}
