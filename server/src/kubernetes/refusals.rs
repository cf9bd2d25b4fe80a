//! What is refused of a kubeconfig before anything is sent anywhere.

use super::{
    certificate,
    kubeconfig::{Credentials, KubeconfigFault},
};

/// Valid through the year 2020.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\n\
MIHEMHgCAQEwBQYDK2VwMA8xDTALBgNVBAMMBHRlc3QwHhcNMjAwMTAxMDAwMDAw\n\
WhcNMjEwMTAxMDAwMDAwWjAPMQ0wCwYDVQQDDAR0ZXN0MCowBQYDK2VwAyEAUmn7\n\
JMZTbOMGJq1VV61juz0UnnmgMBaSrGcrbL6HFs0wBQYDK2VwA0EAWlWEgoh/9WGx\n\
CgfdpdbzJw3geAxlhuqC0pnFS1rlj7jnT80in8x7VsgP1TlCz/Fagixj2jX5Jm1c\n\
m5zBQhu4Cw==\n\
-----END CERTIFICATE-----\n";

/// 1 June 2020.
const NOW: i64 = 1_590_969_600_000;

fn base64(text: &str) -> String {
    let bytes = k8s_openapi::ByteString(text.as_bytes().to_vec());
    serde_json::to_value(bytes).expect("bytes are text").as_str().expect("text").to_owned()
}

/// A kubeconfig with these lines for the cluster and for the user.
fn kubeconfig(cluster: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts:\n- name: c\n  context: {{cluster: k, user: u}}\n\
         clusters:\n- name: k\n  cluster: {{{cluster}}}\nusers:\n- name: u\n  user: {{{user}}}\n\
         - name: other\n  user: {{token: other-secret}}\n"
    )
}

const SERVER: &str = "server: 'https://k8s.example:6443'";
const TOKEN: &str = "token: secret-token";

#[test]
fn each_refusal_has_its_reason() {
    use KubeconfigFault as F;
    let certificate = base64(CERTIFICATE);
    let signed = format!("client-certificate-data: {certificate}, client-key-data: {certificate}");
    let table: Vec<(String, F)> = vec![
        (" \n".into(), F::Empty),
        ("a".repeat(app::model::MAX_KUBECONFIG_BYTES + 1), F::TooLarge),
        ("{ not yaml".into(), F::NotYaml),
        ("just words".into(), F::NotYaml),
        ("apiVersion: v1\nkind: Pod\n".into(), F::NotYaml),
        (
            kubeconfig(SERVER, TOKEN).replace("current-context: c", "current-context: ''"),
            F::NoContext(vec!["c".into()]),
        ),
        (
            kubeconfig(SERVER, TOKEN).replace("current-context: c", "current-context: x"),
            F::Missing("context “x”".into()),
        ),
        (kubeconfig(SERVER, TOKEN).replace("cluster: k,", "cluster: y,"), F::Missing("cluster “y”".into())),
        (kubeconfig(SERVER, TOKEN).replace("user: u}", "user: z}"), F::Missing("user “z”".into())),
        (kubeconfig("", TOKEN), F::NoServer),
        (kubeconfig("server: 'http://k8s.example'", TOKEN), F::NotHttps("http://k8s.example".into())),
        (kubeconfig("server: 'https://me:secret@k8s.example'", TOKEN), F::NamedAddress),
        (kubeconfig("server: 'file:///etc/passwd'", TOKEN), F::NotHttps("file:///etc/passwd".into())),
        (kubeconfig(&format!("{SERVER}, insecure-skip-tls-verify: true"), TOKEN), F::Insecure),
        (kubeconfig(&format!("{SERVER}, certificate-authority: /etc/ca.crt"), TOKEN), F::File("certificate-authority")),
        (kubeconfig(&format!("{SERVER}, proxy-url: 'http://proxy'"), TOKEN), F::Proxy),
        (
            kubeconfig(&format!("{SERVER}, certificate-authority-data: '!!'"), TOKEN),
            F::BadData("certificate-authority-data"),
        ),
        (
            kubeconfig(&format!("{SERVER}, certificate-authority-data: bm90aGluZw=="), TOKEN),
            F::BadData("certificate-authority-data"),
        ),
        (kubeconfig(SERVER, "exec: {apiVersion: v1, command: aws}"), F::Exec("aws".into())),
        (kubeconfig(SERVER, "auth-provider: {name: oidc, config: {}}"), F::AuthProvider("oidc".into())),
        (kubeconfig(SERVER, "tokenFile: /var/run/token"), F::File("tokenFile")),
        (kubeconfig(SERVER, "client-certificate: a.crt, client-key: a.key"), F::File("client-certificate")),
        (kubeconfig(SERVER, &format!("{TOKEN}, as: somebody")), F::Impersonates),
        (kubeconfig(SERVER, ""), F::NoCredentials),
        (kubeconfig(SERVER, "username: a"), F::NoCredentials),
        (
            kubeconfig(SERVER, "client-certificate-data: bm8=, client-key-data: bm8="),
            F::BadData("client-certificate-data"),
        ),
    ];
    for (yaml, fault) in table {
        let text = fault.to_field().message;
        assert!(!text.en.is_empty() && !text.zh.is_empty() && text.en != text.zh, "{fault:?}");
        let found = Credentials::parse(&yaml, NOW).expect_err("it must be refused");
        assert_eq!(found, fault, "{}", &yaml[..yaml.len().min(400)]);
    }
    let at = |now| Credentials::parse(&kubeconfig(SERVER, &signed), now).err();
    assert_eq!(at(NOW), None);
    assert_eq!(at(NOW + 400 * 86_400_000), Some(F::Expired("2021-01-01 00:00 UTC".into())));
    assert_eq!(at(NOW - 400 * 86_400_000), Some(F::NotYet("2020-01-01 00:00 UTC".into())));
}

