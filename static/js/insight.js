// Draws the plot from the table beside it: one truth, and the table is there without scripts.
(() => {
  const canvas = document.querySelector("canvas[data-plot]");
  const table = canvas && document.getElementById(canvas.dataset.plot);
  if (!table || !window.Chart) return;
  const rows = [...table.querySelectorAll("tbody tr[data-label]")];
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // Missed bars are hatched too, so that the two are told apart without colour.
  const hatched = (ground) => {
    const tile = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
    const pen = tile.getContext("2d");
    pen.fillStyle = ground;
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = colour("--paper");
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.moveTo(-2, 10); pen.lineTo(10, -2);
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  };
  let chart;
  const draw = () => {
    chart?.destroy();
    const line = colour("--line"), ink = colour("--ink-2");
    chart = new window.Chart(canvas, {
      type: "bar",
      data: {
        labels: rows.map((row) => row.dataset.label),
        datasets: [
          { label: "Met", data: rows.map((row) => Number(row.dataset.met)), backgroundColor: colour("--fill"), maxBarThickness: 18 },
          { label: "Missed", data: rows.map((row) => Number(row.dataset.missed)), backgroundColor: hatched(colour("--red")), maxBarThickness: 18 },
        ],
      },
      options: {
        indexAxis: "y",
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        plugins: { legend: { position: "bottom", labels: { color: ink, boxWidth: 12 } } },
        scales: {
          x: { beginAtZero: true, ticks: { color: ink, precision: 0 }, grid: { color: line }, border: { color: line } },
          y: { ticks: { color: ink }, grid: { display: false }, border: { color: line } },
        },
      },
    });
  };
  draw();
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
})();
