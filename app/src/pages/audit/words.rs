//! What the actions of the audit trail are called. One that is not listed is shown as it is kept.

use crate::{model::Acting, t};

/// An action in words.
pub fn action(name: &str) -> String {
    known(name).map_or_else(|| name.to_owned(), ToOwned::to_owned)
}

fn known(name: &str) -> Option<&'static str> {
    Some(match name {
        "access.bind" => t!("Give role", "授予角色"),
        "access.follow_claims" => t!("Roles from identity provider", "按身份提供商更新角色"),
        "access.explain" | "access.who" | "access.scopes" | "access.own_scopes" => t!("Look at access", "查看权限"),
        "access.unbind" => t!("Take role away", "收回角色"),
        "account.change_password" => t!("Change password", "修改密码"),
        "account.create" => t!("Create account", "创建账号"),
        "account.delete" => t!("Delete account", "删除账号"),
        "account.disable" => t!("Disable account", "停用账号"),
        "account.enable" => t!("Enable account", "启用账号"),
        "account.list" => t!("List accounts", "查看账号列表"),
        "account.read" => t!("Look at account", "查看账号"),
        "account.reset_password" => t!("Reset password", "重置密码"),
        "account.update" => t!("Change account", "修改账号"),
        "app.abort" => t!("Abort release", "中止发布"),
        "app.continue" => t!("Go on with release", "继续发布"),
        "app.adopt" => t!("Adopt drift", "采纳集群改动"),
        "app.list" => t!("List apps", "查看应用列表"),
        "app.plan_import" => t!("Look at what could be imported", "查看可导入的内容"),
        "app.import" => t!("Import Deployment", "导入 Deployment"),
        "app.revert" => t!("Revert drift", "还原集群改动"),
        "app.restart" => t!("Restart app", "重启应用"),
        "app.run" => t!("Run app now", "立即运行应用"),
        "app.stop_run" => t!("End run", "终止运行"),
        "app.scale" => t!("Scale app", "伸缩应用"),
        "app.delete" => t!("Delete app", "删除应用"),
        "app.fit" => t!("Check whether an app fits", "检查应用资源是否足够"),
        "app.read" => t!("Look at app", "查看应用"),
        "app.publish" => t!("Publish app", "发布应用"),
        "app.roll_back" => t!("Roll app back", "回滚应用"),
        "app.upgrade" => t!("Upgrade app", "升级应用"),
        "audit.export" => t!("Export audit trail", "导出审计记录"),
        "audit.get" => t!("Look at an audit entry", "查看审计条目"),
        "audit.list" => t!("Look at the audit trail", "查看审计记录"),
        "audit.more_refusals" => t!("More refused attempts", "更多被拒绝的尝试"),
        "audit.purge" => t!("Delete entries past retention", "清理超过保留期的记录"),
        "audit.verify" => t!("Verify audit trail", "校验审计记录"),
        "cluster.check" => t!("Check kubeconfig", "检查 kubeconfig"),
        "cluster.connect" => t!("Connect cluster", "接入集群"),
        "cluster.replace_kubeconfig" => t!("Replace kubeconfig", "更换 kubeconfig"),
        "cluster.set_metrics" | "cluster.get_metrics" => t!("Metrics source", "指标来源"),
        "cluster.disconnect" => t!("Disconnect cluster", "断开集群"),
        "cluster.get" | "cluster.watch" => t!("Look at cluster", "查看集群"),
        "cluster.list" => t!("List clusters", "查看集群列表"),
        "identity.link" => t!("Link with identity provider", "关联身份提供商"),
        "identity.unlink" => t!("Unlink from identity provider", "解除身份提供商关联"),
        "identity_provider.check" => t!("Check identity provider", "检查身份提供商"),
        "identity_provider.create" => t!("Create identity provider", "创建身份提供商"),
        "identity_provider.delete" => t!("Delete identity provider", "删除身份提供商"),
        "identity_provider.list" => t!("List identity providers", "查看身份提供商列表"),
        "identity_provider.read" => t!("Look at identity provider", "查看身份提供商"),
        "identity_provider.update" => t!("Change identity provider", "修改身份提供商"),
        "link.create" => t!("Make link", "创建链接"),
        "account.judge_password" => t!("Judge password", "评估密码强度"),
        "link.follow" | "link.look" => t!("Open link", "打开链接"),
        "link.list" => t!("List links", "查看链接列表"),
        "link.revoke" => t!("Take link back", "撤回链接"),
        "link.use" => t!("Use link", "使用链接"),
        "namespace.list" => t!("List namespaces", "查看命名空间列表"),
        "namespace.read" => t!("Look at namespace", "查看命名空间"),
        "namespace.create" => t!("Create namespace", "创建命名空间"),
        "namespace.set_quota" => t!("Change quota", "更改配额"),
        "namespace.delete_disk" => t!("Delete disk", "删除磁盘"),
        "namespace.delete" => t!("Delete namespace", "删除命名空间"),
        "node.get" => t!("Look at node", "查看节点"),
        "node.list" | "node.watch" => t!("List nodes", "查看节点列表"),
        "passkey.add" => t!("Add passkey", "添加通行密钥"),
        "passkey.remove" => t!("Remove passkey", "移除通行密钥"),
        "passkey.rename" => t!("Rename passkey", "重命名通行密钥"),
        "platform.read" => t!("Look at platform settings", "查看平台设置"),
        "platform.update" => t!("Change platform settings", "修改平台设置"),
        "pod.list" | "pod.watch" => t!("List pods", "查看 Pod 列表"),
        "registry.list" => t!("List registries", "查看镜像仓库列表"),
        "registry.list_tags" => t!("List tags of image", "查看镜像标签"),
        "registry.read" => t!("Look at registry", "查看镜像仓库"),
        "registry.create" => t!("Add registry", "添加镜像仓库"),
        "registry.delete" => t!("Delete registry", "删除镜像仓库"),
        "registry.update" => t!("Change registry", "修改镜像仓库"),
        "role.create" => t!("Create role", "创建角色"),
        "role.delete" => t!("Delete role", "删除角色"),
        "role.list" | "role.read" => t!("Look at roles", "查看角色"),
        "role.update" => t!("Change role", "修改角色"),
        "second_factor.add" => t!("Add second factor", "添加两步验证"),
        "second_factor.change" => t!("Change second factor", "修改两步验证"),
        "second_factor.remove" => t!("Remove second factor", "移除两步验证"),
        "second_factor.renew_recovery_codes" => t!("Renew recovery codes", "更新恢复码"),
        "second_factor.reset" => t!("Reset second factor", "重置两步验证"),
        "second_factor.use_recovery_code" => t!("Use recovery code", "使用恢复码"),
        "session.first_step" => t!("Sign in: password", "登录：密码验证"),
        "session.list" => t!("List sessions", "查看会话列表"),
        "session.make_room" => t!("End the oldest session for a new one", "为新会话结束最早的会话"),
        "session.revoke" => t!("End session", "结束会话"),
        "session.revoke_others" => t!("End other sessions", "结束其他会话"),
        "session.second_step" => t!("Sign in: second factor", "登录：两步验证"),
        "session.sign_in" => t!("Sign in", "登录"),
        "session.sign_out" => t!("Sign out", "退出登录"),
        _ => return of_tenants(name),
    })
}

