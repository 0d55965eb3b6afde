// The assets and the enabled pairings between them; what is a side of no triangle is dashed.
charts.register("currency-graph", (data, look) => ({
  title: {
    show: data.drawn < data.pairings,
    text: `the ${data.drawn} pairings of most triangles`,
    textStyle: { fontSize: 12, fontWeight: "normal", color: look.muted },
  },
  tooltip: {
    formatter: ({ dataType, data: one }) =>
      dataType === "edge"
        ? `${one.pairing}: a side of ${one.triangles} triangle${one.triangles === 1 ? "" : "s"}`
        : `${one.name}: ${one.pairings} pairing${one.pairings === 1 ? "" : "s"}`,
  },
  series: [
    {
      type: "graph",
      // Few assets read best in a circle; many settle by force, from a circle too: no chance in it.
      layout: data.nodes.length <= 16 ? "circular" : "force",
      force: { initLayout: "circular", repulsion: 260, edgeLength: [40, 120], layoutAnimation: false },
      roam: false,
      top: 40,
      bottom: 30,
      emphasis: { focus: "adjacency" },
      label: { show: data.nodes.length <= 40, color: look.text, position: "top" },
      nodes: data.nodes.map((node) => ({ ...node, symbolSize: node.size, itemStyle: { color: look.primary } })),
      links: data.links.map((link) => ({
        ...link,
        lineStyle: link.triangles
          ? { color: look.primary, width: 1.5, opacity: 0.7 }
          : { color: look.muted, width: 1, type: "dashed", opacity: 0.8 },
      })),
    },
  ],
}));
