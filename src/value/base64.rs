//! Bytes as text: standard base64 with padding, as Secrets keep them. Models Go's base64.StdEncoding.

use ::base64::Engine;
use ::base64::engine::general_purpose::STANDARD;

/// Bytes in base64.
pub fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes that a text stands for, or the place where it stops being base64. Line breaks are skipped. Our own, because
/// the API server names the very place that Go's decoder stops at.
pub fn decode(text: &str) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut digits, mut padding, mut last) = (0usize, 0usize, 0usize);
    let mut bits = 0_u32;
    for (at, byte) in text.bytes().enumerate() {
        let digit = match byte {
            b'\r' | b'\n' => continue,
            b'=' => {
                padding += 1;
                let expected = match digits % 4 {
                    2 => 2,
                    3 => 1,
                    _ => 0,
                };
                if padding > expected {
                    return Err(at);
                }
                last = at + 1;
                continue;
            }
            _ if padding > 0 => return Err(at),
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return Err(at),
        };
        digits += 1;
        last = at + 1;
        bits = bits << 6 | u32::from(digit);
        if digits % 4 != 1 {
            bytes.push((bits >> (6 - 2 * ((digits + 3) % 4))) as u8);
        }
    }
    match (digits + padding) % 4 {
        0 => Ok(bytes),
        left => Err(last.saturating_sub(left)),
    }
}

/// The text that base64 stands for; `None` for what is no base64 or no text.
pub fn decode_text(encoded: &str) -> Option<String> {
    String::from_utf8(decode(encoded).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (text, encoded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy"), ("ÿ>?", "w78+Pw==")]
        {
            assert_eq!(encode(text.as_bytes()), encoded);
            assert_eq!(decode_text(encoded).as_deref(), Some(text));
        }
        assert_eq!(decode("Zm9v\nYmFy\r\n"), Ok(b"foobar".to_vec()));
        for (wrong, at) in [("?", 0), ("Zm9", 0), ("Zg=", 0), ("Zg===", 4), ("Zg==Zg==", 4), ("=", 0), ("Z===", 1)] {
            assert_eq!(decode(wrong), Err(at), "{wrong}");
        }
    }
}
