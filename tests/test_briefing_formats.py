"""PDF, slides, Word: customers' text stays text, figures are the tables', charts are native; and what voc brief narrows."""

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from briefing_help import two_runs, world
from click.testing import CliRunner
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx import Presentation
from pptx.enum.chart import XL_CHART_TYPE
from report_help import TOPICS, WORDS

from voc import brief
from voc.briefing import changes, document, pdf, render, slide_charts, slides, view
from voc.cli import cli
from voc.errors import VocError
from voc.flow import report_tables
from voc.store import Store

HOSTILE = '<script>alert(1)</script> #eval("1+1") $x$ *bold* =HYPERLINK("http://evil.test") @SUM(1) [l](http://evil.test) \\ `c`'


@pytest.fixture(scope="module")
def hostile():
    """The page of a story whose topics, texts and owner are markup and formulas of all kinds."""
    frames, run = world(
        copies=5,
        names={t: f"{t} {HOSTILE}" for t in TOPICS},
        words={t: f"{text} {HOSTILE}" for t, text in WORDS.items()},
        owner=HOSTILE,
    )
    return render.page_of(frames, [], run)


@pytest.fixture(scope="module")
def page():
    frames, run = world(copies=5)
    return render.page_of(frames, [], run)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


# ---------------------------------------------------------------- PDF


def test_a_pdf_is_written_and_the_same_each_time(page):
    first = pdf.to_pdf(page)
    assert first.startswith(b"%PDF-") and first == pdf.to_pdf(page)
    assert pdf.to_pdf(page, paper="us-letter") != first


def test_markup_and_code_reach_the_pdf_as_text(hostile):
    """What the template is given is data: were it read as markup, the compiler would stop at it or run it."""
    sheet = pdf.data(hostile)["sheets"][0]
    assert HOSTILE in sheet["topic"] and HOSTILE in sheet["about"] and HOSTILE in sheet["quotes"][0]["text"]
    assert pdf.to_pdf(hostile).startswith(b"%PDF-")


def test_pictures_in_the_pdf_are_escaped_and_coloured(hostile):
    (trend, curve) = pdf.data(hostile)["sheets"][0]["plots"]
    for svg in (trend["svg"], curve["svg"]):
        assert "<script" not in svg and "var(" not in svg and svg.startswith('<svg xmlns="http://www.w3.org/2000/svg"')


def test_the_pdf_says_what_the_page_says(page):
    data = pdf.data(page)
    assert data["title"] == page.title and data["caveats"] == " ".join(page.caveats)
    assert data["sheets"][0]["figures"] == page.sheets[0].figures
    assert [section["title"] for section in data["sections"]] == [section.title for section in page.sections]


# ---------------------------------------------------------------- slides


def deck(found) -> Presentation:
    return Presentation(io.BytesIO(slides.to_pptx(found)))


def words_of(presentation) -> str:
    found = []
    for slide in presentation.slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                found.append(shape.text_frame.text)
            if shape.has_table:
                found += [cell.text for row in shape.table.rows for cell in row.cells]
    return "\n".join(found)


def test_charts_of_the_slides_are_native_and_hold_the_figures_of_the_tables(page):
    frames, _ = world(copies=5)
    charts = [shape.chart for slide in deck(page).slides for shape in slide.shapes if shape.has_chart]
    assert [chart.chart_type for chart in charts] == [
        *[XL_CHART_TYPE.BAR_CLUSTERED] * 2, *[XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS] * 6]  # fmt: skip
    money = page.material.money
    assert list(charts[0].plots[0].series[0].values) == pytest.approx([money.bound_cost, money.avoidable[1], money.raw_cost])
    asked = frames["priorities"].sort_values("rank", ascending=False)
    assert list(charts[1].plots[0].series[0].values) == pytest.approx(list(asked["avoidable_cost_month_mid"]))
    weeks = frames["topic_weeks"].query("topic_id == 'login' and is_complete").sort_values("week_on")["contacts"]
    assert list(charts[2].plots[0].series[0].values) == list(weeks)
    curve = frames["repeat_curves"].query("topic_id == 'login'").sort_values("day")
    for series, column in zip(charts[3].plots[0].series, ("net_share", "net_share_low", "net_share_high"), strict=False):
        assert list(series.values) == pytest.approx(list(100 * curve[column]))
    assert all(chart.part.chart_workbook.xlsx_part is not None for chart in charts), "numbers can be edited"


