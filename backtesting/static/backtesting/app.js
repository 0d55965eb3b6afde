// What the pages do beyond htmx: times in UTC or local, messages, checking all boxes of a table.
(() => {
  "use strict";

  const local = () => localStorage.getItem("times") === "local";
  const two = (number) => String(number).padStart(2, "0");

  function localTime(at, precision) {
    const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    let time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
    if (precision !== "s") time += `.${String(at.getMilliseconds()).padStart(3, "0")}`;
    const offset = -at.getTimezoneOffset();
    const sign = offset < 0 ? "-" : "+";
    const zone = `${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
    return `${day} ${time} ${sign}${zone}`;
  }

  function showTimes(root) {
    for (const time of root.querySelectorAll("time[data-precision]")) {
      time.dataset.utc ??= time.textContent;
      time.textContent = local()
        ? localTime(new Date(time.dateTime), time.dataset.precision)
        : time.dataset.utc;
    }
    const button = document.getElementById("times-switch");
    if (!button) return;
    button.hidden = false;
    button.textContent = local() ? "Times: local" : "Times: UTC";
  }

  function say(level, text) {
    const message = document.createElement("p");
    message.className = `message ${level}`;
    message.textContent = text;
    document.getElementById("messages").replaceChildren(message);
    message.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("DOMContentLoaded", () => showTimes(document));
  // At once, before the swap settles, or the other time would be seen for a moment.
  document.addEventListener("htmx:afterSwap", () => showTimes(document));
  document.addEventListener("htmx:load", (event) => showTimes(event.target.parentNode ?? document));

  document.addEventListener("times:show", () => showTimes(document));

  document.addEventListener("click", (event) => {
    if (event.target.id !== "times-switch") return;
    localStorage.setItem("times", local() ? "utc" : "local");
    showTimes(document);
    document.dispatchEvent(new CustomEvent("times:change"));
  });

  // What cannot be taken back by one more click is asked for first.
  document.addEventListener("click", (event) => {
    const question = event.target.closest?.("[data-confirm]")?.dataset.confirm;
    if (question && !confirm(question)) event.preventDefault();
  });

  // What looks like a button is pressed by the space bar too, as one is.
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || !event.target.matches?.("a[role=button]")) return;
    event.preventDefault();
    event.target.click();
  });

  // A box with data-check-all checks or clears all boxes of its form by that name.
  document.addEventListener("change", (event) => {
    const name = event.target.dataset?.checkAll;
    if (!name) return;
    for (const box of event.target.form.querySelectorAll(`input[name="${name}"]`)) {
      box.checked = event.target.checked;
    }
  });

  document.addEventListener("messages", (event) => {
    const said = event.detail.messages;
    if (said.length) say(said[0].level, said[0].text);
    for (const { level, text } of said.slice(1)) {
      const message = document.createElement("p");
      message.className = `message ${level}`;
      message.textContent = text;
      document.getElementById("messages").append(message);
    }
  });
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    const why = {
      403: "You may not do that, or this page is too old: load it again.",
      404: "It is not there any more: load the page again.",
      413: "The file is too large.",
      429: "Too many requests: wait a little.",
    };
    say("error", why[status] ?? `The server failed (${status}); what went wrong is in its log.`);
  });
  document.addEventListener("htmx:sendError", () => say("error", "The server cannot be reached."));
})();
