// The charts of a report, registered with charts.js: data as backtesting/analysis/series.py has it.
(() => {
  "use strict";

  // As everywhere on the page: in UTC, or in local time where that is chosen.
  function time(ms, look) {
    const at = new Date(look.isLocal ? ms - new Date(ms).getTimezoneOffset() * 60_000 : ms);
    return `${at.toISOString().slice(0, 19).replace("T", " ")} ${look.isLocal ? "local" : "UTC"}`;
  }
  const plain = (value) => String(Number(value.toFixed(10)));
  const signed = (value, digits) => (value > 0 ? "+" : "") + value.toFixed(digits);

  // As many decimals as tell such values apart.
  function digitsFor(values) {
    const most = values.reduce((high, value) => Math.max(high, Math.abs(value)), 0);
    return most ? Math.min(8, Math.max(2, 3 - Math.floor(Math.log10(most)))) : 2;
  }

  const named = (name, look, nameGap) => ({ name, nameLocation: "middle", nameGap, nameTextStyle: { color: look.muted } });

  function axisTime(look) {
    return {
      type: "time",
      axisLine: { lineStyle: { color: look.muted } },
      axisLabel: { color: look.muted, hideOverlap: true },
      splitLine: { show: false },
    };
  }

  function axisValue(look, name, more = {}) {
    return {
      type: "value",
      name,
      nameTextStyle: { color: look.muted, align: "left" },
      axisLabel: { color: look.muted, hideOverlap: true },
      splitLine: { lineStyle: { color: look.line, opacity: 0.6 } },
      ...more,
    };
  }

  const zeroLine = (look) => ({
    silent: true,
    symbol: "none",
    label: { show: false },
    lineStyle: { color: look.muted, type: "solid", width: 1 },
    data: [{ yAxis: 0 }],
  });

  const pairs = (times, values) => times.map((at, row) => [at, values[row]]);

  function steps(name, data, color, more = {}) {
    return { name, type: "line", step: "end", showSymbol: false, data, color, lineStyle: { width: 1.5, color }, ...more };
  }

  charts.register("equity", (data, look) => {
    const digits = digitsFor(data.equity);
    const fall = data.drawdown.map((value) => -value);
    // Fixed, so that both panels share their time axis to the pixel.
    const margins = { left: 16 + 7 * Math.max(5, digits + 4), right: 24 };
    return {
      useUTC: !look.isLocal,
      axisPointer: { link: [{ xAxisIndex: "all" }] },
      tooltip: {
        trigger: "axis",
        formatter: (points) => {
          const row = points[0].dataIndex;
          return `${time(data.time_ms[row], look)}\nequity ${signed(data.equity[row], digits)} ${data.asset}\ndrawdown ${data.drawdown[row].toFixed(digits)} ${data.asset}`;
        },
      },
      grid: [
        { ...margins, top: 34, height: "48%" },
        { ...margins, top: "64%", bottom: 84 },
      ],
      xAxis: [
        { ...axisTime(look), axisLabel: { show: false }, axisTick: { show: false } },
        {
          ...axisTime(look),
          ...named(charts.timeName(data.time_ms, look), look, 34),
          gridIndex: 1,
          axisLabel: { color: look.muted, hideOverlap: true, margin: 14 },
        },
      ],
      yAxis: [
        axisValue(look, `equity, ${data.asset}`, { scale: false }),
        axisValue(look, `drawdown, ${data.asset}`, { gridIndex: 1, max: 0, splitNumber: 2, nameLocation: "end" }),
      ],
      dataZoom: [
        { type: "inside", xAxisIndex: [0, 1], zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false },
        { type: "slider", xAxisIndex: [0, 1], height: 18, bottom: 6, borderColor: look.line, textStyle: { color: look.muted }, showDataShadow: false },
      ],
      series: [
        steps("equity", pairs(data.time_ms, data.equity), look.series[0], { markLine: zeroLine(look) }),
        steps("drawdown", pairs(data.time_ms, fall), look.loss, {
          xAxisIndex: 1,
          yAxisIndex: 1,
          areaStyle: { color: look.loss, opacity: 0.25 },
        }),
      ],
    };
  });

  charts.register("curves", (data, look) => {
    const digits = digitsFor(data.curves.flatMap((curve) => curve.equity));
    const assets = [...new Set(data.curves.map((curve) => curve.asset))].join(", ");
    // Lines differ in their dashes too: colors are not read alone.
    const dashes = ["solid", [8, 4], [2, 3], [10, 3, 2, 3], [5, 2]];
    return {
      useUTC: !look.isLocal,
      legend: { top: 0, type: "scroll", textStyle: { color: look.text }, itemWidth: 34 },
      tooltip: {
        trigger: "axis",
        formatter: (points) =>
          [`${time(points[0].axisValue, look)}`, ...points.map((point) => `${point.seriesName}: ${signed(point.value[1], digits)}`)].join("\n"),
      },
      grid: { left: 12, right: 16, top: 56, bottom: 60, containLabel: true },
      xAxis: { ...axisTime(look), ...named(charts.timeName(data.curves.flatMap((curve) => [curve.time_ms[0], curve.time_ms.at(-1)]).sort((a, b) => a - b), look), look, 26) },
      yAxis: axisValue(look, `equity, ${assets}`),
      dataZoom: [
        { type: "inside", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false },
        { type: "slider", height: 18, bottom: 6, borderColor: look.line, textStyle: { color: look.muted }, showDataShadow: false },
      ],
      series: data.curves.map((curve, row) => ({
        ...steps(curve.name, pairs(curve.time_ms, curve.equity), look.series[row % look.series.length]),
        lineStyle: { width: 2, color: look.series[row % look.series.length], type: dashes[row % dashes.length] },
        markLine: row === 0 ? zeroLine(look) : undefined,
      })),
    };
  });

  const colored = (values, look) =>
    values.map((value) => ({ value, itemStyle: { color: value < 0 ? look.loss : look.gain } }));

  charts.register("hours", (data, look) => {
    const digits = digitsFor(data.pnl);
    const label = (ms) => time(ms, look).slice(5, 16);
    return {
      tooltip: {
        trigger: "axis",
        formatter: ([point]) =>
          `${time(data.time_ms[point.dataIndex], look)}\n${signed(data.pnl[point.dataIndex], digits)} ${data.asset} in ${data.trades[point.dataIndex]} trades`,
      },
      grid: { left: 12, right: 16, top: 34, bottom: 32, containLabel: true },
      xAxis: {
        type: "category",
        ...named(`hour, ${charts.timeName([], look)}`, look, 26),
        data: data.time_ms.map(label),
        axisLabel: { color: look.muted, hideOverlap: true },
        axisLine: { onZero: true, lineStyle: { color: look.muted } },
        axisTick: { alignWithLabel: true },
      },
      yAxis: axisValue(look, `P&L, ${data.asset}`),
      series: [{ type: "bar", barMaxWidth: 48, data: colored(data.pnl, look), markLine: zeroLine(look) }],
    };
  });

  charts.register("cycles", (data, look) => {
    const digits = digitsFor(data.pnl);
    // The best on top: a value axis counts upward.
    const rows = data.cycles.map((_, row) => row).reverse();
    return {
      tooltip: {
        trigger: "axis",
        axisPointer: { type: "shadow" },
        formatter: ([point]) => {
          const row = rows[point.dataIndex];
          return `${data.cycles[row]}\n${signed(data.pnl[row], digits)} ${data.asset} in ${data.trades[row]} trades`;
        },
      },
      grid: { left: 12, right: 24, top: 12, bottom: 26, containLabel: true },
      xAxis: { ...axisValue(look, `P&L, ${data.asset}`), nameLocation: "middle", nameGap: 26, nameTextStyle: { color: look.muted } },
      yAxis: {
        type: "category",
        data: rows.map((row) => data.cycles[row]),
        axisLabel: { color: look.text, width: 190, overflow: "truncate" },
        axisLine: { onZero: true, lineStyle: { color: look.muted } },
        axisTick: { show: false },
      },
      series: [{ type: "bar", barMaxWidth: 22, data: colored(rows.map((row) => data.pnl[row]), look) }],
    };
  });

  charts.register("histogram", (data, look) => {
    const last = data.counts.length - 1;
    const step = data.edges[last > 1 ? 2 : 1] - data.edges[last > 1 ? 1 : 0];
    const digits = Math.min(8, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
    const isPnl = data.unit !== "ms";
    // Tails are drawn one bar wide, however far they reach.
    const from = data.edges.slice(0, -1);
    const to = data.edges.slice(1);
    const span = (row) => {
      if (row === 0 && data.low_tail) return `${from[row].toFixed(digits)} to ${to[row].toFixed(digits)} (all below)`;
      if (row === last && data.high_tail) return `${from[row].toFixed(digits)} to ${to[row].toFixed(digits)} (all above)`;
      return `${from[row].toFixed(digits)} to ${to[row].toFixed(digits)}`;
    };
    const bars = data.counts.map((count, row) => {
      const start = row === 0 && data.low_tail ? to[row] - step : from[row];
      const end = row === last && data.high_tail ? from[row] + step : to[row];
      return [start, end, count];
    });
    const low = bars[0][0];
    const high = bars[last][1];
    const color = (row) => (isPnl ? (to[row] <= step / 1e6 ? look.loss : look.gain) : look.series[0]);
    return {
      tooltip: {
        trigger: "item",
        formatter: (point) => `${span(point.dataIndex)} ${data.unit}\n${data.counts[point.dataIndex]} trades`,
      },
      grid: { left: 12, right: 24, top: 46, bottom: 26, containLabel: true },
      xAxis: {
        ...axisValue(look, data.unit),
        min: low,
        max: high,
        nameLocation: "middle",
        nameGap: 26,
        nameTextStyle: { color: look.muted },
        splitLine: { show: false },
        axisLine: { show: true, lineStyle: { color: look.muted } },
        axisLabel: { color: look.muted, hideOverlap: true, showMinLabel: false, showMaxLabel: false, formatter: plain },
      },
      yAxis: axisValue(look, "trades", { minInterval: 1, axisLine: { show: false, onZero: false } }),
      series: [
        {
          type: "custom",
          encode: { x: [0, 1], y: 2 },
          data: bars,
          renderItem: (params, api) => {
            const corner = api.coord([api.value(0), api.value(2)]);
            const foot = api.coord([api.value(1), 0]);
            return {
              type: "rect",
              shape: { x: corner[0], y: corner[1], width: Math.max(1, foot[0] - corner[0] - 1), height: foot[1] - corner[1] },
              style: { fill: color(params.dataIndex) },
            };
          },
          markLine: {
            silent: true,
            symbol: "none",
            label: { color: look.text, position: "end" },
            lineStyle: { color: look.text, type: "dashed" },
            data: [
              ...data.marks.map((mark, row) => ({
                xAxis: Math.min(mark.at, high),
                label: { formatter: `${mark.words} ${mark.at.toFixed(1)}`, distance: row % 2 ? 18 : 4 },
              })),
              ...(isPnl && low < 0 && high > 0 ? [{ xAxis: 0, label: { show: false }, lineStyle: { color: look.muted, type: "solid" } }] : []),
            ],
          },
        },
      ],
    };
  });
})();
