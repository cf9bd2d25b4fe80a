//! The calls that change a cluster, or ask it for what the index does not hold.
//!
//! Changes are server-side apply by one field manager, so that doing one twice is doing it once
//! (<https://kubernetes.io/docs/reference/using-api/server-side-apply/>).

use std::collections::BTreeMap;

use http::Method;
use k8s_openapi::ByteString;
use serde_json::{Value, json};

use super::{
    client::{CALL_TIMEOUT, Identity},
    fault::ClusterError,
    fleet::Cluster,
    kinds::{ObjectRef, collection, is_added},
};

/// The name under which Longshore owns fields.
pub const FIELD_MANAGER: &str = "longshore";
const APPLY: &str = "application/apply-patch+yaml";
const JSON: &str = "application/json";
const JSON_PATCH: &str = "application/json-patch+json";
/// What lets a change be asked about alone.
const DRY_RUN: &str = "&dryRun=All";
const MERGE_PATCH: &str = "application/merge-patch+json";
/// Objects in one page of a list.
const PAGE: u32 = 250;
/// The most objects that a list by label gives back.
const MOST: usize = 10_000;
/// The most objects that a list gives back whole.
const MOST_WHOLE: usize = 2_000;

/// What the cluster made of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The object's uid.
    pub uid: String,
    /// Its generation; 0 for kinds that have none.
    pub generation: i64,
    /// Its resource version.
    pub resource_version: String,
    /// The object, whole.
    pub object: Value,
}

impl Applied {
    fn read(text: &str) -> Result<Self, ClusterError> {
        let object: Value = serde_json::from_str(text).map_err(|e| ClusterError::Other(e.to_string()))?;
        let word = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self {
            uid: word("/metadata/uid"),
            generation: object.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or_default(),
            resource_version: word("/metadata/resourceVersion"),
            object,
        })
    }
}

impl Cluster {
    /// Makes or changes an object by server-side apply, and takes over fields that others hold.
    pub async fn apply(&self, who: &Identity, object: &Value) -> Result<Applied, ClusterError> {
        self.apply_with(who, object, "").await
    }

    /// Asks the cluster what it would say to [`Self::apply`], and changes nothing.
    pub async fn dry_run(&self, who: &Identity, object: &Value) -> Result<Applied, ClusterError> {
        self.apply_with(who, object, DRY_RUN).await
    }

    /// Asks the cluster what it would warn of at [`Self::apply`], and changes nothing.
    pub async fn warnings(&self, who: &Identity, object: &Value) -> Result<Vec<String>, ClusterError> {
        let path = apply_path(object, DRY_RUN)?;
        self.client().warnings(who, &path, (APPLY, object.to_string().into_bytes())).await
    }

    async fn apply_with(&self, who: &Identity, object: &Value, more: &str) -> Result<Applied, ClusterError> {
        let path = apply_path(object, more)?;
        let body = Some((APPLY, object.to_string().into_bytes()));
        Applied::read(&self.client().call(who, Method::PATCH, &path, body, CALL_TIMEOUT).await?)
    }

    /// Makes an object; fails with [`ClusterError::AlreadyExists`] when one of that name is there.
    pub async fn create(&self, who: &Identity, object: &Value) -> Result<Applied, ClusterError> {
        let of = ObjectRef::of(object)?;
        let path = collection(&of.api_version, &of.kind, of.namespace.as_deref())?;
        let path = format!("{path}?fieldManager={FIELD_MANAGER}");
        let body = Some((JSON, object.to_string().into_bytes()));
        Applied::read(&self.client().call(who, Method::POST, &path, body, CALL_TIMEOUT).await?)
    }

    /// Writes down who owns an object's fields, when it still has the version that was read; gives back the version that it
    /// has since. Fails with [`ClusterError::Conflict`] when it has another.
    pub async fn set_managers(
        &self,
        who: &Identity,
        object: &ObjectRef,
        version: &str,
        managers: &Value,
    ) -> Result<String, ClusterError> {
        let patch = json!([
            { "op": "replace", "path": "/metadata/managedFields", "value": managers },
            { "op": "replace", "path": "/metadata/resourceVersion", "value": version },
        ]);
        let path = format!("{}?fieldManager={FIELD_MANAGER}", object.path()?);
        let body = Some((JSON_PATCH, patch.to_string().into_bytes()));
        Ok(Applied::read(&self.client().call(who, Method::PATCH, &path, body, CALL_TIMEOUT).await?)?.resource_version)
    }

