//! What the browser's Web Authentication is asked for, and what it answers, both as the JSON of the standard's level 3.
//!
//! Browsers can do the conversion themselves (`parseCreationOptionsFromJSON`, `toJSON`), but not all that Longshore
//! supports, so that it is done here for all of them: one way, and a few lines.

use crate::{ErrorKind, UiError, text};

/// Why a browser made or used no passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPasskey {
    /// It knows nothing of passkeys, or not here.
    Unsupported,
    /// Somebody cancelled, or took too long, or there was none that fits: browsers do not tell these apart.
    Cancelled,
    /// The device has one of the account's already.
    Known,
    /// The page is at another address than the one that passkeys are for.
    Elsewhere,
    /// The device cannot do what it is asked for, or something went wrong in it.
    Failed,
}

impl NoPasskey {
    /// By the name of the browser's exception.
    pub fn named(exception: &str) -> Self {
        match exception {
            "NotAllowedError" | "AbortError" => Self::Cancelled,
            "InvalidStateError" => Self::Known,
            "SecurityError" => Self::Elsewhere,
            _ => Self::Failed,
        }
    }
}

impl From<NoPasskey> for UiError {
    fn from(why: NoPasskey) -> Self {
        Self::new(
            ErrorKind::Conflict,
            match why {
                NoPasskey::Unsupported => text!(
                    "This browser has no passkeys here. Go on another way.",
                    "此浏览器在此处不支持通行密钥，请使用其他方式。"
                ),
                NoPasskey::Cancelled => text!(
                    "Nothing was done: it was cancelled, took too long, or there is no passkey that fits.",
                    "未执行任何操作：已取消、已超时，或没有可用的通行密钥。"
                ),
                NoPasskey::Known => text!(
                    "This device has a passkey of yours already. Use it, or another device.",
                    "此设备上已有您的通行密钥，请使用它，或换一台设备。"
                ),
                NoPasskey::Elsewhere => text!(
                    "Passkeys work at the public address of this Longshore alone. Open the page there.",
                    "通行密钥只能在本 Longshore 的公开地址上使用，请在该地址打开页面。"
                ),
                NoPasskey::Failed => text!(
                    "The device could not do it: a passkey needs a PIN, a finger or a face, and a place to be kept in. Try another one.",
                    "设备无法完成操作：通行密钥需要 PIN、指纹或面容验证以及存储位置，请换一台设备重试。"
                ),
            },
        )
    }
}

/// Lets the browser make a passkey. Pages that are rendered by the server have no browser to ask.
#[cfg(not(feature = "hydrate"))]
#[expect(clippy::unused_async, reason = "the browser's is")]
pub async fn create(_options: &str) -> Result<String, NoPasskey> {
    Err(NoPasskey::Unsupported)
}

/// Lets the browser use a passkey. Pages that are rendered by the server have no browser to ask.
#[cfg(not(feature = "hydrate"))]
#[expect(clippy::unused_async, reason = "the browser's is")]
pub async fn get(_options: &str) -> Result<String, NoPasskey> {
    Err(NoPasskey::Unsupported)
}

#[cfg(feature = "hydrate")]
pub use browser::{create, get};

#[cfg(feature = "hydrate")]
mod browser {
    use std::future::Future;

    use futures::channel::oneshot;
    use js_sys::{Array, Function, JSON, Object, Promise, Reflect, Uint8Array};
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::{JsFuture, spawn_local};

    use super::{NoPasskey, decode, encode};

    /// Lets the browser make a passkey.
    pub async fn create(options: &str) -> Result<String, NoPasskey> {
        let options = options.to_owned();
        apart(async move {
            let made = ask("create", &options).await?;
            answer(&made, &["attestationObject", "clientDataJSON"])
        })
        .await
    }

    /// Lets the browser use a passkey.
    pub async fn get(options: &str) -> Result<String, NoPasskey> {
        let options = options.to_owned();
        apart(async move {
            let used = ask("get", &options).await?;
            answer(&used, &["authenticatorData", "clientDataJSON", "signature", "userHandle"])
        })
        .await
    }

    /// Does what holds the browser's values where they may be held, so that whoever waits for it can be an action, which
    /// the server has as well and drops on any thread.
    fn apart<W>(work: W) -> impl Future<Output = Result<String, NoPasskey>> + Send + use<W>
    where
        W: Future<Output = Result<String, NoPasskey>> + 'static,
    {
        let (done, outcome) = oneshot::channel();
        spawn_local(async move {
            // Nobody waits any more when the page was left.
            let _ = done.send(work.await);
        });
        async move { outcome.await.unwrap_or(Err(NoPasskey::Cancelled)) }
    }

