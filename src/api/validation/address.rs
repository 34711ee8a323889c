//! Addresses as the API server reads them: Go's parser takes leading zeros and IPv4 inside IPv6, validation does not.

use super::super::{Cause, Value};
use std::net::{IpAddr, Ipv4Addr};

const NO_ADDRESS: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const NO_CIDR: &str = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

/// The address that Go's old parser reads: numbers may have leading zeros, and `::ffff:1.2.3.4` is IPv4. Models
/// ParseIPSloppy.
pub fn read_sloppily(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        let (head, tail) = text.rsplit_once(':')?;
        let ip = if tail.contains('.') {
            let last = without_zeros(tail)?;
            format!("{head}:{last}").parse().ok()?
        } else {
            text.parse().ok()?
        };
        return Some(match ip {
            IpAddr::V6(six) => six.to_ipv4_mapped().map_or(IpAddr::V6(six), IpAddr::V4),
            four @ IpAddr::V4(_) => four,
        });
    }
    without_zeros(text)?.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
}

fn without_zeros(text: &str) -> Option<String> {
    let parts: Option<Vec<String>> = text
        .split('.')
        .map(|part| {
            let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            let number = part.trim_start_matches('0');
            digits.then(|| if number.is_empty() { "0".to_owned() } else { number.to_owned() })
        })
        .collect();
    Some(parts?.join("."))
}

/// What is wrong with an address; `strict` refuses what Go's newer parser does not take. Models IsValidIP and its strict
/// form.
pub fn check_address(text: &str, strict: bool) -> Option<&'static str> {
    if read_sloppily(text).is_none() {
        return Some(NO_ADDRESS);
    }
    match text.parse::<IpAddr>() {
        _ if !strict => None,
        Err(_) => Some("must not have leading 0s"),
        Ok(IpAddr::V6(six)) if six.to_ipv4_mapped().is_some() => Some("must not be an IPv4-mapped IPv6 address"),
        Ok(_) => None,
    }
}

/// The address and the length of the prefix of a CIDR, read sloppily.
fn read_cidr(text: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = text.split_once('/')?;
    let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
    let ip = read_sloppily(address)?;
    let length: u32 = if digits { length.parse().ok()? } else { return None };
    let most = if ip.is_ipv4() && !address.contains(':') { 32 } else { 128 };
    (length <= most).then_some((ip, length))
}

/// What is wrong with a CIDR.
pub fn check_cidr(text: &str, strict: bool) -> Option<&'static str> {
    let Some((ip, length)) = read_cidr(text) else { return Some(NO_CIDR) };
    if !strict {
        return None;
    }
    let (address, digits) = text.split_once('/').unwrap_or((text, ""));
    if address.parse::<IpAddr>().is_err() || (digits.len() > 1 && digits.starts_with('0')) {
        return Some("must not have leading 0s in IP or prefix length");
    }
    if ip.is_ipv4() && address.contains(':') {
        return Some("must not have an IPv4-mapped IPv6 address");
    }
    if has_bits_beyond(ip, length) {
        return Some("must not have bits set beyond the prefix length");
    }
    None
}

fn has_bits_beyond(ip: IpAddr, length: u32) -> bool {
    match ip {
        IpAddr::V4(four) => length < 32 && u32::from(four) << length != 0,
        IpAddr::V6(six) => length < 128 && u128::from(six) << length != 0,
    }
}

/// Refuses addresses that no endpoint can have. Models ValidateNonSpecialIP.
pub fn non_special(path: &str, text: &str, causes: &mut Vec<Cause>) {
    let value = Value::from(text);
    let mut refuse = |words: &str| causes.push(Cause::invalid(path, &value, words));
    let Some(ip) = read_sloppily(text) else { return refuse("must be a valid IP address") };
    if ip.is_unspecified() {
        refuse(&format!("may not be unspecified ({text})"));
    }
    if ip.is_loopback() {
        refuse("may not be in the loopback range (127.0.0.0/8, ::1/128)");
    }
    let (local, local_multicast) = match ip {
        IpAddr::V4(four) => (four.is_link_local(), four.octets().starts_with(&[224, 0, 0])),
        IpAddr::V6(six) => {
            let first = six.segments().first().copied().unwrap_or(0);
            (first & 0xFFC0 == 0xFE80, first & 0xFF0F == 0xFF02)
        }
    };
    if local {
        refuse("may not be in the link-local range (169.254.0.0/16, fe80::/10)");
    }
    if local_multicast {
        refuse("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_reading_refuses_what_go_takes() {
        assert_eq!(check_address("10.0.0.1", true), None);
        assert_eq!(check_address("10.0.0.010", false), None);
        assert_eq!(check_address("10.0.0.010", true), Some("must not have leading 0s"));
        assert_eq!(check_address("::ffff:1.2.3.4", true), Some("must not be an IPv4-mapped IPv6 address"));
        assert_eq!(check_address("10.0.0.300", true), Some(NO_ADDRESS));
        assert_eq!(check_cidr("10.0.0.0", true), Some(NO_CIDR));
        assert_eq!(check_cidr("1.2.3.4/33", false), Some(NO_CIDR));
        assert_eq!(check_cidr("010.0.0.0/8", true), Some("must not have leading 0s in IP or prefix length"));
        assert_eq!(check_cidr("10.1.0.0/8", true), Some("must not have bits set beyond the prefix length"));
        assert_eq!(check_cidr("10.0.0.0/8", true), None);
    }
}
