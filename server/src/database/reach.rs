//! Where an actor holds a permission, as a condition on rows that have a place.

use app::model::{Permission, Scope};
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Expr, ExprTrait},
};

use crate::auth::context::OpContext;

/// The rows on which the actor holds a permission: as [`app::model::Access::allows`] says of each.
///
/// `tenant` is the column of whose a row is; `lies_in` tells the rows that lie in a scope below the platform, `None` when
/// no row does.
pub(super) fn reached(
    ctx: &OpContext,
    permission: Permission,
    tenant: impl ColumnTrait,
    lies_in: impl Fn(&Scope) -> Option<Expr>,
) -> Condition {
    let all = Condition::all().add_option(ctx.tenant().map(|own| tenant.eq(own.0)));
    let Some(access) = ctx.access() else { return all };
    let reach = access.reach(permission);
    all.add(within(&reach.given, &lies_in)).add_option(reach.limited_to.map(|scopes| within(scopes, &lies_in)))
}

/// The rows that lie in one of these scopes.
fn within(scopes: &[Scope], lies_in: &impl Fn(&Scope) -> Option<Expr>) -> Condition {
    if scopes.contains(&Scope::Platform) {
        return Condition::all().add(Expr::val(1).eq(1));
    }
    let none = Condition::any().add(Expr::val(1).eq(0));
    scopes.iter().filter_map(lies_in).fold(none, Condition::add)
}

/// Of what the platform and tenants may have: the platform's and, for a tenant's people, the tenant's own; for the platform's
/// people, everybody's. `tenant` is the column of whose it is, empty for the platform's.
pub(super) fn own_and_shared(ctx: &OpContext, tenant: impl ColumnTrait) -> Condition {
    match ctx.tenant() {
        Some(own) => Condition::any().add(tenant.is_null()).add(tenant.eq(own.0)),
        None => Condition::all(),
    }
}
