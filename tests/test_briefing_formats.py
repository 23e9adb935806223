"""PDF, slides, Word: customers' text stays text, figures are the tables', charts are native; and what voc brief narrows."""

import io
import json
import re
import sys
import zipfile
from pathlib import Path

import pytest
from briefing_help import world
from click.testing import CliRunner
from docx import Document
from pptx import Presentation
from pptx.enum.chart import XL_CHART_TYPE
from report_help import TOPICS, WORDS

from voc import brief
from voc.briefing import document, pdf, render, slides
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
        XL_CHART_TYPE.BAR_CLUSTERED, *[XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS] * 6]  # fmt: skip
    money = page.material.money
    assert list(charts[0].plots[0].series[0].values) == pytest.approx([money.bound_cost, money.avoidable[1], money.raw_cost])
    weeks = frames["topic_weeks"].query("topic_id == 'login' and is_complete").sort_values("week_on")["contacts"]
    assert list(charts[1].plots[0].series[0].values) == list(weeks)
    curve = frames["repeat_curves"].query("topic_id == 'login'").sort_values("day")
    for series, column in zip(charts[2].plots[0].series, ("net_share", "net_share_low", "net_share_high"), strict=False):
        assert list(series.values) == pytest.approx(list(100 * curve[column]))
    assert all(chart.part.chart_workbook.xlsx_part is not None for chart in charts), "numbers can be edited"


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
    from dataclasses import replace

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