def reach(chart, name: str) -> dict[int, float]:
    """How far the error bars of a chart reach to one side, by the number of the bar from below."""
    (points,) = chart._chartSpace.findall(f".//{{*}}errBars/{{*}}{name}/{{*}}numRef/{{*}}numCache")
    return {int(point.get("idx")): float(point[0].text) for point in points.findall("{*}pt")}


def test_bars_have_their_ranges_as_error_bars(page):
    """The ends of the tables, as distances from the value; a bar without a range has none."""
    frames, _ = world(copies=5)
    ways, leading = [shape.chart for slide in deck(page).slides for shape in slide.shapes if shape.has_chart][:2]
    low, mid, high = page.material.money.avoidable
    box = {bar.label: bar for bar in view.money_box(page.material).bars}["as counted"]
    assert reach(ways, "plus") == pytest.approx({1: high - mid, 2: box.high - box.mid})
    assert reach(ways, "minus") == pytest.approx({1: mid - low, 2: box.mid - box.low})
    asked = frames["priorities"].sort_values("rank", ascending=False)
    low, mid, high = (asked[f"avoidable_cost_month_{end}"].to_numpy() for end in ("low", "mid", "high"))
    assert reach(leading, "plus") == pytest.approx(dict(enumerate(high - mid)))
    assert reach(leading, "minus") == pytest.approx(dict(enumerate(mid - low)))
    kinds = {bars.getparent().tag.rpartition("}")[2]: [part.tag.rpartition("}")[2] for part in bars] for bars in leading._chartSpace.iter("{*}errBars")}
    assert kinds == {"ser": ["errBarType", "errValType", "noEndCap", "plus", "minus", "spPr"]}, "the order of the standard"


def test_the_numbers_of_error_bars_stand_in_the_charts_workbook(page):
    import pandas as pd

    chart = next(shape.chart for slide in deck(page).slides for shape in slide.shapes if shape.has_chart)
    book = pd.read_excel(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob), sheet_name="Sheet1", header=None, engine="calamine")
    cells = [[None if pd.isna(cell) else cell for cell in line] for line in book.to_numpy().tolist()]
    low, mid, high = page.material.money.avoidable
    assert cells[0][1:] == ["All repeats, three ways to count (USD a month, 80% ranges)", "up to the high end", "down to the low end"]
    assert cells[1][2:] == [None, None] and cells[2][0] == "net, used in this briefing"
    assert cells[2][1:] == pytest.approx([mid, high - mid, mid - low])
    assert [ref.text for ref in chart._chartSpace.findall(".//{*}errBars//{*}f")] == ["Sheet1!$C$2:$C$4", "Sheet1!$D$2:$D$4"]


def test_numbers_at_the_axes_stand_upright_and_charts_are_described(page):
    shapes = [shape for slide in deck(page).slides for shape in slide.shapes if shape.has_chart]
    described = [shape._element.nvGraphicFramePr.cNvPr.get("descr") for shape in shapes]
    sheet = page.sheets[0]
    assert described[0].startswith("as counted: USD 183 (151 to 218); net: USD 182 (142 to 224); at the least: USD 110")
    assert described[1].startswith("password reset link: USD 182 (142 to 224), USD a month; refund not arrived: ")
    assert described[2:4] == [f"{plot.title} ({plot.unit}). {plot.says}" for plot in (sheet.trend, sheet.curve)]
    for shape in shapes[:2]:
        axes = (shape.chart.category_axis, shape.chart.value_axis)
        assert [axis._element.txPr.bodyPr.get("rot") for axis in axes] == ["0", "0"]


