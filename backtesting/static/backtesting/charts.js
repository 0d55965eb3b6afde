// Charts: an element with data-chart and data-src fetches its data and is drawn by the builder of
// that name. Builders register with charts.register(name, (data, look) => option, address); look holds
// the page's colors, whether times are local and whether the chart is narrow; address(point, data, element), where there is one,
// says where a click on a point leads. data-ready says "true" once drawn, "error" where it could not be.
(() => {
  "use strict";
  const library = document.currentScript.dataset.echarts;
  const builders = {};
  const addresses = {};
  const drawn = new Map(); // element -> {chart, data}
  let loading;

  function loadLibrary() {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = library;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    return loading;
  }

  // What the axis of a time series is named: the zone, and the day where all of it is of one.
  function timeName(times, look) {
    const day = (ms) => new Date(look.isLocal ? ms - new Date(ms).getTimezoneOffset() * 60_000 : ms).toISOString().slice(0, 10);
    const zone = look.isLocal ? "local time" : "UTC";
    const [first, last] = times.length ? [day(times[0]), day(times.at(-1))] : ["", ""];
    return first && first === last ? `${first}, ${zone}` : zone;
  }

  function look(element) {
    const style = getComputedStyle(document.documentElement);
    const color = (name) => style.getPropertyValue(name).trim();
    return {
      isNarrow: element.clientWidth < 600,
      text: color("--pico-color"),
      muted: color("--pico-muted-color"),
      line: color("--pico-muted-border-color"),
      primary: color("--pico-primary"),
      isLocal: localStorage.getItem("times") === "local",
      background: color("--pico-card-background-color"),
      gain: color("--gain"),
      loss: color("--loss"),
      series: ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5"].map(color),
    };
  }

  function option(element, data) {
    const name = element.dataset.chart;
    const colors = look(element);
    const built = builders[name](data, colors);
    return {
      animation: false,
      color: colors.series,
      textStyle: { color: colors.text, fontFamily: "system-ui, sans-serif" },
      ...built,
      // HTML tooltips carry inline styles, which the policy forbids.
      tooltip: {
        backgroundColor: colors.background,
        borderColor: colors.line,
        textStyle: { color: colors.text },
        ...built.tooltip,
        renderMode: "richText",
      },
    };
  }

  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) drawn.get(target)?.chart.resize();
  });

  async function draw(element) {
    if (element.dataset.ready) return;
    element.dataset.ready = "loading";
    try {
      const [response] = await Promise.all([
        fetch(element.dataset.src, { headers: { Accept: "application/json" } }),
        loadLibrary(),
      ]);
      if (!response.ok) throw new Error(String(response.status));
      const data = await response.json();
      if (!element.isConnected) return;
      const chart = echarts.init(element, null, { renderer: "canvas" });
      chart.on("finished", () => (element.dataset.ready = "true"));
      chart.setOption(option(element, data));
      const address = addresses[element.dataset.chart];
      if (address) chart.on("click", (point) => go(address(point, data, element)));
      drawn.set(element, { chart, data });
      sizes.observe(element);
    } catch (error) {
      element.dataset.ready = "error";
      element.textContent = "The chart cannot be drawn: its data did not arrive.";
    }
  }

  function drawAll(root) {
    if (root.matches?.("[data-chart]")) draw(root);
    for (const element of root.querySelectorAll("[data-chart]")) draw(element);
  }

  function go(address) {
    if (address) location.assign(address);
  }

  window.charts = {
    timeName,
    register: (name, build, address) => {
      builders[name] = build;
      addresses[name] = address;
    },
  };

  document.addEventListener("DOMContentLoaded", () => drawAll(document));
  document.addEventListener("htmx:load", (event) => drawAll(event.target));
  document.addEventListener("htmx:beforeCleanupElement", (event) => {
    const found = drawn.get(event.target);
    if (!found) return;
    sizes.unobserve(event.target);
    found.chart.dispose();
    drawn.delete(event.target);
  });
  function drawAgain() {
    for (const [element, { chart, data }] of drawn) {
      chart.setOption(option(element, data), true);
    }
  }

  document.addEventListener("theme:change", drawAgain);
  document.addEventListener("times:change", drawAgain);
})();
