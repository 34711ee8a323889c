//! Requests through the ports that `kubectl port-forward` has opened.

use super::Session;
use super::doors::Door;
use super::traffic::{Ask, Plan, Told};
use crate::cluster::Source;
use crate::kubectl::Forward;
use crate::net::Protocol;

impl Session {
    /// The ports that are open.
    pub fn forwards(&self) -> &[Forward] {
        self.shell_terminal().map_or(&[], |terminal| &terminal.forwards)
    }

    /// Sends a request to one of them, from the reader's machine. The kubelet of the pod's node connects to the port
    /// inside of the pod: no Service, no rule and no other pod has a part in it.
    pub fn send_forwarded(&mut self, local: u16) {
        let Some(forward) = self.forwards().iter().find(|one| one.local == local).cloned() else { return };
        let ask = Ask {
            from: Source::Outside,
            service: forward.pod.clone(),
            port: local,
            protocol: Protocol::Tcp,
            keep_alive: false,
            door: Door::Localhost,
        };
        let url = format!("http://localhost:{local}/");
        let call = forward.call(&self.cluster);
        self.send_one(&Plan { ask, call, url: url.clone(), expected: Vec::new() }, 0, Told::Traced);
        let (said, refused) = self.asked().next().map_or((String::new(), false), |one| (one.said.clone(), one.failed));
        self.show_equal(&format!("curl {url}"), &format!("{said}\n"));
        self.note_forwarded(local, refused && said.starts_with("refused"));
        self.poll_commands();
        self.version += 1;
    }
}

#[cfg(test)]
mod tests {
    use crate::clock::Epoch;
    use crate::session::{EXAMPLES, Example, Session, Setup};

    #[test]
    fn a_forwarded_port_leads_to_one_pod_until_ctrl_c() {
        let files = EXAMPLES.first().map_or(Vec::new(), Example::files);
        let mut session = Session::new(Setup { seed: 1, epoch: Epoch(1_795_000_000), files, modes: Vec::new() });
        for _ in 0..100 {
            session.advance(std::time::Duration::from_millis(200), || false);
        }
        session.run_line("kubectl port-forward svc/go-demo-2-api 9000:8080");
        let pod = session.forwards()[0].pod.clone();
        for _ in 0..5 {
            session.send_forwarded(9000);
        }
        let text: String = session.printed().iter().map(|one| one.text.as_str()).collect();
        assert_eq!(text.matches("Handling connection for 9000\n").count(), 5, "{text}");
        assert!(session.asked().take(5).all(|one| one.by.as_ref() == Some(&pod) && one.said == "200 OK"));
        session.interrupt();
        session.send_forwarded(9000);
        assert!(session.forwards().is_empty() && session.asked().count() == 5);
    }
}