def test_a_chart_of_figures_without_ranges_has_no_error_bars():
    slide = (found := Presentation()).slides.add_slide(found.slide_layouts[6])
    place = slide_charts.Place(0, 0, 5, 3)
    slide_charts.bars(slide, "t", [slide_charts.Ranged("a", None, 0.4, None)], place, says="a: 0.4")
    (shape,) = slide.shapes
    assert not list(shape.chart._chartSpace.iter("{*}errBars"))
    assert (shape.chart.value_axis.maximum_scale, shape.chart.value_axis.tick_labels.number_format) == (0.4, "0.0#")


def test_the_first_slide_answers_what_a_director_asks(page):
    frames, run = two_runs()
    for found, changed in ((page, view.FIRST_RUN), (render.page_of(frames, [], run), "No topic's rank or cost moved by more than noise.")):
        first = deck(found).slides[0]
        texts = [shape.text_frame.text for shape in first.shapes if shape.has_text_frame]
        assert f"{view.view(found)['since_head']}\n{changed}" in texts and f"New or rising\n{changes.TOO_SHORT}" in texts
        assert found.ask_whom in texts
    assert "Since the last briefing (data to 20 Jan 2026)\nNo topic's" in "\n".join(texts)


def test_no_figure_of_a_topics_slide_is_cut_short(page):
    whole = {tuple(row) for sheet in page.sheets for row in sheet.figures}
    shown = [
        tuple(cell.text for cell in row.cells)
        for slide in list(deck(page).slides)[2:] for shape in slide.shapes if shape.has_table for row in list(shape.table.rows)[1:]
    ]  # fmt: skip
    assert len(shown) >= 3 * len(page.sheets) and set(shown) <= whole


def test_text_that_would_not_fit_is_set_smaller_and_rows_that_would_not_are_left_out():
    assert slides._size_that_fits(["short"], 6.0, 1.0, 11) == 11
    assert slides._size_that_fits(["a line of some words " * 20] * 3, 6.0, 1.0, 11) == slides.SMALLEST
    assert slides.lines_of("word " * 40, 2.0, 10.0) > slides.lines_of("word " * 40, 4.0, 10.0) == 4
    rows = [["a", "b " * 200], ["c", "d"]]
    assert slides._that_fit(["h", "h"], rows, width=6, widths=(1, 1), size=9, height=1.0) == []
    assert slides._that_fit(["h", "h"], rows[1:] * 9, width=6, widths=(1, 1), size=9, height=1.0) == rows[1:] * 3


def test_slides_say_what_the_page_says(page):
    said = words_of(deck(page))
    for text in (page.title, "USD 182", "142 to 224", "Identity engineering", "Fix the defect and name a date", page.ask_whom):
        assert text in said


def test_hostile_text_is_text_in_slides(hostile):
    data = slides.to_pptx(hostile)
    assert HOSTILE in words_of(Presentation(io.BytesIO(data)))
    with zipfile.ZipFile(io.BytesIO(data)) as files:
        xml = "".join(files.read(name).decode("utf-8", "replace") for name in files.namelist() if name.endswith((".xml", ".rels")))
        assert "<script>" not in xml and "evil.test" not in "".join(re.findall(r'Target="([^"]*)"', xml))
        books = [files.read(name) for name in files.namelist() if name.endswith(".xlsx")]
    for book in books:
        with zipfile.ZipFile(io.BytesIO(book)) as sheets:
            assert all(b"<f>" not in sheets.read(name) for name in sheets.namelist()), "a name became a formula"


def test_slides_and_word_survive_characters_they_cannot_hold(page):
    odd = replace(page, title="a\x00b\x0bc\ufffe")
    assert "abc" in words_of(deck(odd))
    assert Document(io.BytesIO(document.to_docx(odd))).paragraphs[1].text == "abc"


# ---------------------------------------------------------------- Word


