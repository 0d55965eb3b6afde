// The charts of a sweep, registered with charts.js: data as backtesting/analysis/sweeps has it.
// A click on a cell, dot or line leads to the page of its set.
(() => {
  "use strict";

  const LEVELS = ["fails gates", "promotion_ready", "robust"];
  const SYMBOLS = ["circle", "diamond", "triangle"];

  function write(value, kind) {
    if (value === null || value === undefined) return "not measured";
    if (kind === "share") return `${(value * 100).toFixed(1)} %`;
    if (kind === "count") return Math.round(value).toLocaleString("en-US");
    const text = value.toFixed(2);
    return kind === "pnl" && value > 0 ? `+${text}` : text;
  }

  const levelColor = (look, level) => [look.muted, look.series[1], look.gain][level];

  // The page's address of set 0, with the number of another set in it.
  const addressOf = (element, index) => element.dataset.set.replace(/0$/, String(index));

  const valueAxis = (look, name, more = {}) => ({
    type: "value",
    name,
    nameTextStyle: { color: look.muted },
    axisLabel: { color: look.muted, hideOverlap: true },
    splitLine: { lineStyle: { color: look.line, opacity: 0.6 } },
    ...more,
  });

  const categoryAxis = (look, axis, more = {}) => ({
    type: "category",
    name: axis.words,
    data: axis.values,
    nameTextStyle: { color: look.muted },
    axisLabel: { color: look.text, hideOverlap: true, width: 130, overflow: "truncate" },
    axisLine: { lineStyle: { color: look.muted } },
    axisTick: { show: false },
    splitArea: { show: false },
    ...more,
  });

  const marks = (cell) => (cell.promoted ? "⚑" : "") + (cell.robust ? "★" : cell.ready ? "✓" : "");

  charts.register(
    "heat",
    (data, look) => {
      const known = data.cells.filter((cell) => cell.value !== null);
      const values = known.map((cell) => cell.value);
      const isSigned = values.some((value) => value < 0);
      const far = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
      const low = isSigned ? -far : values.reduce((least, value) => Math.min(least, value), far);
      const good = [look.background, look.gain];
      // How far a cell is colored, 0 to 1: figures stand out from either end.
      const strength = (value) => {
        const share = isSigned ? Math.abs(value) / far : (value - low) / (far - low || 1);
        return isSigned || data.is_more_better ? share : 1 - share;
      };
      // Figures within the cells, and bold borders, only where there is room for them.
      const fits = data.x.values.length <= 14 && data.y.values.length <= 16;
      const bold = fits ? 1 : 0.4;
      return {
        tooltip: {
          formatter: ({ data: { cell } }) =>
            [
              `${data.x.words}: ${data.x.values[cell.x]}`,
              `${data.y.words}: ${data.y.values[cell.y]}`,
              `${data.figure} of ${data.way}: ${write(cell.value, data.kind)}`,
              `${cell.sets} sets here, ${cell.ready} promotion_ready, ${cell.robust} robust, ${cell.promoted} promoted`,
              `opens set ${cell.index}`,
            ].join("\n"),
        },
        grid: { left: 12, right: 16, top: 28, bottom: 96, containLabel: true },
        xAxis: categoryAxis(look, data.x, { nameLocation: "middle", nameGap: 26 }),
        yAxis: categoryAxis(look, data.y, { nameTextStyle: { color: look.muted, align: "left" } }),
        visualMap: {
          type: "continuous",
          min: low,
          max: far > low ? far : low + 1,
          calculable: true,
          orient: "horizontal",
          left: "center",
          bottom: 0,
          itemHeight: 160,
          textStyle: { color: look.muted },
          formatter: (value) => write(value, data.kind),
          inRange: { color: isSigned ? [look.loss, ...good] : data.is_more_better ? good : [look.gain, look.background] },
        },
        series: [
          {
            type: "heatmap",
            data: data.cells.map((cell) => ({
              value: [cell.x, cell.y, cell.value === null ? "-" : cell.value],
              cell,
              label: { color: strength(cell.value ?? low) > 0.5 ? look.background : look.text },
              itemStyle: {
                borderColor: cell.promoted || cell.ready ? look.text : look.line,
                borderWidth: bold * (cell.promoted || cell.robust ? 3 : cell.ready ? 2 : 0.5),
              },
            })),
            label: {
              show: fits,
              formatter: ({ data: { cell } }) => `${write(cell.value, data.kind).replace("not measured", "-")} ${marks(cell)}`.trim(),
            },
            emphasis: { itemStyle: { borderColor: look.primary, borderWidth: 3 } },
          },
        ],
      };
    },
    (point, data, element) => point.data?.cell && addressOf(element, point.data.cell.index),
  );

  charts.register(
    "scatter",
    (data, look) => {
      const all = data.dots.flatMap(([, train, test]) => [train, test]);
      const low = all.reduce((least, value) => Math.min(least, value), 0);
      const high = all.reduce((most, value) => Math.max(most, value), 0);
      const line = (name, data_, more = {}) => ({
        name,
        type: "line",
        silent: true,
        showSymbol: false,
        data: data_,
        lineStyle: { color: look.muted, width: 1, ...more },
        tooltip: { show: false },
      });
      const dots = (level) => data.dots.filter((dot) => dot[3] === level).map(([index, train, test]) => ({ value: [train, test], index }));
      const winner = data.dots.find(([index]) => index === data.winner);
      return {
        legend: { top: 0, textStyle: { color: look.text }, data: LEVELS },
        tooltip: {
          formatter: (point) =>
            `set ${point.data.index}${point.data.index === data.winner ? ", the best in train" : ""}\ntrain score ${point.value[0].toFixed(2)}\ntest score ${point.value[1].toFixed(2)}`,
        },
        grid: { left: 12, right: 24, top: 46, bottom: 30, containLabel: true },
        xAxis: valueAxis(look, "train score", { nameLocation: "middle", nameGap: 26 }),
        yAxis: valueAxis(look, "test score", { nameTextStyle: { color: look.muted, align: "left" } }),
        series: [
          line("diagonal", [[low, low], [high, high]], { type: "dashed" }),
          ...LEVELS.map((name, level) => ({
            name,
            type: "scatter",
            symbol: SYMBOLS[level],
            symbolSize: level ? 9 : 6,
            itemStyle: { color: levelColor(look, level), opacity: 0.75 },
            data: dots(level),
          })),
          {
            name: "best in train",
            type: "scatter",
            symbol: "circle",
            symbolSize: 17,
            itemStyle: { color: "transparent", borderColor: look.text, borderWidth: 2 },
            data: winner ? [{ value: [winner[1], winner[2]], index: winner[0] }] : [],
          },
        ],
      };
    },
    (point, data, element) => point.data?.index !== undefined && addressOf(element, point.data.index),
  );

  charts.register(
    "parallel",
    (data, look) => {
      const figures = ["train score", "test score", `test P&L, ${data.asset}`];
      const shared = {
        nameTextStyle: { color: look.text },
        axisLabel: { color: look.text, hideOverlap: true, width: 110, overflow: "truncate", textBorderColor: look.background, textBorderWidth: 3 },
        z: 5, // labels above the lines
        axisLine: { lineStyle: { color: look.muted } },
        areaSelectStyle: { width: 14, color: look.primary, borderColor: look.primary, opacity: 0.3 },
      };
      // On a phone the axes lie, one below the other, so that each has room for its name.
      const border = { textBorderColor: look.background, textBorderWidth: 3 };
      const lying = { nameLocation: "middle", nameGap: 18, nameTextStyle: { ...shared.nameTextStyle, ...border }, axisLabel: { ...shared.axisLabel, margin: 4, width: 70 } };
      const axes = [
        ...data.axes.map((axis) => ({ name: axis.words, type: "category", data: axis.values })),
        ...figures.map((name) => ({ name, type: "value", scale: true })),
      ];
      return {
        legend: { top: 0, textStyle: { color: look.text }, data: LEVELS },
        tooltip: {
          formatter: ({ data: { line } }) =>
            [
              `set ${line.index}`,
              ...data.axes.map((axis, at) => `${axis.words}: ${axis.values[line.places[at]]}`),
              ...figures.map((name, at) => `${name}: ${line.figures[at].toFixed(2)}`),
            ].join("\n"),
        },
        parallel: look.isNarrow
          ? { layout: "vertical", left: 28, right: 28, top: 44, bottom: 44 }
          : { left: 60, right: 90, top: 66, bottom: 24 },
        parallelAxis: axes.map((axis, dim) => ({ ...shared, ...(look.isNarrow ? lying : {}), ...axis, dim })),
        series: LEVELS.map((name, level) => ({
          name,
          type: "parallel",
          smooth: false,
          color: levelColor(look, level),
          lineStyle: { width: level ? 1.6 : 1, opacity: level ? 0.7 : 0.35, color: levelColor(look, level), type: level ? "solid" : "dashed" },
          inactiveOpacity: 0.03,
          data: data.lines.filter((line) => line.level === level).map((line) => ({ value: [...line.places, ...line.figures], line })),
        })),
      };
    },
    (point, data, element) => point.data?.line && addressOf(element, point.data.line.index),
  );

  function time(ms, look) {
    const at = new Date(look.isLocal ? ms - new Date(ms).getTimezoneOffset() * 60_000 : ms);
    return `${at.toISOString().slice(0, 19).replace("T", " ")} ${look.isLocal ? "local" : "UTC"}`;
  }

  charts.register("windows", (data, look) => {
    const dashes = ["solid", [8, 4], [2, 3], [10, 3, 2, 3], [5, 2]];
    // Train and test are replays of their own: the curve begins anew at the split.
    const points = (values, isTest) =>
      data.time_ms.map((at, row) => [at, at > data.split_ms === isTest ? values[row] : null]);
    const one = (curve, row) => {
      const color = look.series[row % look.series.length];
      const style = { name: `set ${curve.index}`, type: "line", step: "end", showSymbol: false, color, lineStyle: { color, width: 1.6, type: dashes[row % dashes.length] } };
      return [
        { ...style, data: points(curve.train, false) },
        { ...style, data: points(curve.test, true) },
      ];
    };
    const series = data.curves.flatMap(one);
    series[0].markLine = {
      silent: true,
      symbol: "none",
      lineStyle: { color: look.text, type: "dashed" },
      label: { color: look.text, formatter: "test begins" },
      data: [{ xAxis: data.split_ms }],
    };
    return {
      useUTC: !look.isLocal,
      legend: { top: 0, textStyle: { color: look.text } },
      tooltip: {
        trigger: "axis",
        formatter: (found) =>
          [time(found[0].axisValue, look), ...found.filter((point) => point.value[1] !== null).map((point) => `${point.seriesName}: ${write(point.value[1], "pnl")} ${data.asset}`)].join("\n"),
      },
      grid: { left: 12, right: 40, top: 46, bottom: 32, containLabel: true },
      xAxis: { type: "time", name: charts.timeName(data.time_ms, look), nameLocation: "middle", nameGap: 26, nameTextStyle: { color: look.muted }, axisLine: { lineStyle: { color: look.muted } }, axisLabel: { color: look.muted, hideOverlap: true }, splitLine: { show: false } },
      yAxis: valueAxis(look, `P&L, ${data.asset}`, { nameTextStyle: { color: look.muted, align: "left" } }),
      series,
    };
  });
})();
