//! Rows as the versions wrote them that made each step of the schema.

use sea_orm::Value;
use uuid::Uuid;

/// Longer than a `text` of MySQL.
pub const LONG: usize = 200_000;

/// Some rows as a version of the time wrote them: the tables that a step made, with columns and values.
#[expect(clippy::too_many_lines, reason = "a list of tables, each with its columns")]
pub fn rows(step: &str) -> Vec<(&'static str, Vec<(&'static str, Value)>)> {
    let id = |n: u128| Value::from(Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0000 + n));
    let text = |t: &str| Value::from(t.to_owned());
    let long = || Value::from("ü".repeat(LONG));
    let bytes = || Value::from(vec![0_u8; LONG]);
    let none = || Value::Uuid(None);
    let number = |n: i64| Value::from(n);
    match step {
        "m0001_identity" => vec![
            (
                "tenants",
                vec![
                    ("id", id(1)),
                    ("name", text("shop")),
                    ("display_name", text("Müller’s 店")),
                    ("created_at", number(1)),
                ],
            ),
            (
                "accounts",
                vec![
                    ("id", id(2)),
                    ("tenant_id", id(1)),
                    ("username", text("shop-owner")),
                    ("display_name", text("Owner")),
                    ("role", text("owner")),
                    ("password_hash", text("$argon2id$")),
                    ("credential", id(3)),
                    ("must_change_password", Value::from(true)),
                    ("created_at", number(1)),
                    ("last_sign_in", Value::BigInt(None)),
                    ("disabled_at", Value::BigInt(None)),
                ],
            ),
            (
                "sessions",
                vec![
                    ("key", text("ab")),
                    ("account_id", id(2)),
                    ("data", text("{}")),
                    ("created_at", number(1)),
                    ("used_at", number(1)),
                ],
            ),
            ("sign_in_limits", vec![("key", text("cd")), ("attempts", number(3)), ("started_at", number(1))]),
            (
                "audit",
                vec![
                    ("id", id(4)),
                    ("at", number(1)),
                    ("actor_id", id(2)),
                    ("actor_name", text("shop-owner")),
                    ("tenant_id", id(1)),
                    ("action", text("app.publish")),
                    ("object", text("app/web")),
                    ("outcome", text("ok")),
                    ("detail", text("100% of old_rows")),
                    ("address", text("10.0.0.1")),
                    ("request_id", text("r")),
                ],
            ),
        ],
        "m0002_clusters" => vec![
            (
                "clusters",
                vec![
                    ("id", id(5)),
                    ("name", text("east")),
                    ("server", text("https://east")),
                    ("created_at", number(1)),
                ],
            ),
            ("cluster_credentials", vec![("cluster_id", id(5)), ("sealed", bytes())]),
        ],
        "m0003_applications" => vec![
            (
                "namespaces",
                vec![
                    ("id", id(6)),
                    ("tenant_id", id(1)),
                    ("cluster_id", id(5)),
                    ("name", text("shop")),
                    ("name_key", text("shop")),
                    ("cpu_millis", number(1000)),
                    ("memory_bytes", number(1 << 40)),
                    ("pods", number(10)),
                    ("operation_id", none()),
                    ("created_at", number(1)),
                    ("deleted_at", Value::BigInt(None)),
                ],
            ),
            (
                "templates",
                vec![
                    ("id", id(7)),
                    ("tenant_id", none()),
                    ("owner_key", Value::from(Uuid::nil())),
                    ("name", text("web")),
                    ("description", long()),
                    ("version", number(1)),
                    ("created_at", number(1)),
                    ("updated_at", number(1)),
                ],
            ),
            (
                "template_versions",
                vec![
                    ("template_id", id(7)),
                    ("number", number(1)),
                    ("spec", text("{}")),
                    ("actor_name", text("admin")),
                    ("created_at", number(1)),
                ],
            ),
            (
                "apps",
                vec![
                    ("id", id(8)),
                    ("tenant_id", id(1)),
                    ("cluster_id", id(5)),
                    ("namespace_id", id(6)),
                    ("name", text("web")),
                    ("name_key", text("web")),
                    ("newest_release", number(1)),
                    ("live_release", number(1)),
                    ("operation_id", none()),
                    ("deleting", Value::from(false)),
                    ("created_at", number(1)),
                    ("deleted_at", Value::BigInt(None)),
                ],
            ),
            (
                "releases",
                vec![
                    ("id", id(9)),
                    ("app_id", id(8)),
                    ("tenant_id", id(1)),
                    ("number", number(1)),
                    ("state", text("live")),
                    ("image", text("demo:1")),
                    ("digest", text("")),
                    ("spec", text("{}")),
                    ("config_hash", text("")),
                    ("secrets", text("[]")),
                    ("manifests", long()),
                    ("changes", text("[]")),
                    ("template_id", id(7)),
                    ("template_name", text("web")),
                    ("template_version", number(1)),
                    ("rollback_of", Value::BigInt(None)),
                    ("actor_id", id(2)),
                    ("actor_name", text("shop-owner")),
                    ("reason", text("")),
                    ("operation_id", id(10)),
                    ("problem", Value::String(None)),
                    ("created_at", number(1)),
                    ("ended_at", number(2)),
                ],
            ),
            (
                "app_secret_versions",
                vec![
                    ("app_id", id(8)),
                    ("name", text("TOKEN")),
                    ("version", text("v1")),
                    ("sealed", bytes()),
                    ("created_at", number(1)),
                ],
            ),
            (
                "operations",
                vec![
                    ("id", id(10)),
                    ("kind", text("publish")),
                    ("tenant_id", id(1)),
                    ("cluster_id", id(5)),
                    ("namespace_id", id(6)),
                    ("app_id", id(8)),
                    ("object", text("shop/web")),
                    ("input", text("{\"release\":1}")),
                    ("state", text("succeeded")),
                    ("step", Value::from(0_i32)),
                    ("attempt", number(0)),
                    ("run_after", number(0)),
                    ("lease_owner", Value::String(None)),
                    ("lease_until", number(0)),
                    ("fence", number(2)),
                    ("actor_id", id(2)),
                    ("actor_name", text("shop-owner")),
                    ("request_id", text("r")),
                    ("problem", Value::String(None)),
                    ("created_at", number(1)),
                    ("ended_at", number(2)),
                ],
            ),
            (
                "operation_steps",
                vec![
                    ("operation_id", id(10)),
                    ("position", Value::from(0_i32)),
                    ("name", text("configure")),
                    ("state", text("succeeded")),
                    ("note", Value::String(None)),
                    ("started_at", number(1)),
                    ("ended_at", number(2)),
                ],
            ),
            (
                "operation_log",
                vec![
                    ("id", id(11)),
                    ("operation_id", id(10)),
                    ("at", number(1)),
                    ("step", text("configure")),
                    ("attempt", number(0)),
                    ("fence", number(1)),
                    ("event", text("leased")),
                    ("detail", text("worker")),
                ],
            ),
        ],
        "m0004_access" => vec![
            (
                "roles",
                vec![
                    ("id", id(13)),
                    ("tenant_id", id(1)),
                    ("name", text("reader")),
                    ("description", text("Reads")),
                    ("permissions", text("[]")),
                    ("version", number(1)),
                    ("updated_at", number(1)),
                ],
            ),
            (
                "role_bindings",
                vec![
                    ("id", id(14)),
                    ("account_id", id(2)),
                    ("role", text("viewer")),
                    ("scope", text("tenant/01920000-0000-7000-8000-000000000001")),
                    ("actor_name", text("admin")),
                    ("created_at", number(1)),
                ],
            ),
        ],
        // The head has its row by the step itself. This entry is not of the chain, which begins with what was there before.
        "m0006_audit_chain" => vec![(
            "audit_entries",
            vec![
                ("seq", number(1_000)),
                ("id", id(21)),
                ("at", number(1)),
                ("acting", text("account")),
                ("actor_id", id(2)),
                ("actor_name", text("shop-owner")),
                ("actor_tenant_id", id(1)),
                ("token_name", Value::String(None)),
                ("tenant_id", id(1)),
                ("action", text("app.publish")),
                ("object", text("app/web")),
                ("outcome", text("ok")),
                ("detail", text(&"ü".repeat(2_000))),
                ("state_before", Value::String(None)),
                ("state_after", long()),
                ("address", text("10.0.0.1")),
                ("request_id", text("r")),
                ("hash", text(&"0".repeat(64))),
            ],
        )],
        "m0008_tenants" => vec![(
            "links",
            vec![
                ("id", id(15)),
                ("kind", text("reset")),
                ("token_hash", text(&"a".repeat(64))),
                ("tenant_id", id(1)),
                ("account_id", id(2)),
                ("role", Value::String(None)),
                ("note", text(&"店".repeat(80))),
                ("actor_id", none()),
                ("actor_name", text("admin")),
                ("created_at", number(1)),
                ("expires_at", number(2)),
                ("used_at", Value::BigInt(None)),
                ("revoked_at", Value::BigInt(None)),
            ],
        )],
        "m0009_tokens" => vec![(
            "tokens",
            vec![
                ("id", id(20)),
                ("account_id", id(2)),
                ("name", text("night")),
                ("hash", text(&"0".repeat(64))),
                ("ending", text("wxyz")),
                ("permissions", text("[\"app.read\"]")),
                ("scopes", Value::String(None)),
                ("actor_name", text("shop-owner")),
                ("created_at", number(1)),
                ("expires_at", number(2)),
                ("used_at", Value::BigInt(None)),
            ],
        )],
        "m0010_claims" => {
            vec![("claims", vec![("what", text("namespace/x")), ("holder", id(12)), ("holds_until", number(1))])]
        }
        "m0011_repeats" => vec![(
            "repeats",
            vec![
                ("id", text(&"0".repeat(64))),
                ("account_id", id(2)),
                ("request", text(&"1".repeat(64))),
                ("sealed", Value::Bytes(None)),
                ("created_at", number(1)),
            ],
        )],
        "m0013_identity_providers" => vec![
            (
                "identity_providers",
                vec![
                    ("id", id(30)),
                    ("tenant_id", id(1)),
                    ("slug", text(&"s".repeat(40))),
                    ("name", text(&"店".repeat(80))),
                    ("issuer", text(&"i".repeat(512))),
                    ("client_id", text(&"ü".repeat(255))),
                    ("scopes", text("groups")),
                    ("name_claim", text("")),
                    ("creates_accounts", Value::from(true)),
                    ("shown", Value::from(false)),
                    ("disabled", Value::from(false)),
                    ("rules", long()),
                    ("default_roles", text("[]")),
                    ("epoch", id(31)),
                    ("version", number(1)),
                    ("created_at", number(1)),
                    ("updated_at", number(1)),
                    ("actor_name", text("admin")),
                ],
            ),
            ("identity_provider_secrets", vec![("provider_id", id(30)), ("sealed", bytes())]),
            (
                "identities",
                vec![
                    ("id", id(32)),
                    ("provider_id", id(30)),
                    ("subject", text(&"s".repeat(255))),
                    ("account_id", id(2)),
                    ("first_password", Value::String(None)),
                    ("created_at", number(1)),
                    ("last_sign_in", Value::BigInt(None)),
                ],
            ),
            ("used_states", vec![("state", text(&"0".repeat(64))), ("until", number(1))]),
        ],
        _ => vec![],
    }
}
