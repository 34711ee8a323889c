//! The names of chains, sets and lists: hashes of what they are for.

use crate::net::Protocol;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;

/// The first `length` letters of the base32 (RFC 4648) of the sha256 of `text`.
fn hash(text: &str, length: usize) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digest = Sha256::digest(text.as_bytes());
    let mut found = String::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in digest {
        bits = (bits << 8 | u32::from(byte)) & 0xffff;
        count += 8;
        while count >= 5 {
            count -= 5;
            let letter = LETTERS.get((bits >> count & 31) as usize).copied().unwrap_or(b'A');
            found.push(char::from(letter));
        }
        if found.len() >= length {
            break;
        }
    }
    found.truncate(length);
    found
}

/// `KUBE-SVC-...`, `KUBE-SVL-...`, `KUBE-EXT-...`, `KUBE-FW-...` by `prefix`. Models pkg/proxy/iptables
/// portProtoHash.
pub(super) fn service_chain(prefix: &str, port_name: &str, protocol: Protocol) -> String {
    format!("{prefix}{}", hash(&format!("{port_name}{}", protocol.name()), 16))
}

/// `KUBE-SEP-...`. Models servicePortEndpointChainName of pkg/proxy/iptables.
pub(super) fn endpoint_chain(port_name: &str, protocol: Protocol, endpoint: SocketAddr) -> String {
    format!("KUBE-SEP-{}", hash(&format!("{port_name}{}{endpoint}", protocol.name()), 16))
}

/// The longest base of a name: 256 bytes less the longest prefix. Models chainNameBaseLengthMax.
const LONGEST_BASE: usize = 240;

/// `service-HASH-NAMESPACE/SERVICE/PROTOCOL/PORT` and the like. Models hashAndTruncate of pkg/proxy/nftables.
pub(super) fn nft(kind: &str, base: &str) -> String {
    let mut base = format!("{}-{base}", hash(base, 8));
    if base.len() > LONGEST_BASE {
        // Names are ASCII, so every byte is a character.
        base.truncate(LONGEST_BASE - 3);
        base.push_str("...");
    }
    format!("{kind}-{base}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_a_real_cluster() {
        let endpoint = |text: &str| text.parse::<SocketAddr>().unwrap();
        assert_eq!(service_chain("KUBE-SVC-", "default/web", Protocol::Tcp), "KUBE-SVC-LOLE4ISW44XBNF3G");
        assert_eq!(service_chain("KUBE-EXT-", "ns1/svc1:p80", Protocol::Tcp), "KUBE-EXT-XPGD46QRK7WJZT7O");
        assert_eq!(
            endpoint_chain("default/kubernetes:https", Protocol::Tcp, endpoint("172.18.0.2:16443")),
            "KUBE-SEP-LRFFFDTQLHTAMBUD"
        );
        assert_eq!(nft("service", "default/web/tcp/"), "service-PFISGYVC-default/web/tcp/");
        assert_eq!(
            nft("endpoint", "ns5/svc5/tcp/p80__10.180.0.3/80"),
            "endpoint-GTK6MW7G-ns5/svc5/tcp/p80__10.180.0.3/80"
        );
    }
}
