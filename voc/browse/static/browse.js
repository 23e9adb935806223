// Small comforts: a column's meaning when the pointer rests on its heading, and SQL folded away.
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