    /// The object as it is now; `None` when there is none.
    pub async fn get(&self, who: &Identity, object: &ObjectRef) -> Result<Option<Value>, ClusterError> {
        match self.client().call(who, Method::GET, &object.path()?, None, CALL_TIMEOUT).await {
            Ok(text) => Ok(Some(serde_json::from_str(&text).map_err(|e| ClusterError::Other(e.to_string()))?)),
            Err(ClusterError::NotFound) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Sets labels of an object, that very one, or takes them away where they are `Null`; those of its template of pods, too,
    /// when it has one and `of_pods` says so. Whether it is there. Another of the same name is a
    /// [`ClusterError::Conflict`].
    pub async fn set_labels(
        &self,
        who: &Identity,
        object: &ObjectRef,
        uid: &str,
        labels: &Value,
        of_pods: bool,
    ) -> Result<bool, ClusterError> {
        let mut patch = json!({ "metadata": { "uid": uid, "labels": labels } });
        if of_pods {
            patch["spec"] = json!({ "template": { "metadata": { "labels": labels } } });
        }
        let path = format!("{}?fieldManager={FIELD_MANAGER}", object.path()?);
        let body = Some((MERGE_PATCH, patch.to_string().into_bytes()));
        match self.client().call(who, Method::PATCH, &path, body, CALL_TIMEOUT).await {
            Ok(_) => Ok(true),
            Err(ClusterError::NotFound) => Ok(false),
            Err(e) => Err(e),
        }
    }

    /// Deletes an object, that very one as it was read, and leaves what it owns as nobody's. Fails with
    /// [`ClusterError::Conflict`] when it has changed since.
    pub async fn delete_alone(&self, who: &Identity, object: &ObjectRef, read: &Value) -> Result<(), ClusterError> {
        let word = |of: &str| read["metadata"][of].as_str().unwrap_or_default();
        let options = json!({
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Orphan",
            "preconditions": { "uid": word("uid"), "resourceVersion": word("resourceVersion") },
        });
        let body = Some((JSON, options.to_string().into_bytes()));
        match self.client().call(who, Method::DELETE, &object.path()?, body, CALL_TIMEOUT).await {
            Ok(_) | Err(ClusterError::NotFound) => Ok(()),
            Err(e) => Err(e),
        }
    }

    /// Deletes an object and what it owns, that first. With a `uid`, only that very object: another of the same
    /// name is a [`ClusterError::Conflict`]. Whether there was one; it may be there until all it owned is gone.
    pub async fn delete(&self, who: &Identity, object: &ObjectRef, uid: Option<&str>) -> Result<bool, ClusterError> {
        let mut options = json!({ "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Foreground" });
        if let Some(uid) = uid {
            options["preconditions"] = json!({ "uid": uid });
        }
        let body = Some((JSON, options.to_string().into_bytes()));
        match self.client().call(who, Method::DELETE, &object.path()?, body, CALL_TIMEOUT).await {
            Ok(_) => Ok(true),
            Err(ClusterError::NotFound) => Ok(false),
            Err(e) => Err(e),
        }
    }

    /// The objects of some kinds (api version, kind) in a namespace that a label selector picks; of each its apiVersion,
    /// kind and metadata. There are none of a kind that has not been added to the cluster. Fails with [`ClusterError::TooLarge`] for
    /// more than 10,000.
    pub async fn list_labelled(
        &self,
        who: &Identity,
        namespace: &str,
        kinds: &[(&str, &str)],
        selector: &str,
    ) -> Result<Vec<Value>, ClusterError> {
        let mut found = Vec::new();
        for (api_version, kind) in kinds {
            let list = ListOf { base: collection(api_version, kind, Some(namespace))?, selector, whole: false };
            let seen = found.len();
            let read = self.pages(who, list, |items| {
                // Items of a list do not say what they are, or say that they are metadata.
                found.extend(items.into_iter().map(|mut item| {
                    item["apiVersion"] = json!(api_version);
                    item["kind"] = json!(kind);
                    item
                }));
                if found.len() > MOST { Err(ClusterError::TooLarge) } else { Ok(()) }
            });
            match read.await {
                Err(ClusterError::NotFound) if found.len() == seen && is_added(api_version) => {}
                other => other?,
            }
        }
        Ok(found)
    }
}

/// A list of one kind.
struct ListOf<'a> {
    /// Where it is.
    base: String,
    /// Which labels the objects have; empty for all.
    selector: &'a str,
    /// Whether more than each object's metadata is wanted.
    whole: bool,
}

impl Cluster {
    /// The objects of a kind (api version, kind) in a namespace that a label selector picks, whole. Fails with
    /// [`ClusterError::TooLarge`] for more than 2,000.
    pub async fn list_whole(
        &self,
        who: &Identity,
        namespace: &str,
        (api_version, kind): (&str, &str),
        selector: &str,
    ) -> Result<Vec<Value>, ClusterError> {
        let list = ListOf { base: collection(api_version, kind, Some(namespace))?, selector, whole: true };
        self.at_most(who, list).await
    }