def test_word_holds_the_words_and_tables(page, hostile):
    paper = Document(io.BytesIO(document.to_docx(page)))
    said = "\n".join(p.text for p in paper.paragraphs)
    cells = [[cell.text for cell in row.cells] for row in paper.tables[1].rows]
    assert page.title in said and page.ask_whom in said and cells[1][1:4] == [
        "password reset link", "Identity engineering", "Fix the defect and name a date"]  # fmt: skip
    assert HOSTILE in "\n".join(p.text for p in Document(io.BytesIO(document.to_docx(hostile))).paragraphs)


def test_word_holds_what_is_new_what_changed_and_quotes(page):
    paper = Document(io.BytesIO(document.to_docx(page)))
    cells = [cell.text for table in paper.tables[2:5] for cell in table.rows[0].cells]
    assert cells[0].startswith("as counted: USD 183 (151 to 218), chance included\nnet: USD 182")
    assert cells[2:4] == [f"New or rising\n{changes.TOO_SHORT}", f"Since the last briefing\n{view.FIRST_RUN}"]
    quotes = view.quoted(page.material, document.LONGEST_QUOTE)
    assert [cell.partition("\n")[0] for cell in cells[4:]] == [f"{g['rank']} · {g['topic']}" for g in quotes]
    assert all(f"“{q['text']}”" in cell for cell, g in zip(cells[4:], quotes, strict=True) for q in g["quotes"])


def test_hostile_quotes_and_names_are_text_in_word(hostile):
    data = document.to_docx(hostile)
    cells = [cell.text for table in Document(io.BytesIO(data)).tables for row in table.rows for cell in row.cells]
    assert HOSTILE in "\n".join(cells)
    with zipfile.ZipFile(io.BytesIO(data)) as files:
        xml = "".join(files.read(name).decode("utf-8", "replace") for name in files.namelist() if name.endswith((".xml", ".rels")))
    assert "<script>" not in xml and "evil.test" not in "".join(re.findall(r'Target="([^"]*)"', xml)) and "<w:fldSimple" not in xml


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.text("abc ", max_size=90), min_size=3, max_size=3), min_size=1, max_size=5))
def test_columns_of_word_hold_their_longest_words_and_fill_the_page(rows):
    widths = document.column_widths(rows, 18.0)
    assert sum(widths) == pytest.approx(18.0)
    words = [max(len(part) for row in rows for part in document.unbroken(row[i])) for i in range(3)]
    letter = document.CELL / 72 * 2.54
    if sum(words) * letter * document.WIDEST_LETTER + 3 * document.PADDING <= 18.0:
        assert all(width >= n * letter * document.WIDEST_LETTER + document.PADDING - 1e-9 for width, n in zip(widths, words, strict=True))


OFFICE = shutil.which("soffice") or shutil.which("libreoffice")


@pytest.mark.skipif(not OFFICE, reason="no LibreOffice here to lay the document out with")
@pytest.mark.parametrize("paper", document.PAPERS)
def test_the_first_page_of_word_is_one_page(tmp_path, paper):
    """A full first page: five topics with names that wrap, three of them quoted, three that rise, three changes."""
    found = replace(full_page(), sheets=(), sections=())
    (tmp_path / "x.docx").write_bytes(document.to_docx(found, paper=paper))
    command = [OFFICE, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "pdf",
               "--outdir", str(tmp_path), str(tmp_path / "x.docx")]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert pages_of((tmp_path / "x.pdf").read_bytes()) == 1


