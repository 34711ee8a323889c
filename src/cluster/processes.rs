//! What the programs in containers do to the cluster: they print, they write files, and they end.

use super::Cluster;
use crate::clock::Time;
use crate::store::Key;

impl Cluster {
    /// Adds a line to a container's log.
    pub fn print(&mut self, pod: &Key, container: &str, at: Time, line: &str) {
        self.loops.kubelets.iter_mut().for_each(|kubelet| kubelet.print(pod, container, at, line.to_owned()));
    }

    /// Writes into a container's file, adds to it, or removes it. It is lost when the container is started again.
    pub fn write_file(&mut self, pod: &Key, container: &str, path: &str, text: Option<&str>, append: bool) {
        for kubelet in &mut self.loops.kubelets {
            kubelet.write_file(pod, container, path.to_owned(), text.map(str::to_owned), append);
        }
    }

    /// A container's program has ended by itself; its kubelet starts it again where the pod's restart policy says so.
    pub fn end_container(&mut self, pod: &Key, container: &str, code: i64) {
        let Some(object) = self.store().get(pod).cloned() else { return };
        let first = self.loops.len() - self.loops.kubelets.len();
        let now = self.now;
        let ended: Vec<usize> = self
            .loops
            .kubelets
            .iter_mut()
            .enumerate()
            .filter_map(|(at, kubelet)| kubelet.exit(&object, pod, container, now, code).then_some(first + at))
            .collect();
        for place in ended {
            self.appoint(place, pod.clone(), now, None);
        }
    }
}
