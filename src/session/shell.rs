//! The reader's terminal: lines typed and printed, and the command that runs.

use super::Session;
use super::jobs::Job;
use crate::clock::Time;
use crate::kubectl::{Draft, Output, Progress, Running, Terminal, goes_behind, head};
use crate::order::SortedMap;
use std::rc::Rc;
use std::time::Duration;

/// A piece of the terminal's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// What it is.
    pub kind: PrintedKind,
    /// The text, with its line ends.
    pub text: String,
}

/// What a piece of the terminal's text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrintedKind {
    /// A line that the reader typed.
    Typed,
    /// A line that a click or the editor equals.
    Equals,
    /// What a command printed.
    Out,
    /// What it printed as an error.
    Err,
}

/// The terminal and what it shows.
#[derive(Default)]
pub(super) struct Shell {
    terminal: Option<Terminal>,
    printed: Rc<Vec<Printed>>,
    history: Vec<String>,
    running: Option<Waiting>,
    pub(super) jobs: Vec<Job>,
}

/// A command that waits.
pub(super) struct Waiting {
    pub(super) command: Running,
    until: Option<Time>,
    /// How much of its output is shown.
    out: usize,
    err: usize,
}

/// What a program prints to empty the screen.
const CLEAR: &str = "\u{1b}[H\u{1b}[J";
/// So many pieces are kept.
const PIECES: usize = 400;
/// One command shows no more than this many bytes.
const MOST: usize = 64 * 1024;
/// So many lines are remembered.
const LINES: usize = 200;

impl Session {
    /// What the terminal shows, oldest first.
    pub fn printed(&self) -> Rc<Vec<Printed>> {
        self.shell.printed.clone()
    }

    /// The lines that were typed, oldest first.
    pub fn typed(&self) -> &[String] {
        &self.shell.history
    }

    /// The reader's machine, once a line was run.
    pub(super) fn shell_terminal(&self) -> Option<&Terminal> {
        self.shell.terminal.as_ref()
    }

    /// Notes down a connection to a port that `kubectl port-forward` has opened.
    pub(super) fn note_forwarded(&mut self, local: u16, refused: bool) {
        if let Some(terminal) = &mut self.shell.terminal {
            terminal.note_forwarded(local, refused);
        }
    }

    /// Lists the ways to go on with a line, below it.
    pub fn show_ways(&mut self, line: &str, ways: &[String]) {
        self.print(PrintedKind::Typed, format!("{line}\n"));
        self.print(PrintedKind::Out, columns(ways));
    }

    /// Gives up a line that is being typed, as Ctrl+C does.
    pub fn drop_line(&mut self, line: &str) {
        self.print(PrintedKind::Typed, format!("{line}^C\n"));
    }

    /// Whether a command runs.
    pub fn is_busy(&self) -> bool {
        self.shell.running.is_some()
    }

    /// The context's namespace.
    pub fn namespace(&self) -> &str {
        self.shell.terminal.as_ref().map_or("default", |terminal| terminal.namespace.as_str())
    }

    /// What stands before the line that the reader types: the unfinished line of a program that gets it. `None` at the
    /// terminal's own prompt.
    pub fn asks(&self) -> Option<&str> {
        let running = self.shell.running.as_ref().filter(|waiting| waiting.command.takes_lines())?;
        let last = self.shell.printed.last().filter(|last| last.kind == PrintedKind::Out);
        let asks = last.map_or("", |last| last.text.rsplit('\n').next().unwrap_or(""));
        (running.command.awaits_line() || !asks.is_empty()).then_some(asks)
    }

    fn remember(&mut self, line: &str) {
        let history = &mut self.shell.history;
        if !line.is_empty() && history.last().is_none_or(|last| last != line) {
            history.push(line.to_owned());
            if history.len() > LINES {
                history.remove(0);
            }
        }
    }

    /// Gives a line to the program that asks for it.
    fn type_line(&mut self, line: &str) {
        self.remember(line);
        self.print(PrintedKind::Out, format!("{line}\n"));
        if let Some(waiting) = &self.shell.running {
            waiting.command.type_line(line);
        }
        let before = self.mark();
        self.poll_commands();
        self.note_change(before);
    }

