//! Files that images come with, and what their web servers give out of them.

use super::files::{Files, of_container, overlay, write_over};
use crate::api::Object;
use crate::cluster::Cluster;
use crate::store::Key;
use std::sync::Arc;

const NGINX: &str = "<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href=\"http://nginx.org/\">nginx.org</a>.<br/>
Commercial support is available at
<a href=\"http://nginx.com/\">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
";
const HTTPD: &str = "<html><body><h1>It works!</h1></body></html>\n";

/// By the last part of an image's name: the folder that its server gives out, and the page that is there.
const SITES: [(&str, &str, &str); 2] =
    [("nginx", "/usr/share/nginx/html/", NGINX), ("httpd", "/usr/local/apache2/htdocs/", HTTPD)];

fn of_image(image: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    let name = image.split('@').next().unwrap_or("").rsplit('/').next().unwrap_or("");
    let name = name.split(':').next().unwrap_or("");
    SITES.iter().find(|site| site.0 == name)
}

/// The files of an image that are known.
pub fn files(image: &str) -> Files {
    of_image(image).map(|(_, folder, page)| (format!("{folder}index.html"), (*page).to_owned())).into_iter().collect()
}

/// One of them.
pub fn file(image: &str, path: &str) -> Option<&'static str> {
    let (_, folder, page) = of_image(image)?;
    (path.strip_prefix(*folder)? == "index.html").then_some(*page)
}

/// What is at a path of a container's web server.
pub enum Found {
    /// A page and the kind of its content.
    Page(String, &'static str),
    /// A folder without an index.
    Folder,
    /// Nothing.
    Nothing,
}

/// What the web server of a container gives out at `path`; `None` where its image has none that is known.
pub fn give_out(cluster: &Cluster, pod: &Arc<Object>, container: &str, image: &str, path: &str) -> Option<Found> {
    let (_, folder, _) = of_image(image)?;
    let mut files = files(image);
    overlay(&mut files, of_container(cluster, pod, container), pod, container);
    let key = Key::of(crate::api::ResourceId::PODS, pod);
    let known = cluster.kubelets().iter().find_map(|kubelet| kubelet.container(&key, container));
    if let Some(start) = known.and_then(|container| container.start.as_ref()) {
        write_over(&mut files, &start.files);
    }
    let file = format!("{folder}{}", path.trim_start_matches('/'));
    let file = if file.ends_with('/') { file + "index.html" } else { file };
    Some(match files.remove(&file) {
        Some(text) => Found::Page(text, kind(&file)),
        None if path.ends_with('/')
            && (path == "/" || files.keys().any(|one| one.starts_with(file.trim_end_matches("index.html")))) =>
        {
            Found::Folder
        }
        None => Found::Nothing,
    })
}

fn kind(file: &str) -> &'static str {
    match file.rsplit_once('.').map_or("", |(_, end)| end) {
        "html" | "htm" => "text/html",
        "txt" => "text/plain",
        "css" => "text/css",
        "js" => "application/javascript",
        "json" => "application/json",
        "xml" => "text/xml",
        _ => "application/octet-stream",
    }
}
