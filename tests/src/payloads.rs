//! Texts that would run a script where a program took them for markup (BZ3): vectors, each behind something that ends the
//! markup around it, in each way in which it may slip past a filter.
//!
//! A script that runs sets `window.__ran`, and half of them end the program by its own command.

/// How many there are.
pub const PAYLOADS: usize = 1_000;

/// `@` is the script. The markup of each does something by itself, or as soon as the pointer or the keyboard is on it.
const VECTORS: [&str; 40] = [
    "<script>@</script>",
    "<script src=data:text/javascript,@></script>",
    "<img src=x onerror=@>",
    "<img src=x: onerror=@ //",
    "<image href=x onerror=@>",
    "<svg onload=@>",
    "<svg><script>@</script></svg>",
    "<svg><animate onbegin=@ attributeName=x dur=1s>",
    "<svg><a href=javascript:@><text y=9>x</text></a></svg>",
    "<svg><use href=data:image/svg+xml,<svg/onload=@>></svg>",
    "<math><mi xlink:href=javascript:@>x</mi></math>",
    "<math><mtext><table><mglyph><style><img src=x onerror=@>",
    "<body onload=@>",
    "<body onpageshow=@>",
    "<iframe src=javascript:@></iframe>",
    "<iframe srcdoc='<script>@</script>'></iframe>",
    "<iframe onload=@></iframe>",
    "<object data=javascript:@></object>",
    "<object data=data:text/html,<script>@</script>></object>",
    "<embed src=javascript:@>",
    "<video src=x onerror=@></video>",
    "<video><source onerror=@></video>",
    "<audio src=x onerror=@></audio>",
    "<input autofocus onfocus=@>",
    "<select autofocus onfocus=@></select>",
    "<textarea autofocus onfocus=@></textarea>",
    "<button popovertarget=x onclick=@>x</button>",
    "<details open ontoggle=@><summary>x</summary></details>",
    "<div tabindex=1 autofocus onfocus=@>x</div>",
    "<div style=animation-name:x onanimationstart=@>x</div>",
    "<div onpointerover=@>x</div>",
    "<marquee onstart=@>x</marquee>",
    "<style onload=@></style>",
    "<link rel=stylesheet href=x onerror=@>",
    "<meta http-equiv=refresh content='0;url=javascript:@'>",
    "<form action=javascript:@><button autofocus>x</button></form>",
    "<a href=javascript:@ autofocus>x</a>",
    "<template><img src=x onerror=@></template>",
    "[x](javascript:@) javascript:@ data:text/html,<script>@</script>",
    "{{constructor.constructor('@')()}} ${@} #{@} <%= @ %>",
];

/// Ends of the markup in which a text may stand.
const ENDS: [&str; 5] = ["", "\">", "'>", "</title></textarea></style>", "--></script>"];

/// Ways of writing the same.
const WAYS: [fn(&str) -> String; 5] = [
    str::to_owned,
    // Letters in turn large and small.
    |text| {
        let turn = |(at, letter): (usize, char)| match at % 2 {
            0 => letter.to_ascii_uppercase(),
            _ => letter,
        };
        let (tag, script) = text.split_once("top.").unwrap_or((text, ""));
        let tag: String = tag.chars().enumerate().map(turn).collect();
        if script.is_empty() {
            tag
        } else {
            format!("{tag}top.{script}")
        }
    },
    // No blanks, and an element that closes itself.
    |text| text.replace(' ', "/").replacen('>', "/>", 1),
    // As entities, which a page decodes.
    |text| {
        text.replace('<', "&lt;")
            .replace('>', "&#62;")
            .replace('"', "&#x22;")
    },
    // As an address is written.
    |text| text.replace('<', "%3C").replace('>', "%3E").replace(' ', "%20"),
];

const SCRIPTS: [&str; 2] = [
    "top.__ran=1",
    "top.__ran=1,top.__TAURI_INTERNALS__.invoke(`shell`,{call:{call:`quit`,args:{}}})",
];

/// All of them, each once.
pub fn payloads() -> Vec<String> {
    let each = |number: usize| {
        let vector = VECTORS[number % VECTORS.len()];
        let end = ENDS[number / VECTORS.len() % ENDS.len()];
        let way = WAYS[number / VECTORS.len() / ENDS.len() % WAYS.len()];
        let script = SCRIPTS[number / 3 % SCRIPTS.len()];
        way(&format!("{end}{}", vector.replace('@', script)))
    };
    (0..PAYLOADS).map(each).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    // BZ3
    #[test]
    fn there_are_a_thousand_and_each_once() {
        let all = payloads();
        assert_eq!(all.len(), PAYLOADS);
        assert_eq!(VECTORS.len() * ENDS.len() * WAYS.len(), PAYLOADS);
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), PAYLOADS);
        assert!(all.iter().all(|payload| payload.contains("__ran=1")));
    }
}
