//! Addresses and disks, as the fields have them.

use super::*;

#[test]
fn addresses_are_read_as_people_write_them() {
    let routing = |lines: &str| {
        let form = SpecForm { routes: lines.into(), ..form() };
        form.parse().map(|(spec, _)| spec.routing.map(|r| (r.https, r.urls().join(" "))).unwrap_or_default())
    };
    let said = |lines: &str| routing(lines).expect("valid");
    assert_eq!(said("\n  \n"), (false, String::new()));
    assert_eq!(said("Shop.Example.org/"), (true, "https://shop.example.org".into()));
    let two = "https://shop.example.org/Api/\r\nhttps://www.example.org";
    assert_eq!(said(two), (true, "https://shop.example.org/Api https://www.example.org".into()));
    for (lines, wrong) in [
        ("shop", "Line 1: “shop” is not a host"),
        ("\nhttps://10.0.0.1", "Line 2: “10.0.0.1” is not a host"),
        ("https://-a.example.org", "is not a host"),
        ("https://*.example.org", "Line 1: Name each host"),
        ("https://shop.example.org:8443", "Line 1: an address has no port"),
        ("https://user@shop.example.org", "is not a host"),
        ("https://shop.example.org/a//b", "is not a path"),
        ("https://shop.example.org/../b", "is not a path"),
        ("https://shop.example.org/%2f", "is not a path"),
        ("https://shop.example.org/?q=1", "is not a path"),
        ("gopher://shop.example.org", "begins with https://"),
        ("shop.example.org\nhttps://shop.example.org/", "Line 2: shop.example.org stands twice"),
        ("https://a.example.org\nhttp://b.example.org", "Line 2: the addresses of an app are all"),
    ] {
        let error = routing(lines).expect_err(lines);
        assert_eq!(fields(&error), ["routes"], "{lines}");
        assert!(error.fields[0].message.en.contains(wrong), "{lines}: {}", error.fields[0].message.en);
    }
    let many: String = (0..=MAX_ROUTES).map(|n| format!("h{n}.example.org\n")).collect();
    assert_eq!(fields(&routing(&many).expect_err("too many")), ["routes"]);
    let worker = SpecForm { port: String::new(), routes: "shop.example.org".into(), ..form() };
    assert_eq!(fields(&worker.parse().expect_err("no port")), ["routes"]);
}

#[test]
fn an_address_keeps_what_the_fields_do_not_show() {
    let spec = of_document(EVERYTHING).expect("valid");
    let mut form = SpecForm::of_spec(&spec);
    form.routes = "https://new.example.org\nhttps://shop.example.org/metrics".into();
    let routing = form.parse().expect("valid").0.routing.expect("addresses");
    assert_eq!(routing.class.as_deref(), Some("public"));
    assert_eq!(routing.routes[0], Route::new("new.example.org", "/"));
    assert_eq!(routing.routes[1].certificate.as_deref(), Some("shop-tls"));
    form.routes = "http://shop.example.org/metrics".into();
    let plain = form.parse().expect("valid").0.routing.expect("addresses");
    assert_eq!(plain.routes[0].certificate, None, "without https there is none to show");
}

#[test]
fn data_are_kept_by_two_fields() {
    let fields_of = |path: &str, size: &str| SpecForm { data_path: path.into(), data_size: size.into(), ..form() };
    let (spec, _) = fields_of("/var/lib/db", "2Gi").parse().expect("valid");
    assert_eq!(spec.kind, WorkloadKind::Stateful);
    assert_eq!(spec.data().map(|(path, claim)| (path, claim.size)), Some(("/var/lib/db", Bytes(2 << 30))));
    assert_eq!((spec.surge(4), spec.batch(4)), (0, 1), "two pods never write to the same disk");
    let back = SpecForm::from_spec(&spec);
    assert_eq!((back.data_path.as_str(), back.data_size.as_str()), ("/var/lib/db", "2Gi"));
    let mut moved = SpecForm::of_spec(&spec);
    moved.data_path = "/data".into();
    let (moved, _) = moved.parse().expect("valid");
    assert_eq!(moved.data().map(|(path, _)| path), Some("/data"));
    assert_eq!((moved.volumes.len(), moved.containers[0].mounts.len()), (1, 1));
    let mut gone = SpecForm::of_spec(&spec);
    (gone.data_path, gone.data_size) = (String::new(), String::new());
    let (gone, _) = gone.parse().expect("valid");
    assert_eq!((gone.kind, gone.volumes.len(), gone.containers[0].mounts.len()), (WorkloadKind::Service, 0, 0));
    for (path, size, field) in [
        ("/data", "", "data_size"),
        ("data", "1Gi", "data_path"),
        ("", "1Gi", "data_path"),
        ("/data", "much", "data_size"),
        ("/data", "1Ki", "data_size"),
    ] {
        let error = fields_of(path, size).parse().expect_err("invalid");
        assert_eq!(fields(&error), [field], "{path} {size}");
    }
    let scaled = SpecForm { max_replicas: "3".into(), ..fields_of("/data", "1Gi") };
    assert_eq!(fields(&scaled.parse().expect_err("a fixed number")), ["max_replicas"]);
}
