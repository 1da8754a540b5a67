// Tables of class `sortable` arrive sorted; with JavaScript their headings sort and a long one can be filtered.
document.addEventListener("DOMContentLoaded", () => {
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      const button = document.createElement("button");
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => sort(body, headings, heading, column));
    });
    if (body.rows.length > 10) addFilter(table, body);
  }
});

function sort(body, headings, heading, column) {
  const down = heading.getAttribute("aria-sort") === "ascending";
  headings.forEach((other) => other.removeAttribute("aria-sort"));
  heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  const text = (row) => row.cells[column].innerText.trim();
  const number = (value) => parseFloat(value.replace(/\s(?=\d{3})/g, ""));
  const rows = [...body.rows].sort((a, b) => {
    const [x, y] = [text(a), text(b)];
    const difference = number(x) - number(y);
    return Number.isNaN(difference) ? x.localeCompare(y) : difference;
  });
  body.append(...(down ? rows.reverse() : rows));
}

function addFilter(table, body) {
  const input = document.createElement("input");
  Object.assign(input, { type: "search", className: "table-filter", placeholder: "Filter rows" });
  input.setAttribute("aria-label", "Filter rows");
  (table.closest(".pst-scrollable-table-container") ?? table).before(input);
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    for (const row of body.rows) row.hidden = !row.innerText.toLowerCase().includes(wanted);
  });
}