    /// Runs a line that the reader typed. One that waits goes on while time passes. Where a program reads what is typed,
    /// the line is for it.
    pub fn run_line(&mut self, line: &str) {
        if self.shell.running.as_ref().is_some_and(|waiting| waiting.command.takes_lines()) {
            return self.type_line(line);
        }
        let line = line.trim();
        self.interrupt();
        self.print(PrintedKind::Typed, format!("{line}\n"));
        if line.is_empty() {
            return;
        }
        self.remember(line);
        if line == "clear" {
            return self.clear();
        }
        if self.asks_for_jobs(line) {
            return;
        }
        let before = self.mark();
        let behind = goes_behind(line);
        let command = self.start(line, !behind);
        let waiting = Waiting { command, until: None, out: 0, err: 0 };
        if behind {
            self.put_behind(line, waiting);
        } else {
            self.shell.running = Some(waiting);
        }
        self.poll_commands();
        self.note_change(before);
    }

    /// Ctrl+L: nothing is shown but what stands before the line that is typed.
    pub fn clear(&mut self) {
        let asks = self.asks().unwrap_or("").to_owned();
        self.shell.printed = Rc::default();
        self.version += 1;
        self.print(PrintedKind::Out, asks);
    }

    /// Runs a line that a click equals, and shows both. Gives what it printed as an error where it failed.
    pub(super) fn run_equal(&mut self, line: &str) -> Result<(), String> {
        self.print(PrintedKind::Equals, format!("{line}\n"));
        let before = self.mark();
        let mut command = self.start(line, false);
        let mut terminal = self.shell.terminal.take().unwrap_or_default();
        // What it waits for (a pod's end) is seen in the picture.
        command.poll(&mut terminal, &mut self.cluster);
        self.shell.terminal = Some(terminal);
        let output = command.into_output();
        self.note_change(before);
        self.print(PrintedKind::Out, output.stdout);
        self.print(PrintedKind::Err, output.stderr.clone());
        if output.exit == 0 { Ok(()) } else { Err(output.stderr.trim().to_owned()) }
    }

    /// Runs a line for a program that drives the page, to its end or for ten minutes of the cluster's time, and shows it
    /// as one that was typed. What the reader runs ends, as with another line. `kubectl` may be left out. A start that is
    /// not over is ended first: who asks at once finds the objects up.
    pub fn kubectl(&mut self, line: &str) -> Output {
        const LONGEST: Duration = Duration::from_secs(600);
        self.start_up(|| false);
        self.interrupt();
        let has_name = line.trim_start().starts_with("kubectl ");
        let line = if has_name { line.to_owned() } else { format!("kubectl {line}") };
        self.print(PrintedKind::Typed, format!("{line}\n"));
        let before = self.mark();
        let mut terminal = self.machine(false);
        let output = terminal.run_within(&mut self.cluster, &line, Some(LONGEST));
        self.shell.terminal = Some(terminal);
        self.note_change(before);
        self.print(PrintedKind::Out, head(&output.stdout, MOST).to_owned());
        self.print(PrintedKind::Err, head(&output.stderr, MOST).to_owned());
        output
    }

    /// Shows lines that the editor's application equals.
    pub(super) fn show_equal(&mut self, line: &str, output: &str) {
        self.print(PrintedKind::Equals, format!("{line}\n"));
        self.print(PrintedKind::Out, output.to_owned());
    }

    /// What a command has open in the editor, and waits for.
    pub fn draft(&self) -> Option<&Draft> {
        self.shell.terminal.as_ref()?.draft.as_ref()
    }

    /// Puts `text` into it.
    pub fn set_draft(&mut self, text: &str) {
        if let Some(draft) = self.shell.terminal.as_mut().and_then(|terminal| terminal.draft.as_mut()) {
            text.clone_into(&mut draft.text);
        }
    }

    /// Leaves the editor, and lets the command go on with what was saved.
    pub fn close_draft(&mut self, save: bool) {
        if let Some(draft) = self.shell.terminal.as_mut().and_then(|terminal| terminal.draft.as_mut()) {
            draft.closed = true;
            if !save {
                draft.text.clone_from(&draft.opened);
            }
            let before = self.mark();
            self.poll_commands();
            self.note_change(before);
            self.version += 1;
        }
    }

    /// Ctrl+C.
    pub fn interrupt(&mut self) {
        let Some(waiting) = &mut self.shell.running else { return };
        let mut terminal = self.shell.terminal.take().unwrap_or_default();
        let ended = waiting.command.interrupt(&mut terminal);
        self.shell.terminal = Some(terminal);
        if ended {
            self.shell.running = None;
            self.print(PrintedKind::Err, "^C\n".to_owned());
        } else {
            self.print(PrintedKind::Out, "^C\n".to_owned());
            self.poll_commands();
        }
    }