    /// A property that there is.
    fn part(of: &JsValue, name: &str) -> Option<JsValue> {
        Reflect::get(of, &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
    }

    async fn ask(method: &str, options: &str) -> Result<JsValue, NoPasskey> {
        let window = leptos::prelude::window();
        if part(&window, "PublicKeyCredential").is_none() {
            return Err(NoPasskey::Unsupported);
        }
        let credentials = part(&window.navigator(), "credentials").ok_or(NoPasskey::Unsupported)?;
        let function: Function =
            part(&credentials, method).and_then(|f| f.dyn_into().ok()).ok_or(NoPasskey::Unsupported)?;
        let options = JSON::parse(options).map_err(|_| NoPasskey::Failed)?;
        as_bytes(&options, "challenge");
        if let Some(user) = part(&options, "user") {
            as_bytes(&user, "id");
        }
        for list in ["excludeCredentials", "allowCredentials"] {
            for one in part(&options, list).map(|list| Array::from(&list)).iter().flat_map(Array::iter) {
                as_bytes(&one, "id");
            }
        }
        let argument = Object::new();
        // A new object takes any property.
        let _ = Reflect::set(&argument, &"publicKey".into(), &options);
        let promise: Promise = function.call1(&credentials, &argument).map_err(why)?.unchecked_into();
        JsFuture::from(promise).await.map_err(why)
    }

    fn why(exception: JsValue) -> NoPasskey {
        NoPasskey::named(&part(&exception, "name").and_then(|name| name.as_string()).unwrap_or_default())
    }

    /// Puts the bytes in the place of their base64url.
    fn as_bytes(of: &JsValue, name: &str) {
        if let Some(bytes) = part(of, name).and_then(|text| text.as_string()).and_then(|text| decode(&text)) {
            let _ = Reflect::set(of, &name.into(), &Uint8Array::from(bytes.as_slice()));
        }
    }

    fn answer(credential: &JsValue, parts: &[&str]) -> Result<String, NoPasskey> {
        let response = part(credential, "response").ok_or(NoPasskey::Failed)?;
        let text = |of: &JsValue, name: &str| part(of, name).map(|bytes| encode(&Uint8Array::new(&bytes).to_vec()));
        let id = text(credential, "rawId").ok_or(NoPasskey::Failed)?;
        // Nothing of base64url needs an escape in JSON.
        let parts: Vec<String> =
            parts.iter().filter_map(|name| Some(format!("\"{name}\":\"{}\"", text(&response, name)?))).collect();
        let parts = parts.join(",");
        Ok(format!(r#"{{"id":"{id}","rawId":"{id}","type":"public-key","response":{{{parts}}}}}"#))
    }
}

#[cfg(any(feature = "hydrate", test))]
const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// As base64url without padding.
#[cfg(any(feature = "hydrate", test))]
fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for sign in 0..=chunk.len() {
            text.push(char::from(SIGNS[(bits >> (18 - 6 * sign) & 63) as usize]));
        }
    }
    text
}

/// From base64url without padding; `None` for anything else.
#[cfg(any(feature = "hydrate", test))]
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for sign in chunk {
            bits = bits << 6 | u32::try_from(SIGNS.iter().position(|s| s == sign)?).ok()?;
        }
        let whole = match chunk.len() {
            1 => return None,
            n => n - 1,
        };
        bytes.extend_from_slice(&(bits << (6 * (4 - chunk.len()))).to_be_bytes()[1..=whole]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_from_their_text() {
        for bytes in [&b""[..], b"f", b"fo", b"foo", b"foob", &[0xff, 0xfe, 0xfb, 0]] {
            assert_eq!(decode(&encode(bytes)).as_deref(), Some(bytes));
        }
        assert_eq!(encode(&[0xff, 0xef, 0xfe]), "_-_-");
        assert_eq!(encode(b"foob"), "Zm9vYg");
        assert_eq!((decode("Zm9vY"), decode("Zm9=")), (None, None));
    }

    #[test]
    fn what_a_browser_refuses_is_said_calmly() {
        assert_eq!(NoPasskey::named("NotAllowedError"), NoPasskey::Cancelled);
        assert_eq!(NoPasskey::named("InvalidStateError"), NoPasskey::Known);
        assert_eq!(NoPasskey::named("SomethingNew"), NoPasskey::Failed);
        assert_eq!(UiError::from(NoPasskey::Cancelled).kind, ErrorKind::Conflict);
    }
}
