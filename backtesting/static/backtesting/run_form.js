// The run form and the sweep form: quick choices of times and latencies, and how much the chosen recordings cover.
(() => {
  "use strict";

  const HOUR = 3600_000;
  const LENGTHS = { hour: HOUR, day: 24 * HOUR, week: 7 * 24 * HOUR };
  const form = () => document.querySelector("#run-form, #sweep-form");

  // First and last time of what would be replayed: the boxes checked, else all that is not synthetic.
  function covered() {
    const boxes = [...form().querySelectorAll("input[name=recordings]")];
    const checked = boxes.filter((box) => box.checked);
    const used = checked.length ? checked : boxes.filter((box) => !("synthetic" in box.dataset));
    if (!used.length) return null;
    return {
      first: Math.min(...used.map((box) => Date.parse(box.dataset.first))),
      last: Math.max(...used.map((box) => Date.parse(box.dataset.last))),
    };
  }

  const utc = (ms) => new Date(ms).toISOString().slice(0, 19).replace("T", " ");

  function range(kind) {
    const { first, last } = covered();
    const middle = utc((first + last) / 2);
    if (kind === "all") return ["", ""];
    if (kind === "first") return ["", middle];
    if (kind === "second") return [middle, ""];
    return [last - LENGTHS[kind] > first ? utc(last - LENGTHS[kind]) : "", ""];
  }

  function showCovered() {
    const times = document.querySelectorAll("#recorded-time time");
    const found = covered();
    const values = found ? [found.first, found.last] : [];
    times.forEach((time, row) => {
      if (!found) return;
      time.dateTime = new Date(values[row]).toISOString();
      time.dataset.utc = `${utc(values[row])} UTC`;
    });
    document.getElementById("quick-ranges").hidden = !found;
    document.dispatchEvent(new CustomEvent("times:show"));
  }

  function ready() {
    if (!form()) return;
    for (const button of form().querySelectorAll("[data-fills]")) button.disabled = false;
    showCovered();
  }

  function fill(field, value) {
    field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  document.addEventListener("DOMContentLoaded", ready);
  document.addEventListener("htmx:afterSwap", ready);
  document.addEventListener("change", ({ target }) => {
    if (target.name === "recordings") showCovered();
  });
  document.addEventListener("click", ({ target }) => {
    const { fills, range: kind } = target.dataset ?? {};
    if (fills) fill(document.getElementById(fills), target.value);
    if (!kind) return;
    const [start, end] = range(kind);
    fill(form().elements.start, start);
    fill(form().elements.end, end);
  });
})();
