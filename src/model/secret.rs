//! Secrets: values that go into a request and nowhere else.

use std::fmt;

/// A bearer token or an API key. It cannot be compared, serialised or printed; what shows it says so: `expose`.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes the value of an environment variable. White space around it is dropped, since a pasted or mounted secret
    /// often ends in a newline; what is left has to be printable ASCII without spaces, so that it fits into one header.
    ///
    /// # Errors
    /// One line that does not repeat the value.
    pub fn new(text: &str) -> Result<Self, String> {
        let value = text.trim();
        if value.is_empty() {
            return Err("it is empty".to_owned());
        }
        if !value.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("it has white space, a control character or a non-ASCII character inside".to_owned());
        }
        Ok(Self(value.to_owned()))
    }

    /// The value, for the header or the body of a request.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// The text with every copy of the value replaced: a server may repeat what it was sent.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        text.replace(&self.0, MARK)
    }
}

/// What is shown in a secret's place.
const MARK: &str = "[secret]";

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MARK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MARK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_one_printable_word() {
        for (text, value) in [("abc", "abc"), (" abc\r\n", "abc"), ("a.b-c_d~e+f/g==", "a.b-c_d~e+f/g==")] {
            assert_eq!(Secret::new(text).unwrap().expose(), value);
        }
        for text in ["", " \n", "a b", "a\nX-Evil: 1", "a\rb", "a\0b", "a\tb", "a\u{7f}b", "tokén", "a\u{200b}b"] {
            let error = Secret::new(text).expect_err("refused");
            assert!(text.trim().is_empty() || !error.contains(text.trim()), "{error}");
        }
    }

    #[test]
    fn a_secret_is_never_shown() {
        let secret = Secret::new("hunter2").unwrap();
        assert_eq!(format!("{secret} {secret:?} {:?}", Some(&secret)), "[secret] [secret] Some([secret])");
        assert_eq!(secret.redact("the token hunter2 (hunter2) is bad"), "the token [secret] ([secret]) is bad");
    }
}