    /// The objects of a kind (api version, kind) that belongs to the cluster, whole. Fails with [`ClusterError::TooLarge`] for
    /// more than 2,000.
    pub async fn list_all(
        &self,
        who: &Identity,
        (api_version, kind): (&str, &str),
    ) -> Result<Vec<Value>, ClusterError> {
        self.at_most(who, ListOf { base: collection(api_version, kind, None)?, selector: "", whole: true }).await
    }

    /// The objects of a kind (api version, kind) in a namespace, whole, page by page, so that only one page is in memory.
    pub async fn each_page(
        &self,
        who: &Identity,
        namespace: &str,
        (api_version, kind): (&str, &str),
        mut page: impl FnMut(Vec<Value>) + Send,
    ) -> Result<(), ClusterError> {
        let list = ListOf { base: collection(api_version, kind, Some(namespace))?, selector: "", whole: true };
        let each = |items| {
            page(items);
            Ok(())
        };
        self.pages(who, list, each).await
    }

    /// The objects of a kind (api version, kind) in all namespaces, whole, page by page. There are none of a kind that has not
    /// been added to the cluster.
    pub async fn each_everywhere(
        &self,
        who: &Identity,
        (api_version, kind): (&str, &str),
        mut page: impl FnMut(Vec<Value>) + Send,
    ) -> Result<(), ClusterError> {
        let list = ListOf { base: collection(api_version, kind, None)?, selector: "", whole: true };
        let each = |items| {
            page(items);
            Ok(())
        };
        match self.pages(who, list, each).await {
            Err(ClusterError::NotFound) if is_added(api_version) => Ok(()),
            other => other,
        }
    }

    async fn at_most(&self, who: &Identity, list: ListOf<'_>) -> Result<Vec<Value>, ClusterError> {
        let mut found = Vec::new();
        let each = |items| {
            found.extend(items);
            if found.len() > MOST_WHOLE { Err(ClusterError::TooLarge) } else { Ok(()) }
        };
        self.pages(who, list, each).await?;
        Ok(found)
    }

    /// Reads a list page by page, until `page` fails.
    async fn pages(
        &self,
        who: &Identity,
        list: ListOf<'_>,
        mut page: impl FnMut(Vec<Value>) -> Result<(), ClusterError> + Send,
    ) -> Result<(), ClusterError> {
        let ListOf { base, selector, whole } = list;
        let path = format!("{base}?labelSelector={}&limit={PAGE}", percent_encode(selector));
        let mut next = String::new();
        loop {
            let path = format!("{path}{next}");
            let text = if whole {
                self.client().call(who, Method::GET, &path, None, CALL_TIMEOUT).await?
            } else {
                self.client().metadata(who, &path).await?
            };
            let mut list: Value = serde_json::from_str(&text).map_err(|e| ClusterError::Other(e.to_string()))?;
            if let Some(Value::Array(items)) = list.get_mut("items").map(Value::take) {
                // What is no object is none of the cluster's.
                page(items.into_iter().filter(Value::is_object).collect())?;
            }
            match list.pointer("/metadata/continue").and_then(Value::as_str) {
                Some(token) if !token.is_empty() => next = format!("&continue={}", percent_encode(token)),
                _ => return Ok(()),
            }
        }
    }
}

/// Where an object is applied, with what is said beside.
fn apply_path(object: &Value, more: &str) -> Result<String, ClusterError> {
    Ok(format!("{}?fieldManager={FIELD_MANAGER}&force=true{more}", ObjectRef::of(object)?.path()?))
}

/// A selector that picks what has all of these labels; empty without any, which picks everything.
pub fn selector_of(labels: &Value) -> String {
    let labels = labels.as_object().into_iter().flatten();
    let each = labels.map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()));
    each.collect::<Vec<_>>().join(",")
}

/// What a Secret holds, by its keys; `None` for what is no text.
pub fn text_of_secret(secret: &Value) -> BTreeMap<String, Option<String>> {
    let data = secret["data"].as_object().into_iter().flatten();
    let text = |value: &Value| {
        let bytes: ByteString = serde_json::from_value(value.clone()).ok()?;
        String::from_utf8(bytes.0).ok()
    };
    data.map(|(key, value)| (key.clone(), text(value))).collect()
}

/// Makes a value fit for a URL's query (RFC 3986, section 2.3).
pub(crate) fn percent_encode(value: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(value.len() + 8);
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
