// Sorts the table of labeling functions by a click on a heading, and narrows it to those that hold some words.
(() => {
  "use strict";
  const table = document.querySelector("table.functions");
  if (!table) return;
  const tools = document.querySelector(".find");
  const bodies = [...document.querySelectorAll("table.functions > tbody")];
  const number = (cell) => {
    const found = parseFloat(cell.textContent.replace(/,/g, ""));
    return Number.isNaN(found) ? -Infinity : found;
  };
  const value = (body, at, numeric) => {
    const cell = body.rows[0].cells[at];
    return numeric ? number(cell) : cell.textContent.trim().toLowerCase();
  };
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, at) => {
    const numeric = head.classList.contains("num");
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const first = numeric ? "descending" : "ascending";
      const other = numeric ? "ascending" : "descending";
      const order = head.getAttribute("aria-sort") === first ? other : first;
      heads.forEach((one) => one.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const sorted = [...bodies].sort((a, b) => {
        const x = value(a, at, numeric), y = value(b, at, numeric);
        return sign * (x < y ? -1 : x > y ? 1 : 0);
      });
      table.append(...sorted); // those that were folded away with them
      document.querySelectorAll("details.rest").forEach((one) => { one.hidden = true; });
    });
  });
  tools.hidden = false;
  const field = tools.querySelector("input"), shown = tools.querySelector("output");
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let kept = 0;
    for (const body of bodies) {
      const text = body.textContent.toLowerCase();
      body.hidden = !words.every((word) => text.includes(word));
      if (!body.hidden) kept += 1;
    }
    document.querySelectorAll("details.rest").forEach((one) => { one.open = one.open || words.length > 0; });
    shown.textContent = words.length ? `${kept} of ${bodies.length}` : "";
  });
})();
