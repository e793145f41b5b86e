//! Reading source by token: what is code, with the words of comments and strings out of the way.
//!
//! Enough of Rust's and TypeScript's lexical grammar to find functions, what they call and where their braces end; no
//! parser, which would take longer to compile than all that this program does.

/// Source whose comments and strings are blank, byte for byte: what was at a place still is.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) text: String,
    pub(crate) comments: Vec<Comment>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// Without its slashes and stars.
    pub(crate) text: String,
    /// Speaks of the file that it stands in.
    pub(crate) of_file: bool,
}

/// A word, or a single character that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) text: &'a str,
    pub(crate) at: usize,
}

impl Code {
    pub(crate) fn rust(text: &str) -> Self {
        Scanner::new(text, false).all()
    }

    pub(crate) fn script(text: &str) -> Self {
        Scanner::new(text, true).all()
    }

    pub(crate) fn tokens(&self) -> Vec<Token<'_>> {
        let text = self.text.as_str();
        let mut tokens: Vec<Token<'_>> = Vec::new();
        let mut at = 0;
        while let Some(character) = text[at..].chars().next() {
            let rest = &text[at..];
            let length = if character.is_whitespace() {
                rest.find(|next: char| !next.is_whitespace())
                    .unwrap_or(rest.len())
            } else if is_word(character) {
                rest.find(|next| !is_word(next)).unwrap_or(rest.len())
            } else {
                character.len_utf8()
            };
            if !character.is_whitespace() {
                tokens.push(Token {
                    text: &rest[..length],
                    at,
                });
            }
            at += length;
        }
        tokens
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

/// For each opening bracket the token that closes it, by their places in the list.
pub(crate) fn closings(tokens: &[Token<'_>]) -> Vec<Option<usize>> {
    let mut closing = vec![None; tokens.len()];
    let mut open = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        match token.text {
            "(" | "[" | "{" => open.push(place),
            ")" | "]" | "}" => {
                if let Some(opened) = open.pop() {
                    closing[opened] = Some(place);
                }
            }
            _ => {}
        }
    }
    closing
}

#[derive(Debug)]
struct Scanner<'a> {
    text: &'a str,
    script: bool,
    at: usize,
    code: String,
    comments: Vec<Comment>,
    /// Of templates that are open: how many braces are, in the code inside.
    templates: Vec<usize>,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str, script: bool) -> Self {
        Self {
            text,
            script,
            at: 0,
            code: String::with_capacity(text.len()),
            comments: Vec::new(),
            templates: Vec::new(),
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn all(mut self) -> Code {
        while let Some(character) = self.rest().chars().next() {
            let plain = self.plain();
            if plain > 0 {
                self.code.push_str(&self.text[self.at..self.at + plain]);
                self.at += plain;
            } else if self.rest().starts_with("//") {
                self.comment(self.rest().find('\n').unwrap_or(self.rest().len()));
            } else if self.rest().starts_with("/*") {
                self.comment(block(self.rest(), !self.script));
            } else if character == '"' || self.script && character == '\'' {
                self.string(quoted(self.rest(), character));
            } else if self.script && character == '`' {
                self.template();
            } else if self.script && character == '/' && self.begins_expression() {
                self.string(pattern(self.rest()));
            } else if !self.script && character == '\'' {
                match char_literal(self.rest()) {
                    Some(length) => self.string(length),
                    None => self.keep(character),
                }
            } else if let Some(length) = self.raw_string() {
                self.string(length);
            } else {
                self.keep(character);
                self.count_brace(character);
            }
        }
        Code {
            text: self.code,
            comments: self.comments,
        }
    }

    /// How much from here on is code that nothing can begin in.
    fn plain(&self) -> usize {
        let bytes = self.rest().as_bytes();
        // A raw string's letters begin a word.
        let is_plain = |byte: &u8| {
            !matches!(
                byte,
                b'/' | b'"' | b'\'' | b'`' | b'{' | b'}' | b'r' | b'b' | b'c'
            )
        };
        let length = bytes
            .iter()
            .position(|byte| !is_plain(byte))
            .unwrap_or(bytes.len());
        if length > 0 {
            return length;
        }
        let in_word = self
            .code
            .as_bytes()
            .last()
            .is_some_and(|last| last.is_ascii_alphanumeric() || *last == b'_');
        usize::from(in_word && matches!(bytes.first(), Some(b'r' | b'b' | b'c')))
    }

    fn keep(&mut self, character: char) {
        self.code.push(character);
        self.at += character.len_utf8();
    }

    fn blank(&mut self, length: usize) {
        let text = &self.text[self.at..self.at + length];
        self.code
            .extend(text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        self.at += length;
    }

    /// The quotes stay, so that a string is seen to stand there.
    fn string(&mut self, length: usize) {
        if length < 2 {
            return self.blank(length);
        }
        self.code.push('"');
        self.at += 1;
        self.blank(length - 2);
        self.code.push('"');
        self.at += 1;
    }

    fn comment(&mut self, length: usize) {
        let (from, to) = (self.at, self.at + length);
        let text = &self.text[from..to];
        let words = text.split(|separator: char| separator.is_whitespace() || "/*!".contains(separator));
        self.comments.push(Comment {
            from,
            to,
            text: words
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
            of_file: text.starts_with("//!") || text.starts_with("/*!"),
        });
        self.blank(length);
    }

    fn template(&mut self) {
        self.code.push('"');
        self.at += 1;
        self.in_template();
    }

    /// Up to the end of the template, or to the code inside.
    fn in_template(&mut self) {
        let mut escaped = false;
        for (at, character) in self.rest().char_indices() {
            if !escaped && character == '`' {
                self.blank(at);
                return self.string_end();
            }
            if !escaped && self.rest()[at..].starts_with("${") {
                self.blank(at + 2);
                return self.templates.push(0);
            }
            escaped = character == '\\' && !escaped;
        }
        self.blank(self.rest().len());
    }

    fn string_end(&mut self) {
        self.code.push('"');
        self.at += 1;
    }

    fn count_brace(&mut self, character: char) {
        match (character, self.templates.last_mut()) {
            ('{', Some(open)) => *open += 1,
            ('}', Some(0)) => {
                self.templates.pop();
                self.code.pop();
                self.code.push(' ');
                self.in_template();
            }
            ('}', Some(open)) => *open -= 1,
            _ => {}
        }
    }

    fn raw_string(&self) -> Option<usize> {
        if self.script || self.code.chars().next_back().is_some_and(is_word) {
            return None;
        }
        let rest = self.rest();
        let prefix = ["br", "cr", "r"]
            .iter()
            .find(|prefix| rest.starts_with(**prefix))?;
        let hashes = rest[prefix.len()..]
            .chars()
            .take_while(|hash| *hash == '#')
            .count();
        let from = prefix.len() + hashes;
        if !rest[from..].starts_with('"') {
            return None;
        }
        let end = format!("\"{}", "#".repeat(hashes));
        let length = rest[from + 1..].find(&end)?;
        Some(from + 1 + length + end.len())
    }

    /// Whether a slash here begins a regular expression and does not divide.
    fn begins_expression(&self) -> bool {
        let before = self.code.trim_end();
        let word = before
            .rsplit(|character| !is_word(character))
            .next()
            .unwrap_or_default();
        before.is_empty()
            || before.ends_with(|last| "(,=:[!&|?{};><+".contains(last))
            || ["return", "typeof", "case"].contains(&word)
    }
}

fn block(text: &str, nests: bool) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") && (nests || depth == 0) {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        if character == quote && !escaped {
            return at + character.len_utf8();
        }
        escaped = character == '\\' && !escaped;
    }
    text.len()
}

