//! Starting a node's kube-proxy anew in another mode.

use super::{Cluster, ProxyMode, What};
use crate::clock::Component;

impl Cluster {
    /// Restarts the kube-proxy of the node at `place` in another mode. It takes what its forerunner wrote away, reads the
    /// Services and EndpointSlices anew and writes them with its next sync; until then the node has no rules for them.
    /// Connections that the kernel tracks stay. `false` where there is no such node or it is in that mode already.
    ///
    /// Models cmd/kube-proxy/app, which calls CleanupLeftovers of the other modes at the start.
    pub fn set_proxy_mode(&mut self, place: u16, mode: ProxyMode) -> bool {
        let Some(node) = self.settings.nodes.get_mut(usize::from(place)).filter(|node| node.mode != mode) else {
            return false;
        };
        let name = node.name.clone();
        node.mode = mode;
        let Some(place) = self.dataplane.place_of(&name) else { return false };
        self.dataplane.restart_proxy(place, mode, self.now);
        let what = What::Restarted { node: place, mode };
        let event = self.log.add(self.now, Component::KubeProxy(place), None, what);
        if let Some(slot) = self.syncs.get_mut(usize::from(place)) {
            *slot = None;
        }
        self.appoint_sync(place, Some(event));
        true
    }
}
