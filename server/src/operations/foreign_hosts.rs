//! Hosts at which a cluster answers already by what is no application's: Ingresses and routes of a Gateway that were there
//! before Longshore, or that somebody made beside it. A controller lets the longer path of a host win, whoever asked for it;
//! so a tenant that had such a host, too, would be sent what is meant for others.

use app::{i18n::Text, text};
use serde_json::Value;

use super::{
    release::Target,
    work::{StepError, Work, label},
};
use crate::{
    database::{Database, DatabaseError, apps::App, namespaces, releases::Release},
    kubernetes::{client::Identity, fault::ClusterError, fleet::Cluster, kinds::ObjectRef},
    render::{
        APP_LABEL,
        routing::{HTTP_ROUTE, INGRESS},
    },
};

/// What cert-manager answers with while an authority looks whose a host is.
///
/// Source: <https://cert-manager.io/docs/configuration/acme/http01/>
const CHALLENGE_LABEL: &str = "acme.cert-manager.io/http01-solver";

/// What leads from a host, and may be no application's.
#[derive(Debug, PartialEq, Eq)]
pub struct Lead {
    /// The host as it is written there, in lower case; `*.` before it stands for what is below.
    host: String,
    /// Where it is.
    namespace: String,
    /// Whether it says that an application made it.
    of_app: bool,
}

/// What leads from one of some hosts and no application made. Reads everything of the kinds that lead from hosts, so it is for
/// addresses that are new. Fails as the cluster does.
pub async fn leads(cluster: &Cluster, hosts: &[&str]) -> Result<Vec<Lead>, ClusterError> {
    let mut found = Vec::new();
    if hosts.is_empty() {
        return Ok(found);
    }
    for kind in [INGRESS, HTTP_ROUTE] {
        let each = |objects: Vec<Value>| {
            found.extend(objects.iter().flat_map(leads_of).filter(|lead| hosts.iter().any(|host| lead.covers(host))));
        };
        cluster.each_everywhere(&Identity::Platform, kind, each).await?;
    }
    Ok(found)
}

/// Which of some hosts is kept from an application by what leads from there outside of its tenant's namespaces; the first.
/// Fails when the database does.
pub async fn kept_from<'h>(
    db: &Database,
    app: &App,
    hosts: &[&'h str],
    leads: &[Lead],
) -> Result<Option<&'h str>, DatabaseError> {
    for lead in leads {
        let tenant = namespaces::tenant_of(db, app.cluster, &lead.namespace).await?;
        // What an application of ours leads from is in our records; another Longshore's is not.
        let known = lead.of_app && tenant.is_some();
        if !known
            && lead.is_others(tenant.map(|tenant| tenant == app.tenant))
            && let Some(host) = hosts.iter().find(|host| lead.covers(host))
        {
            return Ok(Some(host));
        }
    }
    Ok(None)
}

/// Sees to it that nothing which is no application's leads from hosts that the application has not led from yet.
/// What a release goes back to has its hosts already.
pub(super) async fn find_free(work: &Work<'_>, target: &Target, release: &Release) -> Result<(), StepError> {
    if release.row.number != target.release.row.number {
        return Ok(());
    }
    let cluster = work.cluster()?;
    let mut new = Vec::new();
    let led_from = release.manifests.iter().filter(|object| !hosts_of(object).is_empty());
    let (cluster, tenant) = (&cluster, &work.tenant());
    let asked = led_from.map(|object| async move {
        Ok::<_, ClusterError>((object, cluster.get(tenant, &ObjectRef::of(object)?).await?))
    });
    for (object, there) in futures::future::try_join_all(asked).await? {
        if there.is_none_or(|there| label(&there, APP_LABEL) != label(object, APP_LABEL)) {
            new.extend(hosts_of(object));
        }
    }
    let leads = leads(cluster, &new).await?;
    match kept_from(work.db(), &target.app, &new, &leads).await? {
        Some(host) => Err(StepError::Failed(why_kept(host))),
        None => Ok(()),
    }
}

/// Why an application does not get a host.
pub fn why_kept(host: &str) -> Text {
    text!(
        "The cluster answers at {host} already, by what is none of your apps. Choose another host, or ask the platform's administrators.",
        "集群已在 {host} 提供服务，且不属于您的应用。请更换主机名，或联系平台管理员。"
    )
}

