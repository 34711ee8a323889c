// The text editor: CodeMirror 6 set up for Kubernetes YAML, with a plain face to the page (src/js/editor.rs).
//
// It knows no Kubernetes: diagnostics and completions come from the engine. All offsets count UTF-16 code units.
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorSelection, EditorState, Prec } from "@codemirror/state";
import {
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  rectangularSelection,
} from "@codemirror/view";
import { colours, theme } from "./theme.js";

/** Marks changes that the page made, so that they are not reported back to it. */
const fromThePage = Annotation.define();

/**
 * Puts an editor into `parent` and fills it.
 *
 * options: `text`; `label` (read by screen readers); `dark`; `onChange(text)` after each change of the reader's;
 * `onApply()` on Ctrl/Cmd+Enter; `completions(text, offset)`, if given, answers
 * `[{ label, detail?, info?, type?, apply?, from? }]`, where `from` is where the replaced word starts.
 *
 * The handle: `setText`, `getText`, `setDiagnostics([{ from, to, severity, message }])`, `focus`, `goTo(offset)`,
 * `setDark(dark)`, `destroy`.
 */
export function mount(parent, { text, label, dark, onChange, onApply, completions }) {
  const scheme = new Compartment();
  const language = new Compartment();
  const plain = [];
  const darkness = (on) => EditorView.darkTheme.of(on);

  const view = new EditorView({
    parent,
    root: parent.getRootNode(),
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        lintGutter(),
        foldGutter(),
        highlightActiveLineGutter(),
        highlightSpecialChars(),
        history(),
        drawSelection(),
        dropCursor(),
        rectangularSelection(),
        indentOnInput(),
        indentUnit.of("  "),
        EditorState.tabSize.of(2),
        EditorState.allowMultipleSelections.of(true),
        bracketMatching(),
        highlightActiveLine(),
        highlightSelectionMatches(),
        search({ top: true }),
        language.of(isDeep(text) ? plain : yaml()),
        EditorState.transactionExtender.of((change) => {
          if (!change.docChanged) return null;
          const deep = isDeep(change.newDoc.toString());
          if (deep === (language.get(change.startState) === plain)) return null;
          return { effects: language.reconfigure(deep ? plain : yaml()) };
        }),
        syntaxHighlighting(colours),
        theme,
        scheme.of(darkness(dark)),
        completions ? autocompletion({ override: [askThePage(completions)], icons: false }) : [],
        Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (onApply(), true) }])),
        // Tab indents. Esc and then Tab leaves the editor: CodeMirror lets the next Tab through after an Esc.
        keymap.of([...completionKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap, ...defaultKeymap, indentWithTab]),
        EditorView.contentAttributes.of({
          "aria-label": `${label}. Tab indents; press Escape, then Tab to leave the editor.`,
          tabindex: "0",
          spellcheck: "false",
          autocapitalize: "off",
          autocorrect: "off",
          translate: "no",
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !update.transactions.some((made) => made.annotation(fromThePage))) {
            onChange(update.state.doc.toString());
          }
        }),
      ],
    }),
  });

  return {
    setText(next) {
      const change = difference(view.state.doc.toString(), next);
      if (change) view.dispatch({ changes: change, annotations: fromThePage.of(true) });
    },
    getText: () => view.state.doc.toString(),
    setDiagnostics(list) {
      const { length } = view.state.doc;
      const within = (offset) => Math.max(0, Math.min(offset, length));
      const placed = list.map(({ from, to, severity, message }) => ({
        from: within(from),
        to: within(Math.max(from, to)),
        severity,
        message,
      }));
      placed.sort((a, b) => a.from - b.from);
      view.dispatch(setDiagnostics(view.state, placed));
    },
    focus: () => view.focus(),
    goTo(offset) {
      const at = Math.max(0, Math.min(offset, view.state.doc.length));
      view.dispatch({ selection: EditorSelection.cursor(at), effects: EditorView.scrollIntoView(at, { y: "center" }) });
      view.focus();
    },
    setDark: (on) => view.dispatch({ effects: scheme.reconfigure(darkness(on)) }),
    destroy: () => view.destroy(),
  };
}

/** Deeper than any manifest. */
const DEEPEST = 400;

/**
 * Whether brackets or dashes of a text stand so deep inside of each other that its parser, which calls itself for each,
 * may come to the end of the browser's stack. Such a text is not coloured.
 */
function isDeep(text) {
  let brackets = 0;
  let dashes = 0;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === "[" || letter === "{") brackets += 1;
    else if ((letter === "]" || letter === "}") && brackets > 0) brackets -= 1;
    else if (letter === "-" || letter === "?") dashes += 1;
    else if (letter !== " ") dashes = 0;
    if (brackets + dashes > DEEPEST) return true;
  }
  return false;
}

/** A completion source that asks the engine. */
function askThePage(completions) {
  return (context) => {
    const word = context.matchBefore(/[\w./-]*/);
    if (!context.explicit && word.from === word.to) return null;
    const found = completions(context.state.doc.toString(), context.pos);
    if (!found?.length) return null;
    const options = found.map(({ label, detail, info, type, apply }) => ({ label, detail, info, type, apply }));
    return { from: found[0].from ?? word.from, options, validFor: /^[\w./-]*$/ };
  };
}

/** The one change that makes `next` of `now`, or nothing where they are equal: the cursor and the scroll keep their place. */
function difference(now, next) {
  if (now === next) return undefined;
  const shorter = Math.min(now.length, next.length);
  let start = 0;
  while (start < shorter && now.charCodeAt(start) === next.charCodeAt(start)) start += 1;
  let same = 0;
  while (same < shorter - start && now.charCodeAt(now.length - 1 - same) === next.charCodeAt(next.length - 1 - same)) same += 1;
  return { from: start, to: now.length - same, insert: next.slice(start, next.length - same) };
}