/// What is done with operations, secrets, templates, tenants and tokens, and what is refused at the door.
fn of_tenants(name: &str) -> Option<&'static str> {
    Some(match name {
        "operation.list" => t!("List operations", "查看操作列表"),
        "operation.read" => t!("Look at operation", "查看操作"),
        "request.from_elsewhere" => t!("Request from another site", "来自其他站点的请求"),
        "request.too_early" => t!("Request before what has to be done first", "完成必要步骤之前的请求"),
        "session.use" => t!("Use a session that is over", "使用已失效的会话"),
        "secret.list" => t!("List secrets of a namespace", "查看命名空间密钥列表"),
        "secret.read" => t!("Look at secret", "查看密钥"),
        "secret.create" => t!("Make secret", "新建密钥"),
        "secret.update" => t!("Give secret another value", "更换密钥的值"),
        "secret.delete" => t!("Delete secret", "删除密钥"),
        "secret.hand_out" => t!("Release apps with the newest value of secret", "以密钥的最新值重新发布应用"),
        "template.list" => t!("List templates", "查看模板列表"),
        "template.read" => t!("Look at template", "查看模板"),
        "template.create" => t!("Create template", "创建模板"),
        "template.update" => t!("Change template", "修改模板"),
        "tenant.change_security" => t!("Change sign-in rules", "修改登录安全设置"),
        "tenant.create" => t!("Create tenant", "创建租户"),
        "tenant.delete" => t!("Delete tenant", "删除租户"),
        "tenant.get" => t!("Look at tenant", "查看租户"),
        "tenant.hand_over" => t!("Hand tenant over", "移交租户"),
        "tenant.list" => t!("List tenants", "查看租户列表"),
        "tenant.register" => t!("Register tenant", "注册租户"),
        "tenant.resume" => t!("Resume tenant", "恢复租户"),
        "tenant.security" => t!("Look at sign-in rules", "查看登录安全设置"),
        "tenant.suspend" => t!("Suspend tenant", "暂停租户"),
        "token.create" => t!("Make token", "创建令牌"),
        "token.list" => t!("List tokens", "查看令牌列表"),
        "token.revoke" => t!("Revoke token", "撤销令牌"),
        "token.use" => t!("Use token", "使用令牌"),
        _ => return None,
    })
}

/// What acted in the person's name, where it was not the person.
pub fn acting(acting: Acting) -> Option<&'static str> {
    match acting {
        Acting::Account => None,
        Acting::Token => Some(t!("by a token", "通过令牌")),
        Acting::Operation => Some(t!("by an operation", "由后台操作执行")),
        Acting::System => Some(t!("by itself", "系统自动执行")),
        Acting::Nobody => Some(t!("not signed in", "未登录")),
    }
}

#[cfg(test)]
mod tests {
    use super::action;

    #[test]
    fn an_unknown_action_is_shown_as_it_is() {
        assert_eq!(action("app.publish"), "Publish app");
        assert_eq!(action("pod.exec_somehow"), "pod.exec_somehow");
    }
}
