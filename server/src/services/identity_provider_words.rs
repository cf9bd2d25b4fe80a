//! What stands in the way of an identity provider, for whoever describes it: the field, and a sentence.

use app::{i18n::Text, text};

use crate::openid::{Fault, document::Wrong};

/// Which field has to change, and what is wrong.
pub(super) fn words(fault: Fault) -> (&'static str, Text) {
    let of_issuer = |words| ("issuer", words);
    match fault {
        Fault::Unreachable | Fault::Client => of_issuer(text!(
            "There is no connection to this address: wrong host or port, nothing that listens, or a certificate that is not trusted.",
            "无法连接该地址：主机或端口有误、没有服务在监听，或证书不受信任。"
        )),
        Fault::Slow => of_issuer(text!(
            "The provider does not answer within five seconds. Try again, or look after it.",
            "身份提供商在五秒内没有响应，请重试或检查该服务。"
        )),
        Fault::Status(status) => of_issuer(text!(
            "The provider answers with status {status} instead of its discovery document or its keys. Check the address.",
            "身份提供商未返回发现文档或密钥，而是返回状态 {status}。请检查地址。"
        )),
        Fault::TooLarge => of_issuer(text!(
            "The provider's answer is larger than 256 KiB, which none should be.",
            "身份提供商的响应超过 256 KiB，不符合预期。"
        )),
        Fault::Unreadable | Fault::Refused | Fault::Token(_) => of_issuer(text!(
            "The answer is no discovery document of OpenID Connect, or no keys. Check the address.",
            "响应不是 OpenID Connect 发现文档或密钥，请检查地址。"
        )),
        Fault::UnknownClient => (
            "client_secret",
            text!(
                "The provider does not know this client ID with this secret. Check both.",
                "身份提供商不认可该客户端 ID 和密钥，请检查两者。"
            ),
        ),
        Fault::Document(wrong) => lacks(wrong),
    }
}

/// The same for what a discovery document lacks.
fn lacks(wrong: Wrong) -> (&'static str, Text) {
    let words = match wrong {
        Wrong::Issuer => text!(
            "The discovery document there is of another issuer. Write the issuer exactly as it does, to the last slash.",
            "该处的发现文档属于另一个签发者。请与文档中的 issuer 完全一致，包括末尾的斜杠。"
        ),
        Wrong::Endpoint(name) => text!(
            "The discovery document has no {name} that may be asked: it must be there, and by https.",
            "发现文档中没有可用的 {name}：该项必须存在，且使用 https。"
        ),
        Wrong::Code => text!(
            "The provider does not offer the authorization code flow (response type code).",
            "身份提供商不支持授权码流程（response type 为 code）。"
        ),
        Wrong::Pkce => text!("The provider does not offer PKCE with S256.", "身份提供商不支持使用 S256 的 PKCE。"),
        Wrong::Algorithms => text!(
            "The provider signs with nothing that can be checked: RS, PS, ES256, ES384 or EdDSA are needed.",
            "身份提供商的签名算法无法校验：需要 RS、PS、ES256、ES384 或 EdDSA。"
        ),
        Wrong::Keys => text!("The provider has no public key that can be used.", "身份提供商没有可用的公钥。"),
        Wrong::Secret => {
            let words = text!(
                "The provider takes no client secret: client_secret_basic or client_secret_post is needed.",
                "身份提供商不接受客户端密钥：需要 client_secret_basic 或 client_secret_post。"
            );
            return ("client_secret", words);
        }
    };
    ("issuer", words)
}