@pytest.mark.parametrize("paper", pdf.PAPERS)
def test_the_first_page_of_the_pdf_is_one_page_with_quotes_as_long_as_it_holds(paper, monkeypatch):
    found = replace(full_page(), sheets=(), sections=())
    assert pages_of(pdf.to_pdf(found, paper=paper)) == 1
    lengths = [max(len(q["text"]) for group in groups for q in group["quotes"]) for groups in pdf.data(found)["quotes"]]
    assert lengths[0] > 400 and lengths == sorted(lengths, reverse=True) and lengths[-1] <= 110
    for lengths, fits in (((3000,), False), ((3000, 110), True)):
        monkeypatch.setattr(pdf, "QUOTE_LENGTHS", lengths)
        assert (pages_of(pdf.to_pdf(found, paper=paper)) == 1) is fits, "the first that fits is taken, else the last"
    monkeypatch.undo()
    short = [pdf.to_pdf(found, paper=paper)]
    monkeypatch.setattr(pdf, "QUOTE_LENGTHS", (110,))
    assert [pdf.to_pdf(found, paper=paper)] != short, "longer quotes than the shortest were set"


def full_page():
    """Two runs, five long-named topics, long quotes and as much news as a page is made for."""
    frames, run = two_runs()
    long = "One more sentence of a customer who has a great deal to tell about what happened. " * 30
    frames["evidence"] = frames["evidence"].assign(text=frames["evidence"]["text"] + " " + long)
    found = render.page_of(frames, [], run)
    twice = {topic: (quotes * 2)[:2] for topic, quotes in found.material.quotes.items()}
    shown = found.material.priorities
    many = [row | {"rank": i + 1, "topic": f"{row['topic']} is a rather long name of a topic"} for i, row in enumerate((shown * 2)[:5])]
    return replace(
        found, material=replace(found.material, priorities=many, quotes=twice), rising=["Rising: “a topic that rises”, +40% a week, rank 3."] * 3,
        changes=changes.Changes("20 Jan 2026", ("Rank moved beyond noise: “a topic with a long name, indeed” 9 → 1, “another” 2 → 8.",) * 3),
    )  # fmt: skip


def pages_of(data: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", data))


# ---------------------------------------------------------------- voc brief


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> Path:
    """A database with the story's run."""
    frames, run = world(copies=5)
    path = tmp_path_factory.mktemp("brief") / "story.db"
    row = {"run_id": "run-1", "pipeline": "story", "status": "running", "started_at": "2026-02-15", "finished_at": None, "as_of": None,
           "seed": 1, "settings": run.pipeline.model_dump_json(), "versions": '{"voc": "0"}', "inputs": "{}", "currency": "USD"}  # fmt: skip
    stage = {"run_id": "run-1", "stage": "report", "position": 12, "rows_in": "{}", "rows_out": "{}", "notes": "{}", "seconds": 1.0}
    with Store(path, report_tables()) as store:
        store.start_run(row)
        store.write_stage({n: f for n, f in frames.items() if n in store.tables and store.tables[n].kind == "report" and n != "runs"}, stage)
        store.finish_run("run-1", "complete", "2026-02-14")
    return path


def run_cli(*arguments: object):
    return CliRunner().invoke(cli, ["brief", *map(str, arguments)])


def test_the_stored_page_and_one_set_anew_are_the_same(database):
    stored, title = brief.brief(database, None, "markdown")
    page = brief.stored_page(database, None, brief.Wanted())
    assert page.title == title and render.to_markdown(page) == stored


def test_the_page_on_disk_has_no_links_unless_an_address_is_given(database, tmp_path):
    assert "<a " not in brief.brief(database, None, "html")[0]
    found = run_cli(database, "--links", "http://h/story", "-o", tmp_path / "deep" / "x.html")
    assert found.exit_code == 0, found.output
    assert 'href="http://h/story/topic_costs?run_id__exact=run-1' in (tmp_path / "deep" / "x.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("ending", "starts"), [("pdf", b"%PDF"), ("pptx", b"PK"), ("docx", b"PK"), ("md", b"# Fix"), ("html", b"<!doctype")])
def test_the_format_is_that_of_the_files_ending(database, tmp_path, ending, starts):
    path = tmp_path / f"out.{ending}"
    found = run_cli(database, "-o", path)
    assert found.exit_code == 0, found.output
    assert path.read_bytes().startswith(starts)
    assert found.output == f"Fix “password reset link” first: its repeats cost an avoidable USD 182 a month (142 to 224)\nWrote {path}\n"


def test_an_ending_of_no_format_is_refused(database, tmp_path):
    found = run_cli(database, "-o", tmp_path / "out.doc")
    assert found.exit_code == 1
    assert found.output == "Error: No briefing ends in '.doc'.\nDid you mean '.docx'?\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "format_"), [("page", "html"), ("-", "html"), ("page.HTM", "html"), ("page.markdown", "markdown")])
def test_usual_names_of_a_page(name, format_):
    assert brief.format_of(None, Path(name)) == format_
    assert brief.format_of("pdf", Path("page.doc")) == "pdf"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--owner", "IDENTITY"], "narrowed to 1 topic: owner “IDENTITY”"),
        (["--for", "product"], "narrowed to 1 topic: for product"),
        (["--demand-type", "product_defect", "--owner", "identity"], "narrowed to 1 topic: only product defect, owner “identity”"),
    ],
)
def test_a_narrowed_page_says_so_and_that_totals_are_of_everything(database, options, says):
    text = run_cli(database, "--format", "markdown", "-o", "-", *options).output
    assert says in text and brief.TOTALS in text
    assert "| 1 | password reset link |" in text and "refund not arrived |" not in text.partition("## Terms")[0]


