// Parts of a page that are swapped while somebody uses them: what is typed, chosen or opened stays.
(() => {
  "use strict";

  const chosen = new Set(); // jobs checked for comparison
  const openers = new Map(); // id of what was opened -> id of what opened it

  // A look at the server is left out while it would wipe what somebody writes.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const part = event.detail.elt;
    if (!part.getAttribute("hx-trigger")?.startsWith("every 2s")) return;
    const typing = part.querySelector("textarea:focus, input[type=text]:focus");
    if (typing || part.querySelector("section#job-manage")) event.preventDefault();
  });

  document.addEventListener("change", ({ target }) => {
    if (target.name !== "job" || target.type !== "checkbox") return;
    if (target.checked) chosen.add(target.value);
    else chosen.delete(target.value);
  });

  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    for (const box of document.querySelectorAll("input[type=checkbox][name=job]")) {
      box.checked = chosen.has(box.value);
    }
    if (detail.requestConfig?.elt?.id) openers.set(detail.target.id, detail.requestConfig.elt.id);
  });

  // A form that comes back with errors is read on from the first of them.
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.xhr?.status !== 422) return;
    document.querySelector("[aria-invalid=true], .wrong :is(input, select, textarea)")?.focus();
  });

  // What was opened on a page is closed on it too, and the keyboard is back where it was.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-close]");
    if (!link) return;
    event.preventDefault();
    const empty = document.createElement("div");
    empty.id = link.dataset.close;
    document.getElementById(empty.id).replaceWith(empty);
    document.getElementById(openers.get(empty.id))?.focus();
  });

  // Out of the browser's memory jobs stand still; a form somebody typed into is left as it is.
  document.addEventListener("input", ({ target }) => {
    const form = target.closest?.("#run-form");
    if (form) form.dataset.touched = "true";
  });
  window.addEventListener("pageshow", (event) => {
    const form = document.getElementById("run-form");
    if (event.persisted && form && !form.dataset.touched) htmx.trigger("#backtesting-panel", "desk:stale");
  });
})();
