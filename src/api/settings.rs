//! What validation knows of the cluster: its feature gates.

/// The gates that decide between two rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `StrictIPCIDRValidation`: addresses with leading zeros and IPv4-mapped ones are refused in new values.
    pub strict_addresses: bool,
    /// `RelaxedServiceNameValidation`: a Service's name may start with a digit.
    pub relaxed_service_names: bool,
    /// `PreferSameTrafficDistribution`: `PreferSameZone` and `PreferSameNode` are known.
    pub prefer_same: bool,
}

impl Default for Settings {
    /// As an API server 1.36 starts without flags.
    fn default() -> Settings {
        Settings { strict_addresses: true, relaxed_service_names: true, prefer_same: true }
    }
}