#[test]
fn only_the_current_context_is_kept_and_nothing_secret_is_shown() {
    let good = Credentials::parse(&kubeconfig(SERVER, TOKEN), NOW).expect("good");
    assert_eq!(good.server(), "https://k8s.example:6443");
    let stored = good.to_stored();
    assert!(stored.contains("secret-token") && !stored.contains("other-secret"), "{}", *stored);
    assert!(!format!("{good:?}").contains("secret-token"));
    assert_eq!(Credentials::from_stored(&stored).expect("readable").server(), good.server());
}

#[test]
fn it_is_known_until_when_a_kubeconfig_is_good() {
    let ends = |user: &str| Credentials::parse(&kubeconfig(SERVER, user), NOW).expect("good").ends();
    let certificate = base64(CERTIFICATE);
    let signed = format!("client-certificate-data: {certificate}, client-key-data: {certificate}");
    assert_eq!(ends(&signed), Some(1_609_459_200_000));
    // As a service account's: claims with characters that base64 for URLs has in the place of others, and no padding.
    let claims = |claims: &str| base64(claims).replace('+', "-").replace('/', "_").replace('=', "");
    let token = |text: &str| format!("token: 'eyJhbGciOiJSUzI1NiJ9.{}.c2lnbmF0dXJl'", claims(text));
    assert_eq!(ends(&token(r#"{"exp":1600000000,"sub":"ÿþ?>~"}"#)), Some(1_600_000_000_000));
    assert_eq!(ends(&format!("{signed}, {}", token(r#"{"exp":1600000000}"#))), Some(1_600_000_000_000));
    for wordless in ["{}", r#"{"exp":"soon"}"#, r#"{"exp":9223372036854775807}"#, "no claims"] {
        assert_eq!(ends(&token(wordless)), None, "{wordless}");
    }
    for opaque in [TOKEN, "token: a.b", "token: a.!!.c", "token: '..'"] {
        assert_eq!(ends(opaque), None, "{opaque}");
    }
}

#[test]
fn a_yaml_bomb_is_refused() {
    let mut yaml = String::from("a0: &a0 [x, x]\n");
    for n in 1..60 {
        let before = n - 1;
        yaml.push_str(&format!("a{n}: &a{n} [*a{before}, *a{before}, *a{before}, *a{before}]\n"));
    }
    // Written out, this would be 4^59 lists: whoever tried would never come back.
    assert!(Credentials::parse(&yaml, NOW).is_err());
}

#[test]
fn the_times_of_a_certificate_are_read() {
    let validity = certificate::validity(CERTIFICATE.as_bytes()).expect("readable");
    assert_eq!((validity.from, validity.until), (1_577_836_800_000, 1_609_459_200_000));
    assert_eq!(certificate::validity(b"nothing"), None);
    // Cut off anywhere, it must not be read beyond its end.
    for end in 0..CERTIFICATE.len() - 2 {
        let _ = certificate::validity(&CERTIFICATE.as_bytes()[..end]);
    }
}