    /// Ctrl+D: says that nothing more is typed.
    pub fn end_input(&mut self) {
        if let Some(waiting) = self.shell.running.as_ref().filter(|waiting| waiting.command.takes_lines()) {
            waiting.command.type_end();
            let before = self.mark();
            self.poll_commands();
            self.note_change(before);
        }
    }

    /// When a command that runs wants to be asked again, whatever happens.
    pub(super) fn command_due(&self) -> Option<Time> {
        let jobs = self.shell.jobs.iter().map(|job| &job.waiting);
        self.shell.running.iter().chain(jobs).filter_map(|waiting| waiting.until).min()
    }

    /// Lets the commands that run go on, those behind the prompt, too.
    pub(super) fn poll_commands(&mut self) {
        if let Some(mut waiting) = self.shell.running.take() {
            if self.poll(&mut waiting) {
                self.shell.running = Some(waiting);
            } else {
                self.version += 1;
            }
        }
        self.poll_jobs();
    }

    /// Lets a command go on, and shows what it prints; `false` once it has ended.
    pub(super) fn poll(&mut self, waiting: &mut Waiting) -> bool {
        let mut terminal = self.shell.terminal.take().unwrap_or_default();
        let progress = waiting.command.poll(&mut terminal, &mut self.cluster);
        self.shell.terminal = Some(terminal);
        let output = waiting.command.output();
        let fresh = |text: &str, shown: usize| text.get(shown..text.len().min(MOST)).unwrap_or("").to_owned();
        let (out, err) = (fresh(&output.stdout, waiting.out), fresh(&output.stderr, waiting.err));
        let cut = output.stdout.len() > MOST && waiting.out < MOST;
        (waiting.out, waiting.err) = (output.stdout.len().min(MOST), output.stderr.len().min(MOST));
        self.print(PrintedKind::Out, out);
        self.print(PrintedKind::Err, err);
        if cut {
            self.print(PrintedKind::Err, format!("[cut here: a command shows {} KB at most]\n", MOST / 1024));
        }
        let Progress::Waiting(until) = progress else { return false };
        // A time that has come asks again with the next thing that happens: the loop over time must go on.
        waiting.until = until.filter(|until| *until > self.cluster.now());
        true
    }

    /// Lets a command that was behind the prompt have it.
    pub(super) fn bring_forward(&mut self, waiting: Waiting) {
        self.shell.running = Some(waiting);
        self.poll_commands();
    }

    /// Ends a command behind the prompt.
    pub(super) fn kill(&mut self, waiting: &mut Waiting) {
        if let Some(terminal) = &mut self.shell.terminal {
            waiting.command.kill(terminal);
        }
    }

    /// The reader's machine with the editor's files, taken out.
    fn machine(&mut self, has_editor: bool) -> Terminal {
        let mut terminal = self.shell.terminal.take().unwrap_or_else(|| Terminal::new(SortedMap::new()));
        let files = self.files.all().iter().map(|file| (file.name.clone(), file.text.clone())).collect();
        terminal.set_files(files);
        terminal.has_editor = has_editor;
        terminal
    }

    fn start(&mut self, line: &str, typed: bool) -> Running {
        let mut terminal = self.machine(true);
        let running =
            if typed { terminal.start_typed(&mut self.cluster, line) } else { terminal.start(&mut self.cluster, line) };
        self.shell.terminal = Some(terminal);
        running
    }

    pub(super) fn print(&mut self, kind: PrintedKind, mut text: String) {
        if let Some(at) = text.rfind(CLEAR).filter(|_| kind == PrintedKind::Out) {
            text.replace_range(..at + CLEAR.len(), "");
            self.shell.printed = Rc::default();
            self.version += 1;
        }
        if text.is_empty() {
            return;
        }
        let printed = Rc::make_mut(&mut self.shell.printed);
        match printed.last_mut() {
            Some(last) if last.kind == kind && kind == PrintedKind::Out => last.text.push_str(&text),
            _ => printed.push(Printed { kind, text }),
        }
        if printed.len() > PIECES {
            printed.drain(..PIECES / 4);
        }
        self.version += 1;
    }
}