fn pattern(text: &str) -> usize {
    let (mut escaped, mut class) = (false, false);
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '\n' => return 1,
            '/' if !escaped && !class => return at + 1,
            '[' if !escaped => class = true,
            ']' if !escaped => class = false,
            _ => {}
        }
        escaped = character == '\\' && !escaped;
    }
    1
}

/// A lifetime has no closing quote.
fn char_literal(text: &str) -> Option<usize> {
    let mut characters = text.char_indices().skip(1);
    let (_, first) = characters.next()?;
    if first == '\\' {
        return Some(quoted(text, '\''));
    }
    let (at, closing) = characters.next()?;
    (closing == '\'').then_some(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(code: &Code) -> String {
        let tokens = code.tokens();
        tokens
            .iter()
            .map(|token| token.text)
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn strings_and_comments_of_rust_are_no_code() {
        let text = r##"a("x // no \" b", 'c', '\'', 'é'); // P5: why
/* d /* nested */ e */ let f: &'static str = r#"g " h"#; br"i""##;
        let code = Code::rust(text);
        assert_eq!(
            words(&code),
            r#"a ( " " , " " , " " , " " ) ; let f : & ' static str = " " ; " ""#
        );
        assert_eq!(code.text.len(), text.len());
        let comments: Vec<_> = code
            .comments
            .iter()
            .map(|comment| comment.text.as_str())
            .collect();
        assert_eq!(comments, ["P5: why", "d nested e"]);
        assert_eq!(&text[code.comments[0].from..code.comments[0].to], "// P5: why");
    }

    #[test]
    fn templates_and_patterns_of_a_script_are_no_code_but_for_what_is_worked_out_in_them() {
        let text = "a(`x ${b({ c: `${d}` })} it('e')`, 'f\\'', /[/'\"]\\//u.test(g)); h = i / j / k;";
        let code = Code::script(text);
        assert_eq!(
            words(&code),
            r#"a ( " b ( { c : " d " } ) " , " " , " " u . test ( g ) ) ; h = i / j / k ;"#
        );
        assert_eq!(code.text.len(), text.len());
    }

    #[test]
    fn brackets_find_their_ends() {
        let code = Code::rust("a(b[c] { \")\" })");
        let tokens = code.tokens();
        let closings = closings(&tokens);
        assert_eq!(closings[1], Some(tokens.len() - 1));
        assert_eq!(tokens[closings[3].unwrap()].text, "]");
    }

    #[test]
    fn the_documentation_of_a_file_itself_is_distinguished() {
        let code = Code::rust("//! P5 in a head\n/// P6\nfn a() {}");
        let of_file: Vec<_> = code.comments.iter().map(|comment| comment.of_file).collect();
        assert_eq!(of_file, [true, false]);
    }
}
