//! How what makes an application's pods is handed over when it is to stop after the first batch, or where it is.

use std::collections::BTreeMap;

use app::model::{AppId, SpecForm, TenantId};
use serde_json::{Value, json};

use super::release::Whole;
use crate::render::{self, Subject};

/// What is handed over, but for the pods themselves.
fn handed_over(form: &SpecForm, whole: Whole) -> Value {
    let (spec, none) = (form.parse().expect("valid").0, BTreeMap::new());
    let mut objects = render::release(&Subject {
        tenant: TenantId(uuid::Uuid::from_u128(1)),
        app: AppId(uuid::Uuid::from_u128(2)),
        name: "web",
        namespace: "shop",
        release: 7,
        pods: 7,
        spec: &spec,
        digests: &none,
        secrets: &[],
    });
    let workload = objects.iter_mut().find(|object| render::is_workload(object)).expect("something that makes pods");
    whole.mark(workload);
    let mut said = workload["spec"].take();
    for pods in ["template", "volumeClaimTemplates"] {
        said.as_object_mut().expect("fields").remove(pods);
    }
    said
}

#[test]
fn a_release_stops_after_its_first_batch_or_where_it_is() {
    let serves = SpecForm { image: "demo:1".into(), replicas: "3".into(), ..SpecForm::starter() };
    let keeps = SpecForm { data_path: "/var/lib/db".into(), data_size: "1Gi".into(), ..serves.clone() };
    let each = |form: &SpecForm| {
        json!({
            "to its end": handed_over(form, Whole::All),
            "to the end of its first batch": handed_over(form, Whole::FirstBatch),
            "no further than it is": handed_over(form, Whole::Frozen),
        })
    };
    insta::assert_json_snapshot!(json!({ "Deployment": each(&serves), "StatefulSet": each(&keeps) }));
}
