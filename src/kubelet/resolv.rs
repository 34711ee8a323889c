//! What a pod's resolver reads: resolv.conf, and the pod's own names in /etc/hosts.

use crate::api::{Fields, Object, Value, pod};
use std::fmt;
use std::net::IpAddr;

/// How the kubelets of the cluster set DNS up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsSettings {
    /// The addresses of the cluster's DNS, usually `10.96.0.10`.
    pub servers: Vec<String>,
    /// The cluster's domain, `cluster.local`.
    pub domain: String,
    /// The node's own resolv.conf; `None` where the kubelet is told to use none.
    pub host: Option<ResolvConf>,
    /// The node's addresses, for pods that use neither.
    pub node_ips: Vec<String>,
}

impl Default for DnsSettings {
    fn default() -> DnsSettings {
        DnsSettings {
            servers: vec!["10.96.0.10".to_owned()],
            domain: "cluster.local".to_owned(),
            host: Some(ResolvConf { servers: vec!["172.18.0.1".to_owned()], ..ResolvConf::default() }),
            node_ips: Vec::new(),
        }
    }
}

/// A resolv.conf.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResolvConf {
    /// The servers, in the order they are asked.
    pub servers: Vec<String>,
    /// What is appended to names, in order.
    pub searches: Vec<String>,
    /// Options, such as `ndots:5`.
    pub options: Vec<String>,
}

impl ResolvConf {
    /// From how many dots on a name is tried as it is first: 1 where no option says otherwise, 15 at most.
    pub fn ndots(&self) -> usize {
        let stated = self.options.iter().rev().find_map(|option| option.strip_prefix("ndots:")?.parse().ok());
        stated.unwrap_or(1).min(15)
    }
}

impl fmt::Display for ResolvConf {
    /// The file's text, as the container runtime writes it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.searches.is_empty() {
            writeln!(out, "search {}", self.searches.join(" "))?;
        }
        for server in &self.servers {
            writeln!(out, "nameserver {server}")?;
        }
        if !self.options.is_empty() {
            writeln!(out, "options {}", self.options.join(" "))?;
        }
        Ok(())
    }
}

/// The limits of the resolver that pods use.
const MOST_SERVERS: usize = 3;
const MOST_SEARCHES: usize = 32;
const LONGEST_SEARCH_LINE: usize = 2048;
const LONGEST_DOMAIN: usize = 253;

/// The pod's resolv.conf, and the messages of the warnings (reason `DNSConfigForming`) about what did not fit in.
///
/// Models pkg/kubelet/network/dns GetPodDNS.
pub fn resolv_conf(pod: &Object, settings: &DnsSettings) -> (ResolvConf, Vec<String>) {
    let host = settings.host.clone().unwrap_or_default();
    let for_cluster = match pod.text("spec.dnsPolicy") {
        "None" | "Default" => false,
        "ClusterFirstWithHostNet" => true,
        _ => !pod::is_on_host_network(pod),
    };
    let mut config = if pod.text("spec.dnsPolicy") == "None" {
        ResolvConf::default()
    } else if for_cluster && !settings.servers.is_empty() {
        let domain = &settings.domain;
        let mut searches = vec![format!("{}.svc.{domain}", pod.namespace()), format!("svc.{domain}"), domain.clone()];
        searches.extend(host.searches);
        ResolvConf {
            servers: settings.servers.clone(),
            searches: unique(searches),
            options: vec!["ndots:5".to_owned()],
        }
    } else if settings.host.is_none() {
        // No server named means the node itself to the resolver.
        let local = |ip: &String| if ip.contains(':') { "::1" } else { "127.0.0.1" }.to_owned();
        let mut servers: Vec<String> = settings.node_ips.iter().map(local).collect();
        if servers.is_empty() {
            servers.push("127.0.0.1".to_owned());
        }
        ResolvConf { servers, searches: vec![".".to_owned()], options: host.options }
    } else {
        host
    };
    if let Some(own) = pod.at("spec.dnsConfig") {
        let texts =
            |field: &str| own.items(field).iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
        config.servers = unique([config.servers, texts("nameservers")].concat());
        config.searches = unique([config.searches, texts("searches")].concat());
        for option in own.items("options") {
            let name = option.text("name");
            config.options.retain(|there| there.split(':').next() != Some(name));
            config.options.push(match option.text("value") {
                "" => name.to_owned(),
                value => format!("{name}:{value}"),
            });
        }
    }
    let warnings = fit(&mut config);
    (config, warnings)
}

/// Drops what is over the resolver's limits. Models formDNSConfigFitsLimits.
fn fit(config: &mut ResolvConf) -> Vec<String> {
    let mut warnings = Vec::new();
    if config.servers.len() > MOST_SERVERS {
        config.servers.truncate(MOST_SERVERS);
        warnings.push(format!(
            "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: {}",
            config.servers.join(" ")
        ));
    }
    let before = config.searches.len();
    config.searches.truncate(MOST_SEARCHES);
    config.searches.retain(|domain| domain.len() <= LONGEST_DOMAIN);
    while config.searches.join(" ").len() > LONGEST_SEARCH_LINE {
        config.searches.pop();
    }
    if config.searches.len() != before {
        warnings.push(format!(
            "Search Line limits were exceeded, some search paths have been omitted, the applied search line is: {}",
            config.searches.join(" ")
        ));
    }
    warnings
}