def refused(database, **asked) -> tuple[str, str]:
    with pytest.raises(VocError) as error:
        brief.brief(database, asked.pop("run_id", None), "html", brief.wanted(**asked))
    return error.value.what, error.value.fix


def test_what_cannot_be_narrowed_to_is_refused_with_the_way_out(database):
    assert refused(database, owner="nobody") == ("No priority is left: owner “nobody”.", "Owners of this run: Identity engineering.")
    assert refused(database, demand_types=("product_defct",)) == ("'product_defct' is no kind of demand.", "Did you mean 'product_defect'?")
    assert refused(database, segment="enterprise") == ("No segment 'enterprise' in this run.", "No segment is known.")
    assert refused(database, owner="x", run_id="run-9") == (f"{database} holds no briefing of run 'run-9'.", "Complete runs: run-1.")


def test_tables_of_another_version_are_left_out_and_named(database, tmp_path):
    import shutil
    import sqlite3

    old = tmp_path / "old.db"
    shutil.copy(database, old)
    with sqlite3.connect(old) as connection:
        connection.execute("ALTER TABLE monthly_scores DROP COLUMN definition")
    connection.close()
    page = brief.stored_page(old, None, brief.Wanted())
    assert page.narrowed == ("left out, as another version of voc wrote them: monthly_scores",)
    assert [score.label for score in page.scores] == ["FCR", "Repeat rate"] and page.title.startswith("Fix “password reset link”")


def test_an_empty_database_says_to_run_first(tmp_path):
    with Store(tmp_path / "e.db", report_tables()):
        pass
    assert refused(tmp_path / "e.db", owner="x") == (
        f"{tmp_path / 'e.db'} holds no complete run.", "Finish a run first: voc run PIPELINE.yml")  # fmt: skip


def test_a_missing_library_is_named(database, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(VocError) as error:
        brief.brief(database, None, "pdf")
    assert (error.value.what, error.value.fix) == ("PDF needs typst, which is not installed.", brief.NEEDS)


def test_a_file_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(VocError, match="cannot be written"):
        brief.write(tmp_path / "file" / "x.pdf", b"%PDF")


def test_segments_keep_topics_that_are_over_represented_there():
    frames, run = world(copies=5)
    rows = frames["topic_segments"].iloc[:1].assign(dimension="segment", member="Enterprise", topic_id="refund", is_over=True)
    keep, said = brief._narrow(brief.Wanted(segment="enterprise"), {**frames, "topic_segments": rows}, run)
    kept = [p["topic_id"] for p in frames["priorities"].to_dict("records") if keep(p)]
    assert kept == ["refund"] and said[0] == "narrowed to 1 topic: topics over-represented in segment “enterprise”"
    assert json.dumps(said)
