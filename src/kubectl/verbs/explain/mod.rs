//! `kubectl explain`: the fields of a kind, from the table of its schema, in the form of kubectl's own template
//! (kubectl pkg/explain/v2/templates/plaintext.tmpl), with short texts of our own.

use crate::api::ResourceId;
use crate::api::schema::{Field, Shape, TypeId};
use crate::kubectl::call::{Call, Next};
use crate::kubectl::flags::Flags;
use crate::kubectl::{Failure, resources};

/// What kinds and fields are for: a line a type, and below it a line a field.
const TEXTS: &str = include_str!("texts.txt");

/// Where texts stand for fields of any type.
const ANY: &str = "*";
/// No schema is deeper, and what refers to itself ends here.
const DEEPEST: usize = 24;

/// Runs the verb.
pub fn explain(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let what = match flags.args.as_slice() {
        [what] => what,
        [] => {
            return Err(Failure::from(
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of \
                 supported resources.",
            ));
        }
        _ => {
            return Err(Failure::from(
                "We accept only this format: explain RESOURCE\nSee 'kubectl explain -h' for help and examples",
            ));
        }
    };
    let mut path = what.split('.').filter(|name| !name.is_empty());
    let resource = resources::find(path.next().unwrap_or(""))?;
    let info = resource.info();
    let group = if info.group.is_empty() { String::new() } else { format!("GROUP:      {}\n", info.group) };
    let mut text = format!("{group}KIND:       {}\nVERSION:    {}\n\n", info.kind, info.version);
    let mut place = Place::of(resource);
    let path: Vec<&str> = path.collect();
    for (depth, name) in path.iter().enumerate() {
        let missing = || Failure::Error(format!("field {:?} does not exist", path.last().copied().unwrap_or("")));
        let owner = place.within.ok_or_else(missing)?;
        let field = owner.field(name).ok_or_else(missing)?;
        if depth + 1 == path.len() {
            text += &format!("FIELD: {name} <{}>\n", type_name(&field.shape));
            if !field.values.is_empty() {
                text += &format!("ENUM:\n    {}", field.values.join("\n    "));
            }
            text += "\n\n";
        }
        place = Place { told: told(owner, name), within: field.shape.within() };
    }
    let about = place.within.map_or("", |id| told(id, ""));
    let about = if about == place.told { "" } else { about };
    let words = [place.told, about].into_iter().filter(|words| !words.is_empty());
    let described = words.fold(String::new(), |text, words| text + &wrapped(words, 76) + "\n");
    text += "DESCRIPTION:\n";
    text += &indented(if described.is_empty() { "<empty>" } else { &described }, 4);
    text.push('\n');
    if let Some(id) = place.within.filter(|id| !id.get().fields.is_empty()) {
        text += "FIELDS:\n";
        fields(id, flags.on("recursive"), 1, &mut text);
    }
    call.console.line(text);
    Ok(None)
}

/// Where a path has come to.
struct Place {
    /// What is said of the field.
    told: &'static str,
    /// The struct there, or in the list or map there.
    within: Option<TypeId>,
}

impl Place {
    fn of(resource: ResourceId) -> Place {
        Place { told: "", within: TypeId::of(resource) }
    }
}

/// The fields of a struct, by name; one line each where those below them come, too. Models the templates fieldList and
/// fieldDetail.
fn fields(id: TypeId, recursive: bool, level: usize, text: &mut String) {
    for field in &id.get().fields {
        let indent = 2 * level;
        let required = if field.required { " -required-" } else { "" };
        *text += &format!(
            "{:indent$}{}\t<{}>{required}{}\n",
            "",
            field.name,
            type_name(&field.shape),
            values(field, indent)
        );
        if recursive {
            if let Some(below) = field.shape.within().filter(|_| level < DEEPEST) {
                fields(below, true, level + 1, text);
            }
            continue;
        }
        let told = told(id, field.name);
        let told = if told.is_empty() { "<no description>" } else { told };
        *text += &indented(&wrapped(told, 78 - indent), indent + 2);
        *text += "\n\n";
    }
}

/// The values that a field may have, the first four of them. Models the template extractEnum.
fn values(field: &Field, indent: usize) -> String {
    const SHOWN: usize = 4;
    if field.values.is_empty() {
        return String::new();
    }
    let more = if field.values.len() > SHOWN { ", ...." } else { "" };
    let shown = field.values.get(..SHOWN).unwrap_or(&field.values);
    format!("\n{:indent$}enum: {}{more}", "", shown.join(", "))
}

/// A type as explain names it. Models the template typeGuess.
fn type_name(shape: &Shape) -> String {
    match shape {
        Shape::Text(_) | Shape::Time | Shape::Bytes => "string".to_owned(),
        Shape::Bool => "boolean".to_owned(),
        Shape::Int32 | Shape::Int64 => "integer".to_owned(),
        Shape::Quantity => "Quantity".to_owned(),
        Shape::IntOrString => "IntOrString".to_owned(),
        Shape::Any => "Object".to_owned(),
        Shape::Struct(id) => id.get().name.rsplit('.').next().unwrap_or("Object").to_owned(),
        Shape::List(inner) => format!("[]{}", type_name(inner)),
        Shape::Map(inner) => format!("map[string]{}", type_name(inner)),
    }
}

