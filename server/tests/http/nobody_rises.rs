//! No sequence of attempts by those who are no main account, and do not administer the whole platform, gives anybody more
//! than whoever tried had, or than they had themselves: as it is answered, and as it is enforced.

use std::{cell::RefCell, iter};

use app::model::{Level, Permission, PermissionSet};
use http::StatusCode;
use proptest::{
    prelude::*,
    sample::{select, subsequence},
};
use tokio::runtime::Runtime;

use crate::{
    access_properties::{PLACES, ROLES, runner},
    raising::{Actor, GIVEN, Kind, Step, is_within},
    realm::{Held, Realm, Rights, Start},
    support::Visitor,
    tried::enforced,
};

/// What is accepted of some of them more often.
const KINDS: [Kind; 14] = [
    Kind::GiveRole,
    Kind::MakeRole,
    Kind::ChangeRole,
    Kind::MakeAccount,
    Kind::MakeAccount,
    Kind::Invite,
    Kind::Invite,
    Kind::HandOver,
    Kind::MakeToken,
    Kind::MakeToken,
    Kind::MakeToken,
    Kind::MapRoles,
    Kind::SetPassword,
    Kind::LinkPassword,
];

fn some_of(all: Vec<&'static str>) -> impl Strategy<Value = Vec<&'static str>> {
    let most = all.len();
    subsequence(all, 1..=most)
}

/// A role in a place, often in the whole tenant.
fn given() -> impl Strategy<Value = (usize, usize)> {
    (0..=ROLES, prop_oneof![Just(0_usize), 0..PLACES])
}

fn start() -> impl Strategy<Value = Start> {
    let of_tenants = |p: &Permission| p.level() == Level::Tenant && !p.is_reserved();
    let changing = some_of(Permission::ALL.into_iter().filter(of_tenants).map(Permission::as_str).collect());
    let watcher = select(vec![("platform_auditor", true), ("platform_auditor", false), ("platform_admin", false)]);
    (changing, given(), given(), given(), watcher).prop_map(|(changing, person, bystander, robot, watcher)| Start {
        changing,
        people: [person, bystander, robot],
        watcher,
    })
}

fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![
        3 => Just(Actor::Person),
        1 => Just(Actor::Token),
        1 => Just(Actor::Robot),
        1 => Just(Actor::Watcher),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let role = prop_oneof![1 => Just(GIVEN - 1), 2 => 0..GIVEN];
    let permissions = some_of(Permission::ALL.map(Permission::as_str).to_vec());
    (select(KINDS.to_vec()), 0..3_usize, role, 0..=PLACES, permissions)
        .prop_map(|(kind, target, role, place, permissions)| Step { kind, target, role, place, permissions })
}

/// What either has.
fn both(one: &[PermissionSet], other: &[PermissionSet]) -> Rights {
    one.iter().zip(other).map(|(one, other)| one.and(*other)).collect()
}

/// That somebody can do no more than that when they try: in the tenant, and with the application that is looked at.
async fn does_no_more(who: &mut Visitor, places: &[String], due: &[PermissionSet]) -> Result<(), TestCaseError> {
    let app = places[2].trim_start_matches("app/");
    for permission in [Permission::AppPublish, Permission::AppDelete] {
        let fine = due[2].has(permission) || !enforced(who, app, permission.as_str()).await;
        prop_assert!(fine, "{permission} for {app}");
    }
    let accounts = format!("/api/v1/{}/accounts", places[0].replacen("tenant/", "tenants/", 1));
    let fine = due[0].has(Permission::AccountRead) || who.get(&accounts).await.status != StatusCode::OK;
    prop_assert!(fine, "the accounts are shown");
    Ok(())
}

async fn nobody_has_risen(
    realm: &mut Realm,
    actor: Actor,
    before: &[Rights],
    places: &[String],
) -> Result<(), TestCaseError> {
    let own = &before[actor.account()];
    for Held { name, of, mut who, rights } in realm.everybody(places).await {
        let due = of.map_or_else(|| own.clone(), |of| both(&before[of], own));
        let fine = is_within(&rights, &due);
        prop_assert!(fine, "{name} may do {rights:?}, and no more was to be had than {due:?}");
        does_no_more(&mut who, places, &due).await?;
    }
    Ok(())
}

#[test]
fn no_sequence_of_attempts_raises_anybody() {
    let runtime = Runtime::new().expect("a runtime");
    let realm = RefCell::new(runtime.block_on(Realm::new()));
    let narrower = (select(vec![1_usize, 2, 4]), select(vec![3_usize, 5]));
    let steps = prop::collection::vec(step(), 1..8);
    runner(32)
        .run(&(start(), narrower, actor(), steps), |(start, narrower, actor, steps)| {
            let mut realm = realm.borrow_mut();
            runtime.block_on(async {
                realm.deal(&start).await;
                let places = realm.looked_at(narrower);
                let before = realm.rights(&places).await;
                for step in iter::once(&Step::within_ones_rights()).chain(&steps) {
                    realm.take(actor, step, &before).await?;
                }
                nobody_has_risen(&mut realm, actor, &before, &places).await
            })
        })
        .expect("nobody rises");
    let realm = realm.borrow();
    assert!(
        realm.accepted > 0 && realm.refused > 0,
        "{} were accepted and {} refused: they are not what they are for",
        realm.accepted,
        realm.refused
    );
}
