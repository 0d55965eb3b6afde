// Colors: auto, light or dark, kept under the key that the admin uses too.
(() => {
  "use strict";
  const order = ["auto", "light", "dark"];

  function chosen() {
    const kept = localStorage.getItem("theme");
    return order.includes(kept) ? kept : "auto";
  }

  function apply() {
    const theme = chosen();
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    const button = document.getElementById("theme-switch");
    if (button) {
      button.hidden = false;
      button.textContent = `Colors: ${theme}`;
    }
    document.dispatchEvent(new CustomEvent("theme:change"));
  }

  apply();
  document.addEventListener("DOMContentLoaded", apply);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (event.target.id !== "theme-switch") return;
    localStorage.setItem("theme", order[(order.indexOf(chosen()) + 1) % order.length]);
    apply();
  });
})();