/// What our texts say of a field, or with an empty name of its type.
fn told(id: TypeId, field: &str) -> &'static str {
    let own = text_of(id.get().name, field);
    if own.is_empty() { text_of(ANY, field) } else { own }
}

fn text_of(owner: &str, field: &str) -> &'static str {
    let mut is_own = false;
    for line in TEXTS.lines() {
        match line.strip_prefix("  ") {
            Some(rest) if is_own && !field.is_empty() => {
                if let Some((name, text)) = rest.split_once(' ')
                    && name == field
                {
                    return text;
                }
            }
            Some(_) => {}
            None => {
                let (name, text) = line.split_once(' ').unwrap_or((line, ""));
                is_own = name == owner;
                if is_own && field.is_empty() && owner != ANY {
                    return text;
                }
            }
        }
    }
    ""
}

/// Text in lines of so many letters.
fn wrapped(text: &str, width: usize) -> String {
    let mut lines = String::new();
    let mut column = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            lines.push('\n');
            column = 0;
        } else if column > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += length;
    }
    lines
}

/// Text with each line so deep.
fn indented(text: &str, depth: usize) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| format!("{:depth$}{line}", "")).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Cluster, Settings};
    use crate::kubectl::Terminal;
    use expect_test::{Expect, expect};

    fn check(line: &str, expected: &Expect) {
        let mut cluster = Cluster::new(Settings::recorded(1));
        let output = Terminal::default().run(&mut cluster, line);
        // A line of four spaces, as kubectl prints it, does not survive in a source file.
        expected.assert_eq(&(output.stdout.replace("    \n", "    ~\n") + &output.stderr));
    }

    #[test]
    fn fields_are_told_as_kubectl_tells_them() {
        check(
            "kubectl explain service.spec.ports",
            &expect![[r"
                KIND:       Service
                VERSION:    v1

                FIELD: ports <[]ServicePort>


                DESCRIPTION:
                    The ports of the Service. With more than one, each needs a name.
                    A port of a Service.
                    ~
                FIELDS:
                  appProtocol	<string>
                    A hint about what is spoken: kubernetes.io/h2c, http and others.

                  name	<string>
                    The port's name, for DNS and for other objects.

                  nodePort	<integer>
                    The port on every node, 30000-32767. Chosen by the cluster, if left out.

                  port	<integer> -required-
                    The port that clients use.

                  protocol	<string>
                  enum: SCTP, TCP, UDP
                    TCP (the default), UDP or SCTP.

                  targetPort	<IntOrString>
                    The pod's port, by number or by the name of a container port. As port, if
                    left out.


            "]],
        );
        check(
            "kubectl explain svc.spec.ports.protocol",
            &expect![[r"
                KIND:       Service
                VERSION:    v1

                FIELD: protocol <string>
                ENUM:
                    SCTP
                    TCP
                    UDP

                DESCRIPTION:
                    TCP (the default), UDP or SCTP.
                    ~

            "]],
        );
        check(
            "kubectl explain configmap",
            &expect![[r"
                KIND:       ConfigMap
                VERSION:    v1

                DESCRIPTION:
                    Settings, as names and texts.
                    ~
                FIELDS:
                  apiVersion	<string>
                    The version of the API that the object is written in.

                  binaryData	<map[string]string>
                    Values that are no text, in base64.

                  data	<map[string]string>
                    Names and texts.

                  immutable	<boolean>
                    Once true, nothing in it can be changed.

                  kind	<string>
                    What the object is.

                  metadata	<ObjectMeta>
                    What every object has: its name, its namespace, labels, annotations.


            "]],
        );
        check(
            "kubectl explain deploy.spec.strategy --recursive",
            &expect![[r"
                GROUP:      apps
                KIND:       Deployment
                VERSION:    v1

                FIELD: strategy <DeploymentStrategy>


                DESCRIPTION:
                    How old pods are replaced by new ones.
                    ~
                FIELDS:
                  rollingUpdate	<RollingUpdateDeployment>
                    maxSurge	<IntOrString>
                    maxUnavailable	<IntOrString>
                  type	<string>
                  enum: Recreate, RollingUpdate

            "]],
        );
        check(
            "kubectl explain pods.spec.nothing",
            &expect![[r#"
            error: field "nothing" does not exist
        "#]],
        );
        check(
            "kubectl explain pods.spec.containers.image.more",
            &expect![[r#"
            error: field "more" does not exist
        "#]],
        );
        check(
            "kubectl explain",
            &expect![[r#"
            error: You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.
        "#]],
        );
        check(
            "kubectl explain a b",
            &expect![[r"
            error: We accept only this format: explain RESOURCE
            See 'kubectl explain -h' for help and examples
        "]],
        );
        check(
            "kubectl explain nonsense",
            &expect![[r#"
            error: the server doesn't have a resource type "nonsense"
        "#]],
        );
    }

    #[test]
    fn every_text_has_its_field() {
        let mut owner: Option<TypeId> = None;
        for line in TEXTS.lines().filter(|line| !line.is_empty()) {
            if let Some(rest) = line.strip_prefix("  ") {
                let (name, text) = rest.split_once(' ').unwrap();
                assert!(owner.is_none_or(|owner| owner.field(name).is_some()), "{line}");
                assert!(text.ends_with('.'), "{line}");
            } else {
                let name = line.split(' ').next().unwrap();
                owner = TypeId::named(name);
                assert!(owner.is_some() || name == ANY, "{line}");
            }
        }
    }
}
