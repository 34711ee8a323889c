// Starts the page: fetches the wasm, hands it what it cannot do by itself, says plainly when it cannot start.
const script = document.querySelector("script[data-wasm]");
const here = (name) => new URL(script.dataset[name], document.baseURI).href;

// What the Rust side calls (src/js/editor.rs).
globalThis.playgroundHost = {
  /** The editor's module, fetched when it is first wanted. */
  loadEditor: () => import(here("editor")),
};

try {
  const { default: start } = await import(here("js"));
  await start({ module_or_path: here("wasm") });
} catch (problem) {
  console.error(problem);
  const status = document.querySelector("[data-shell-status]");
  if (status) {
    status.textContent =
      "The playground could not start. It needs a browser with WebAssembly (any of the last years), and all its files: try to reload.";
  }
}
