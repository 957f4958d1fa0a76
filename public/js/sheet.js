/** On a phone the list is a sheet of three heights: a press goes on to the next, a drag to the nearest. */
const heights = ["peek", "half", "full"];

export function startSheet() {
  const sheet = document.getElementById("side");
  const grip = document.getElementById("grip");
  if (!sheet || !grip) return;
  const put = (/** @type {string} */ height) => {
    sheet.dataset.height = height;
    grip.setAttribute("aria-expanded", String(height !== "peek"));
  };
  let from_y = 0;
  let dragged = false;
  grip.addEventListener("pointerdown", (event) => {
    from_y = event.clientY;
    dragged = false;
    grip.setPointerCapture(event.pointerId);
  });
  grip.addEventListener("pointerup", (event) => {
    const by = from_y - event.clientY;
    if (Math.abs(by) < 30) return;
    dragged = true;
    const at =
      heights.indexOf(sheet.dataset.height ?? "peek") +
      Math.sign(by) * (Math.abs(by) > innerHeight * 0.4 ? 2 : 1);
    put(heights[Math.min(heights.length - 1, Math.max(0, at))] ?? "peek");
  });
  grip.addEventListener("click", () => {
    if (!dragged)
      put(heights[(heights.indexOf(sheet.dataset.height ?? "peek") + 1) % heights.length] ?? "peek");
    dragged = false;
  });
}
