//! `$encodeUrl` and the like, as JavaScript's functions of these names work; the library's escape other characters.
//!
//! Source: ECMA-262, "URI Handling Functions".

/// What `encodeURIComponent` leaves alone, besides letters and digits.
const OF_COMPONENT: &str = "-_.!~*'()";
/// What `encodeURI` leaves alone as well, and `decodeURI` does not decode.
const OF_URL: &str = ";/?:@&=+$,#";

/// `encodeURIComponent`.
pub(super) fn encode_component(text: &str) -> String {
    encode(text, |c| OF_COMPONENT.contains(c))
}

/// `encodeURI`.
pub(super) fn encode_url(text: &str) -> String {
    encode(text, |c| OF_COMPONENT.contains(c) || OF_URL.contains(c))
}

/// `decodeURIComponent`; `None` if an escape is none, or gives no UTF-8.
pub(super) fn decode_component(text: &str) -> Option<String> {
    decode(text, |_| false)
}

/// `decodeURI`.
pub(super) fn decode_url(text: &str) -> Option<String> {
    decode(text, |c| OF_URL.contains(c))
}

fn encode(text: &str, stays: fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut bytes = [0; 4];
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || stays(c) {
            out.push(c);
        } else {
            for byte in c.encode_utf8(&mut bytes).bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    out
}

fn decode(text: &str, stays: fn(char) -> bool) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            out.push(*first);
            continue;
        }
        let digits = after.get(..2)?;
        let byte =
            std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let byte = u8::from_str_radix(byte, 16).ok()?;
        if stays(char::from(byte)) {
            out.push(b'%');
            out.extend_from_slice(digits);
        } else {
            out.push(byte);
        }
        rest = after.get(2..)?;
    }
    String::from_utf8(out).ok()
}