/// Words side by side, as `ls` prints them.
fn columns(words: &[String]) -> String {
    const WIDTH: usize = 96;
    const MOST_WORDS: usize = 200;
    let shown = words.get(..words.len().min(MOST_WORDS)).unwrap_or(words);
    let width = shown.iter().map(|word| word.chars().count() + 2).max().unwrap_or(1);
    let across = (WIDTH / width).max(1);
    let down = shown.len().div_ceil(across).max(1);
    let mut text = String::new();
    for row in 0..down {
        let words = shown.iter().skip(row).step_by(down);
        let line = words.fold(String::new(), |line, word| line + &format!("{word:width$}"));
        text += line.trim_end();
        text.push('\n');
    }
    if words.len() > shown.len() {
        text += &format!("and {} more\n", words.len() - shown.len());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Epoch;
    use crate::session::{EXAMPLES, Setup};

    fn session() -> Session {
        let files = EXAMPLES.first().map_or(Vec::new(), crate::session::Example::files);
        Session::new(Setup { seed: 1, epoch: Epoch(1_795_000_000), files, modes: Vec::new() })
    }

    fn text(session: &Session) -> String {
        session.printed().iter().map(|one| one.text.as_str()).collect()
    }

    #[test]
    fn a_command_prints_and_one_that_waits_goes_on_with_time() {
        let mut session = session();
        session.run_line("kubectl get svc go-demo-2-api -o name");
        assert!(text(&session).ends_with("service/go-demo-2-api\n"), "{}", text(&session));
        assert!(!session.is_busy());
        for _ in 0..100 {
            session.advance(Duration::from_millis(200), || false);
        }
        session.run_line("kubectl delete pod -l type=db");
        assert!(session.is_busy());
        for _ in 0..400 {
            session.advance(Duration::from_millis(200), || false);
        }
        assert!(!session.is_busy());
        session.run_line("kubectl get pods -w");
        assert!(session.is_busy());
        session.interrupt();
        assert!(!session.is_busy());
        session.run_line("clear");
        assert_eq!(text(&session), "");
        assert_eq!(session.typed().len(), 4);
    }

    #[test]
    fn a_program_that_asks_at_once_finds_the_objects_up() {
        let files = EXAMPLES.first().map_or(Vec::new(), crate::session::Example::files);
        let setup = Setup { seed: 1, epoch: Epoch(1_795_000_000), files, modes: Vec::new() };
        let mut session = Session::begin(setup);
        let output = session.kubectl("get rs -o name");
        assert_eq!(output.stdout, "replicaset.apps/go-demo-2-api\nreplicaset.apps/go-demo-2-db\n");
        assert_eq!(session.kubectl("kubectl wait --for=condition=Ready pods --all --timeout=1s").exit, 0);
        assert_eq!(session.kubectl("get pods --watch").exit, 130, "a watch ends when its time is over");
        assert!(text(&session).contains("kubectl get rs -o name\n"));
    }

    #[test]
    fn the_prompt_is_a_shell() {
        let mut terminal = Terminal::new(SortedMap::from([("web.yaml".to_owned(), "a\nb\n".to_owned())]));
        let mut cluster = session().cluster;
        let mut check = |line: &str, out: &str, err: &str, exit: i32| {
            let output = terminal.run(&mut cluster, line);
            assert_eq!((output.stdout.as_str(), output.stderr.as_str(), output.exit), (out, err, exit), "{line}");
        };
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: told}\ndata: {a: \"1\"}";
        check(&format!("kubectl apply -f - <<EOF\n{map}\nEOF"), "configmap/told created\n", "", 0);
        check("export A=$(kubectl get cm told -o jsonpath={.data.a})", "", "", 0);
        check("B=2; echo $A", "1\n", "", 0);
        check("echo $B && false || echo no", "2\nno\n", "", 0);
        check("for i in $(seq 2); do kubectl get cm told -o name; done", "configmap/told\nconfigmap/told\n", "", 0);
        check("kubectl get cm told -o name > names; cat names | wc -l", "1\n", "", 0);
        check("grep b web.yaml; cat names", "b\nconfigmap/told\n", "", 0);
        check("cat names | xargs kubectl delete", "configmap \"told\" deleted from default namespace\n", "", 0);
        let lost = "Error from server (NotFound): configmaps \"told\" not found\n";
        check("kubectl get cm told", "", lost, 1);
        check("kubectl get cm told 2>&1 | head -n 1", lost, "", 0);
        check("kubectl get cm told 2> /dev/null || echo gone", "gone\n", "", 0);
        check("echo x > web.yaml", "", "bash: web.yaml: cannot overwrite a tab of the editor\n", 1);
        check("nope", "", "bash: nope: command not found\n", 127);
    }

    #[test]
    fn an_edit_waits_for_the_editor() {
        let mut session = session();
        session.run_line("kubectl edit svc go-demo-2-api");
        assert!(session.is_busy() && session.draft().is_some());
        session.close_draft(false);
        assert!(text(&session).ends_with("Edit cancelled, no changes made.\n") && !session.is_busy());
        session.run_line("kubectl edit svc go-demo-2-api");
        let changed = session.draft().map(|draft| draft.text.replace("targetPort: 8080", "targetPort: 81")).unwrap();
        session.set_draft(&changed);
        session.close_draft(true);
        assert!(text(&session).ends_with("service/go-demo-2-api edited\n"), "{}", text(&session));
        session.run_line("kubectl edit svc go-demo-2-api");
        session.interrupt();
        assert!(session.draft().is_none() && !session.is_busy());
    }

    #[test]
    fn a_loop_without_end_lets_time_pass_and_is_stopped() {
        let mut session = session();
        session.run_line("while true; do kubectl get ns default -o name; sleep 1; done");
        for _ in 0..20 {
            session.advance(Duration::from_millis(200), || false);
        }
        let rounds = text(&session).matches("namespace/default").count();
        assert!((2..20).contains(&rounds), "{}", text(&session));
        assert!(session.is_busy());
        session.interrupt();
        assert!(!session.is_busy());
    }

    #[test]
    fn a_shell_in_a_container_is_typed_into() {
        let mut session = session();
        for _ in 0..100 {
            session.advance(Duration::from_millis(200), || false);
        }
        session.run_line("kubectl run box --image=busybox --restart=Never -- sleep 1000");
        for _ in 0..50 {
            session.advance(Duration::from_millis(200), || false);
        }
        session.run_line("clear");
        session.run_line("kubectl exec -it box -- sh");
        assert_eq!(session.asks(), Some("/ # "));
        for line in [
            "cd /etc",
            "A=x; nope",
            "echo $? $A",
            "for i in 1 2; do",
            "echo $i",
            "done",
            "cat <<E",
            "here",
            "E",
            "pwd | wc -l",
        ] {
            session.run_line(line);
        }
        session.run_line("sleep 100");
        assert_eq!(session.asks(), None);
        session.interrupt();
        session.run_line("echo $?; cat");
        assert_eq!(session.asks(), Some(""));
        session.run_line("typed");
        session.end_input();
        session.run_line("exit 3");
        assert_eq!(session.asks(), None);
        assert!(!session.is_busy());
        let expected = expect_test::expect![[r"
            kubectl exec -it box -- sh
            / # cd /etc
            /etc # A=x; nope
            sh: nope: not found
            /etc # echo $? $A
            127 x
            /etc # for i in 1 2; do
            > echo $i
            > done
            1
            2
            /etc # cat <<E
            > here
            > E
            here
            /etc # pwd | wc -l
            1
            /etc # sleep 100
            ^C
            /etc # echo $?; cat
            130
            typed
            typed
            /etc # exit 3
            command terminated with exit code 3
        "]];
        expected.assert_eq(&text(&session));
        session.run_line("kubectl exec -i box -- sh");
        session.run_line("hostname; exit");
        session.run_line("kubectl exec -it box -- cat");
        session.interrupt();
        session.run_line("cat | head -n 1");
        session.run_line("one");
        session.interrupt();
        let whole = text(&session);
        let expected = expect_test::expect![[r"

            command terminated with exit code 3
            kubectl exec -i box -- sh
            hostname; exit
            box
            kubectl exec -it box -- cat
            ^C
            command terminated with exit code 130
            cat | head -n 1
            one
            one
            ^C
        "]];
        expected.assert_eq(whole.split_once("exit 3").map_or("", |(_, rest)| rest));
    }

    #[test]
    fn any_line_is_answered() {
        let mut session = session();
        for line in
            ["", "   ", "ls", "kubectl", "kubectl \"", "kubectl get \u{0}", "|", "kubectl get pods -o jsonpath={", "ß"]
        {
            session.run_line(line);
            session.interrupt();
        }
    }
}
