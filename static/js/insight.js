// Draws each plot from the table below it: one truth, and the table is there without scripts.
(() => {
  if (!window.Chart) return;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // Missed bars are hatched too, so that the two differ without colour.
  const hatched = (ground) => {
    const tile = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
    const pen = tile.getContext("2d");
    pen.fillStyle = ground;
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = colour("--paper");
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.moveTo(-2, 10);
    pen.lineTo(10, -2);
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  };
  const numbers = (rows, key) =>
    rows.map((row) => (row.dataset[key] === "" ? null : Number(row.dataset[key])));
  const drawings = {
    attainment: (rows) => [
      { label: "Met", stack: "all", data: numbers(rows, "met"), backgroundColor: colour("--fill") },
      {
        label: "Missed",
        stack: "all",
        data: numbers(rows, "missed"),
        backgroundColor: hatched(colour("--red")),
      },
    ],
    flow: (rows) => [
      { label: "Opened", data: numbers(rows, "opened"), backgroundColor: colour("--fill") },
      {
        label: "Closed",
        data: numbers(rows, "closed"),
        backgroundColor: hatched(colour("--green")),
      },
      {
        label: "Open at its end",
        type: "line",
        data: numbers(rows, "left"),
        borderColor: colour("--ink"),
        borderDash: [5, 4],
        borderWidth: 1.5,
        pointRadius: 2,
        pointBackgroundColor: colour("--ink"),
      },
    ],
  };
  const draw = (canvas, rows) => {
    const line = colour("--line"),
      ink = colour("--ink-2");
    return new window.Chart(canvas, {
      type: "bar",
      data: {
        labels: rows.map((row) => row.dataset.label),
        datasets: drawings[canvas.dataset.kind](rows).map((set) =>
          set.type ? set : { ...set, maxBarThickness: 26 },
        ),
      },
      options: {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        onClick: (_event, found) => {
          if (found.length && rows[found[0].index].dataset.href)
            window.location.assign(rows[found[0].index].dataset.href);
        },
        plugins: {
          legend: { position: "bottom", labels: { color: ink, boxWidth: 12 } },
          tooltip: {
            callbacks: {
              footer: (items) =>
                rows[items[0].dataIndex].dataset.share
                  ? `${rows[items[0].dataIndex].dataset.share} % met`
                  : "",
            },
          },
        },
        scales: {
          x: {
            stacked: canvas.dataset.kind === "attainment",
            ticks: { color: ink, maxRotation: 0, autoSkip: true },
            grid: { display: false },
            border: { color: line },
          },
          y: {
            stacked: canvas.dataset.kind === "attainment",
            beginAtZero: true,
            ticks: { color: ink, precision: 0 },
            grid: { color: line },
            border: { color: line },
          },
        },
      },
    });
  };
  for (const canvas of document.querySelectorAll("canvas[data-plot]")) {
    const rows = [
      ...document.getElementById(canvas.dataset.plot).querySelectorAll("tbody tr[data-label]"),
    ];
    let chart = draw(canvas, rows);
    new MutationObserver(() => {
      chart.destroy();
      chart = draw(canvas, rows);
    }).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  }
})();
