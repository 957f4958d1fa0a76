/** A line under the pointer and its figures in words: the table below has them for everybody else. */
export function startCharts() {
  document.addEventListener("pointermove", (event) => {
    const svg = event.target instanceof Element ? event.target.closest("svg[data-chart]") : null;
    for (const cross of document.querySelectorAll(".cross")) cross.setAttribute("visibility", "hidden");
    if (!(svg instanceof SVGElement)) return;
    const rows = (svg.dataset.chart ?? "").split(";");
    const box = svg.getBoundingClientRect();
    const at = Math.min(
      rows.length - 1,
      Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * rows.length)),
    );
    const [time, mean, typical] = (rows[at] ?? "").split(",");
    const cross = svg.querySelector(".cross");
    const x = `${(((at + 0.5) / rows.length) * 100).toFixed(2)}%`;
    for (const end of ["x1", "x2"]) cross?.setAttribute(end, x);
    cross?.setAttribute("visibility", "visible");
    const readout = svg.parentElement?.querySelector(".readout");
    if (readout)
      readout.textContent = `${time}: ${mean === "" ? "not observed" : `${mean} km/h`}${typical === "" ? "" : `, typical ${typical}`}`;
  });
}