fn unique(list: Vec<String>) -> Vec<String> {
    let mut seen = crate::order::SortedSet::new();
    list.into_iter().filter(|one| seen.insert(one.clone())).collect()
}

/// The pod's hostname: `spec.hostname`, else its name, cut to 63 characters; on its node's network it has the node's.
///
/// Models pkg/kubelet GeneratePodHostNameAndDomain and generatePodSandboxConfig.
pub fn hostname(pod: &Object) -> String {
    if pod::is_on_host_network(pod) {
        return pod::node(pod).to_owned();
    }
    let name = match pod.text("spec.hostname") {
        "" => pod.name(),
        hostname => hostname,
    };
    let cut = name.get(..63).unwrap_or(name).trim_end_matches(['-', '.']);
    match domain(pod, "cluster.local") {
        Some(domain) if pod.is_true("spec.setHostnameAsFQDN") => format!("{cut}.{domain}"),
        _ => cut.to_owned(),
    }
}

/// The domain under which a pod with a subdomain has a name, whether or not a Service of that name exists.
fn domain(pod: &Object, cluster_domain: &str) -> Option<String> {
    let subdomain = pod.text("spec.subdomain");
    (!subdomain.is_empty()).then(|| format!("{subdomain}.{}.svc.{cluster_domain}", pod.namespace()))
}

/// The text of the pod's /etc/hosts. Models pkg/kubelet managedHostsFileContent.
pub fn hosts_file(pod: &Object, cluster_domain: &str) -> String {
    let mut text = String::new();
    if pod::is_on_host_network(pod) {
        text.push_str("# Kubernetes-managed hosts file (host network).\n127.0.0.1\tlocalhost\n");
    } else {
        text.push_str(
            "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n",
        );
        text.push_str(
            "fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n",
        );
        let hostname = hostname(pod);
        for ip in pod::ips(pod) {
            let full = domain(pod, cluster_domain).map_or(String::new(), |domain| format!("{hostname}.{domain}\t"));
            text.extend([ip, "\t", &full, &hostname, "\n"]);
        }
    }
    let aliases = pod.items("spec.hostAliases");
    if !aliases.is_empty() {
        text.push_str("\n# Entries added by HostAliases.\n");
        for alias in aliases {
            let names: Vec<&str> = alias.items("hostnames").iter().filter_map(Value::as_str).collect();
            text.extend([alias.text("ip"), "\t", &names.join("\t"), "\n"]);
        }
    }
    text
}

/// The addresses and names that a hosts file lists, in its order.
pub fn read_hosts(text: &str) -> Vec<(IpAddr, String)> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or(""));
    let mut hosts = Vec::new();
    for line in lines {
        let mut words = line.split_whitespace();
        if let Some(address) = words.next().and_then(|word| word.parse().ok()) {
            hosts.extend(words.map(|name| (address, name.to_owned())));
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;
    use expect_test::expect;

    #[test]
    fn the_files_read_as_in_a_real_pod() {
        let pod = Object::new(json!({
            "metadata": {"name": "db-0", "namespace": "shop"},
            "spec": {"hostname": "db-0", "subdomain": "db", "dnsConfig": {"options": [{"name": "ndots", "value": "2"}]},
                "hostAliases": [{"ip": "192.0.2.1", "hostnames": ["one", "uno"]}]},
            "status": {"podIP": "10.244.0.5"},
        }))
        .unwrap();
        let (config, warnings) = resolv_conf(&pod, &DnsSettings::default());
        assert_eq!((config.ndots(), warnings.len(), hostname(&pod).as_str()), (2, 0, "db-0"));
        expect![[r"
            search shop.svc.cluster.local svc.cluster.local cluster.local
            nameserver 10.96.0.10
            options ndots:2
        "]]
        .assert_eq(&config.to_string());
        let hosts = hosts_file(&pod, "cluster.local");
        assert_eq!(read_hosts(&hosts).last(), Some(&(IpAddr::from([192, 0, 2, 1]), "uno".to_owned())));
        expect![[r"
            # Kubernetes-managed hosts file.
            127.0.0.1	localhost
            ::1	localhost ip6-localhost ip6-loopback
            fe00::0	ip6-localnet
            fe00::0	ip6-mcastprefix
            fe00::1	ip6-allnodes
            fe00::2	ip6-allrouters
            10.244.0.5	db-0.db.shop.svc.cluster.local	db-0

            # Entries added by HostAliases.
            192.0.2.1	one	uno
        "]]
        .assert_eq(&hosts);
    }
}
