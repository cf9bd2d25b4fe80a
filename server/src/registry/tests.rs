//! A registry of a few lines on loopback says what real ones say.

use axum::{
    Router,
    http::{HeaderMap, StatusCode, Uri},
    response::IntoResponse,
    routing::any,
};

use zeroize::Zeroizing;

use super::{
    Login, Registry, RegistryError,
    challenge::Challenge,
    egress::{Egress, is_allowed},
    reference::{Reference, endpoint},
};

const DIGEST: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// What the account `ci` with the password `s3cret` says.
const BASIC: &str = "Basic Y2k6czNjcmV0";

fn login(password: &str) -> Login {
    Login { username: "ci".to_owned(), password: Zeroizing::new(password.to_owned()) }
}

/// Answers for a while; gives back its `host:port`.
async fn registry() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let host = listener.local_addr().expect("an address").to_string();
    let realm = format!("Bearer realm=\"http://{host}/token\",service=\"tests, all\",scope=\"x\"");
    let answer = move |uri: Uri, headers: HeaderMap| async move {
        match (uri.path(), headers.get("authorization").and_then(|h| h.to_str().ok())) {
            ("/v2/old/manifests/1", _) => "manifest".into_response(),
            (path, _) if path.strip_prefix("/v2/named/manifests/") == Some(DIGEST) => StatusCode::OK.into_response(),
            ("/v2/open/manifests/1", _)
            | ("/v2/tokens/manifests/1", Some("Bearer abc"))
            | ("/v2/private/manifests/1", Some("Bearer own")) => [("docker-content-digest", DIGEST)].into_response(),
            ("/v2/tokens/manifests/1" | "/v2/private/manifests/1", _) => {
                (StatusCode::UNAUTHORIZED, [("www-authenticate", realm)]).into_response()
            }
            ("/token", _) if uri.query() == Some("service=tests%2C+all&scope=repository%3Atokens%3Apull") => {
                "{\"token\":\"abc\"}".into_response()
            }
            ("/token", Some(BASIC))
                if uri.query().is_some_and(|q| q.ends_with("scope=repository%3Aprivate%3Apull")) =>
            {
                "{\"access_token\":\"own\"}".into_response()
            }
            ("/token", _) => StatusCode::FORBIDDEN.into_response(),
            ("/v2/moved/manifests/1", _) => {
                (StatusCode::TEMPORARY_REDIRECT, [("location", "http://169.254.169.254/")]).into_response()
            }
            ("/v2/" | "/v2/basic/manifests/1" | "/v2/basic/tags/list", Some(BASIC)) => {
                ([("docker-content-digest", DIGEST)], "{\"name\":\"basic\",\"tags\":[\"1\",\"2\"]}").into_response()
            }
            ("/v2/" | "/v2/basic/manifests/1" | "/v2/basic/tags/list", _) => {
                (StatusCode::UNAUTHORIZED, [("www-authenticate", "Basic realm=\"x\"")]).into_response()
            }
            ("/v2/long/tags/list", _) if uri.query() == Some("last=b&n=2") => "{\"tags\":[\"c\"]}".into_response(),
            ("/v2/long/tags/list", _) => {
                ([("link", "</v2/long/tags/list?last=b&n=2>; rel=\"next\"")], "{\"tags\":[\"a\",\"b\"]}")
                    .into_response()
            }
            ("/v2/astray/tags/list", _) => {
                ([("link", "<http://127.0.0.1:1/v2/astray/tags/list?n=2>; rel=\"next\"")], "{\"tags\":[\"a\"]}")
                    .into_response()
            }
            ("/v2/empty/tags/list", _) => "{\"name\":\"empty\",\"tags\":null}".into_response(),
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
    let digest = async |name: &str| asked.digest(&format!("{host}/{name}:1"), None).await;
    assert_eq!(digest("open").await, Ok(DIGEST.to_owned()));
    assert_eq!(digest("tokens").await, Ok(DIGEST.to_owned()));
    // printf manifest | sha256sum
    let hash = "sha256:05b3abf2579a5eb66403cd78be557fd860633a1fe2103c7642030defe32c657f";
    assert_eq!(digest("old").await.as_deref(), Ok(hash));
    assert_eq!(digest("private").await, Err(RegistryError::Denied));
    assert_eq!(digest("none").await, Err(RegistryError::NotFound));
    assert!(matches!(digest("moved").await, Err(RegistryError::Unavailable(_))), "a redirect is not followed");
    let given = format!("{host}/any:1@{DIGEST}");
    assert_eq!(asked.digest(&given, None).await, Ok(DIGEST.to_owned()), "a digest needs no registry");
    assert_eq!(asked.look_up(&given, None).await, Err(RegistryError::NotFound), "but it is looked for when it matters");
    let there = format!("{host}/named:1@{DIGEST}");
    assert_eq!(asked.look_up(&there, None).await, Ok(DIGEST.to_owned()));
    assert_eq!(asked.look_up(&format!("{host}/open:1"), None).await, Ok(DIGEST.to_owned()));
}

#[tokio::test]
async fn an_account_is_shown_to_those_who_ask_for_it() {
    let host = registry().await;
    let asked = Registry::new(std::slice::from_ref(&host)).expect("a client");
    for name in ["private", "basic"] {
        let image = format!("{host}/{name}:1");
        assert_eq!(asked.digest(&image, Some(&login("s3cret"))).await, Ok(DIGEST.to_owned()), "{name}");
        assert_eq!(asked.digest(&image, Some(&login("wrong"))).await, Err(RegistryError::Denied), "{name}");
        assert_eq!(asked.digest(&image, None).await, Err(RegistryError::Denied), "{name}");
    }
    assert_eq!(asked.check(&host, &login("s3cret")).await, Ok(()));
    assert_eq!(asked.check(&host, &login("wrong")).await, Err(RegistryError::Denied));
    assert!(!format!("{:?}", login("s3cret")).contains("s3cret"));
}

#[tokio::test]
async fn tags_are_those_of_the_images_repository() {
    let host = registry().await;
    let asked = Registry::new(std::slice::from_ref(&host)).expect("a client");
    let login = login("s3cret");
    let tags = async |name: &str| asked.tags(&format!("{host}/{name}:1"), Some(&login)).await;
    assert_eq!(tags("basic").await, Ok(vec!["1".to_owned(), "2".to_owned()]));
    assert_eq!(tags("empty").await, Ok(Vec::new()));
    assert_eq!(tags("long").await.map(|tags| tags.concat()), Ok("abc".to_owned()), "part by part");
    assert_eq!(tags("astray").await.map(|tags| tags.concat()), Ok("a".to_owned()), "to no other place");
    assert_eq!(tags("none").await, Err(RegistryError::NotFound));
}

#[tokio::test]
async fn the_machine_itself_is_not_asked_unless_it_is_listed() {
    let host = registry().await;
    let asked = Registry::new(&[]).expect("a client");
    assert_eq!(asked.digest(&format!("{host}/open:1"), None).await, Err(RegistryError::Refused));
    let port = host.rsplit(':').next().expect("a port");
    assert_eq!(asked.digest(&format!("localhost:{port}/open:1"), None).await, Err(RegistryError::Refused));
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
    assert_eq!(parts("web"), "docker.io library/web latest");
    assert_eq!(parts("docker.io/web:2"), "docker.io library/web 2");
    assert_eq!(parts("shop/web:1"), "docker.io shop/web 1");
    assert_eq!(endpoint(Reference::parse("shop/web").host), "registry-1.docker.io");
    assert_eq!(parts("localhost/web"), "localhost web latest");
    assert_eq!(parts("10.0.0.1:5000/shop/web:1.0"), "10.0.0.1:5000 shop/web 1.0");
}

#[test]
fn other_schemes_than_these_are_not_understood() {
    assert_eq!(Challenge::parse("Basic realm=\"x\""), Some(Challenge::Basic));
    assert_eq!(Challenge::parse("Negotiate"), None);
    assert_eq!(Challenge::parse("Bearer service=\"x\""), None);
}

#[test]
fn a_registry_is_listed_with_the_port_of_plain_http_or_without_it() {
    let url = |text: &str| reqwest::Url::parse(text).expect("a URL");
    for listed in ["registry.test", "registry.test:80"] {
        let egress = Egress::new(&[listed.to_owned()]);
        assert_eq!(egress.check(&url(&format!("http://{listed}/v2/")), true), Ok(()), "{listed}");
        assert_eq!(egress.check(&url("http://registry.test:5000/v2/"), true), Err(RegistryError::Refused), "{listed}");
    }
}
