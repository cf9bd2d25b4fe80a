//! A short name for what somebody signs in with, by what it says of itself. A few rules: browsers name their
//! ancestors as well, so the youngest is looked for first. Whatever is not known is said to be so.

use app::{i18n::Text, text};

/// Programs, each with a word that only it and its descendants say. Descendants come first.
const PROGRAMS: [(&str, &str); 13] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-requests/", "Python"),
    ("Go-http-client/", "Go"),
];

/// Systems, likewise.
const SYSTEMS: [(&str, &str); 8] = [
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
];

fn find(agent: &str, names: &[(&'static str, &'static str)]) -> Option<&'static str> {
    names.iter().find(|(word, _)| agent.contains(word)).map(|(_, name)| *name)
}

/// The name of program and system.
pub(super) fn device(agent: &str) -> Text {
    match (find(agent, &PROGRAMS), find(agent, &SYSTEMS)) {
        (Some(program), Some(system)) => text!("{program} on {system}", "{system} 上的 {program}"),
        (Some(name), None) | (None, Some(name)) => Text::same(name),
        (None, None) => text!("Unknown device", "未知设备"),
    }
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn the_youngest_name_counts() {
        for (agent, en, zh) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
                "Linux 上的 Firefox",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 \
                 Safari/537.36 Edg/141.0.0.0",
                "Edge on Windows",
                "Windows 上的 Edge",
            ),
            (
                "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile \
                 Safari/537.36",
                "Chrome on Android",
                "Android 上的 Chrome",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/19.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
                "iPhone 上的 Safari",
            ),
            ("curl/8.14.1", "curl", "curl"),
            ("", "Unknown device", "未知设备"),
            ("<script>alert(1)</script>", "Unknown device", "未知设备"),
        ] {
            let name = device(agent);
            assert_eq!((name.en.as_str(), name.zh.as_str()), (en, zh), "{agent}");
        }
    }
}
