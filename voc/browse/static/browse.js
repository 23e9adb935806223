// Small comforts: a column's meaning when the pointer rests on its heading, SQL folded away, names for fields that
// Datasette leaves without one.
const FIELD_NAMES = {
  "select[name^=_filter_column]": "Column to filter by", "select[name^=_filter_op]": "How to compare",
  "input[name^=_filter_value]": "Value to compare with", ".CodeMirror textarea": "SQL",
};
const nameFields = () => {
  for (const [selector, name] of Object.entries(FIELD_NAMES)) {
    document.querySelectorAll(selector).forEach((field) => field.setAttribute("aria-label", name));
  }
};
// the editor for SQL makes its own field when the page has loaded
window.addEventListener("load", () => setTimeout(nameFields, 0));
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("th[data-column-description]").forEach((heading) => {
    heading.title = heading.dataset.columnDescription;
  });
  document.querySelectorAll("pre.wrapped-sql").forEach((sql) => {
    const folded = document.createElement("details");
    const summary = document.createElement("summary");
    summary.textContent = "How it is defined (SQL)";
    folded.append(summary);
    sql.replaceWith(folded);
    folded.append(sql);
  });
});