/// The hosts of an application's object, when it is of a kind that leads from hosts.
fn hosts_of(object: &Value) -> Vec<&str> {
    let spec = &object["spec"];
    match object["kind"].as_str() {
        Some(kind) if kind == INGRESS.1 => {
            spec["rules"].as_array().into_iter().flatten().filter_map(|rule| rule["host"].as_str()).collect()
        }
        Some(kind) if kind == HTTP_ROUTE.1 => {
            spec["hostnames"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
        }
        _ => Vec::new(),
    }
}

impl Lead {
    /// Whether it leads from a host, by its name or by what begins with `*.`.
    fn covers(&self, host: &str) -> bool {
        match self.host.strip_prefix('*') {
            Some(below) => host.len() > below.len() && host.ends_with(below),
            None => self.host == host,
        }
    }

    /// Whether it keeps a tenant away: `own` says whether its namespace is that tenant's, and is nothing for one that is no
    /// tenant's. The platform's rule for all that has no rule of its own gives way to each that has.
    fn is_others(&self, own: Option<bool>) -> bool {
        match own {
            Some(own) => !own,
            None => !self.host.starts_with('*'),
        }
    }
}

/// From where an object leads. What proves to an authority whose a host is, for a moment, keeps nobody away.
fn leads_of(object: &Value) -> Vec<Lead> {
    let metadata = &object["metadata"];
    let labels = &metadata["labels"];
    if labels[CHALLENGE_LABEL].is_string() {
        return Vec::new();
    }
    let of_app = labels[APP_LABEL].is_string();
    let spec = &object["spec"];
    let list = |name: &str| spec[name].as_array().into_iter().flatten();
    // Items of a list do not say what they are: of the two kinds each has one of these.
    let hosts = list("rules").map(|rule| &rule["host"]).chain(list("hostnames"));
    let namespace = metadata["namespace"].as_str().unwrap_or_default();
    let lead =
        |host: &Value| Some(Lead { host: host.as_str()?.to_lowercase(), namespace: namespace.to_owned(), of_app });
    hosts.filter_map(lead).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn leads(spec: Value) -> Vec<Lead> {
        leads_of(&json!({ "metadata": { "namespace": "shop", "name": "web" }, "spec": spec }))
    }

    #[test]
    fn both_kinds_say_their_hosts() {
        let of_ingress = leads(json!({ "rules": [{ "host": "Shop.example.org" }, { "http": {} }] }));
        assert_eq!(of_ingress, [Lead { host: "shop.example.org".into(), namespace: "shop".into(), of_app: false }]);
        let of_route =
            leads(json!({ "hostnames": ["a.example.org", "*.b.example.org"], "rules": [{ "matches": [] }] }));
        assert_eq!(of_route.iter().map(|l| l.host.as_str()).collect::<Vec<_>>(), ["a.example.org", "*.b.example.org"]);
    }

    #[test]
    fn what_an_application_made_says_so_and_a_challenge_keeps_nobody_away() {
        let labelled = |label: &str| {
            leads_of(&json!({ "metadata": { "labels": { label: "x" } }, "spec": { "rules": [{ "host": "a.b" }] } }))
        };
        assert!(matches!(labelled(APP_LABEL).as_slice(), [Lead { of_app: true, .. }]));
        assert!(matches!(labelled("app").as_slice(), [Lead { of_app: false, .. }]));
        assert_eq!(labelled(CHALLENGE_LABEL), []);
    }

    #[test]
    fn a_wildcard_covers_what_lies_below_it_and_not_itself() {
        let lead = |host: &str| Lead { host: host.into(), namespace: String::new(), of_app: false };
        assert!(lead("*.example.org").covers("shop.example.org"));
        assert!(!lead("*.example.org").covers("example.org") && !lead("*.example.org").covers("shopexample.org"));
        assert!(
            lead("shop.example.org").covers("shop.example.org")
                && !lead("shop.example.org").covers("a.shop.example.org")
        );
    }

    #[test]
    fn the_platforms_rule_for_all_the_rest_is_in_nobodys_way() {
        let lead = |host: &str| Lead { host: host.into(), namespace: String::new(), of_app: false };
        let (wild, named) = (lead("*.example.org"), lead("shop.example.org"));
        assert!(!wild.is_others(None) && named.is_others(None));
        assert!(wild.is_others(Some(false)) && named.is_others(Some(false)));
        assert!(!wild.is_others(Some(true)) && !named.is_others(Some(true)));
    }
}
