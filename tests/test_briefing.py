"""The briefing: what it claims in each situation, that text stays text, and that the page needs nothing else."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest
from briefing_help import world
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from report_help import TOPICS, WORDS, story

from voc import tables
from voc.briefing import caveats, charts, facts, render
from voc.briefing.markup import escape_markdown
from voc.briefing.verdict import tied_with, verdict
from voc.context import Chart, Section
from voc.costs import CostFile
from voc.stages.report import write_reports

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
VOID = {"meta", "line", "rect", "path", "br"}


def briefing(**options) -> tuple[str, str, str]:
    """(title, Markdown, HTML) of a story."""
    return parts(world(**options)[0]["briefings"])


def texts(frames, run) -> tuple[str, str, str]:
    return parts(write_reports(frames, run).frames["briefings"])


def parts(briefings) -> tuple[str, str, str]:
    rows = briefings.set_index("format")
    assert rows["title"].nunique() == 1
    return rows["title"].iloc[0], rows.loc["markdown", "content"], rows.loc["html", "content"]


def said(**options) -> tuple[str, tuple[str, ...]]:
    """(headline, sentences) of a story."""
    return verdict(facts.gather(*world(**options)))


# ---------------------------------------------------------------- verdict


NO_REPEATS = "These are survey answers alone: nothing here can tell who came back, or what that costs."


@pytest.mark.parametrize(
    ("options", "headline", "sentences"),
    [
        (
            {"copies": 5},
            "Fix “password reset link” first: its repeats cost an avoidable USD 182 a month (142 to 224)",
            (
                "30 customers (22% of all) came back about it, in 34 repeat contacts a month.",
                "It leads in over 99% of resamples.",
                "Owner: Identity engineering.",
            ),
        ),
        (
            {"copies": 5, "costs": None, "minutes": 7.0},
            "Fix “password reset link” first: its repeats take 4 hours a month (3.1 to 4.9)",
            (
                "30 customers (22% of all) came back about it, in 34 repeat contacts a month.",
                "It leads in over 99% of resamples.",
                "Owner: Identity engineering.",
            ),
        ),
        (
            {"copies": 5, "costs": None},
            "Fix “password reset link” first: its repeats are 34 contacts a month (26 to 42)",
            ("30 customers (22% of all) came back about it.", "It leads in over 99% of resamples.", "Owner: Identity engineering."),
        ),
        (
            {"is_identified": False},
            "Nobody can be seen to come back: no contact names its customer",
            (
                "“password reset link” is the largest topic: 20 contacts, 48% of all.",
                "Map the column that says who wrote to 'customer', and repeats and their cost can be counted.",
            ),
        ),
        (
            {"has_contacts": False},
            "Look at “password reset link” first: it pulls mean satisfaction down by 21 points of 100 (18 to 25)",
            ("40 answers speak of it, 33% of all.", NO_REPEATS),
        ),
    ],
)
def test_the_verdict_says_what_the_data_support(options, headline, sentences):
    if not options.get("has_contacts", True):
        options = {**options, "copies": 5}
    assert said(**options) == (headline, sentences)


def test_money_from_assumptions_is_called_illustrative_everywhere():
    frames, run = story()
    guessed = CostFile.model_validate_json(run.costs.model_dump_json().replace('"source":"ledger"', '"source":"assumption"'))
    title, markdown, html = briefing(costs=guessed)
    assert (
        title
        == "Fix “password reset link” first: its repeats cost an avoidable USD 36 a month (22 to 59, illustrative)"
    )
    for text in (markdown, html):
        assert "Money is illustrative: lines of the cost file are assumptions." in text
        assert "money is illustrative" in text


def test_too_few_contacts_support_no_claim():
    frames, run = story()
    frames["priorities"] = frames["priorities"].assign(is_low_volume=True)
    title, markdown, _ = texts(frames, run)
    assert title == "Customers come back, but on too few contacts to say what to fix first"
    assert markdown.splitlines()[2] == (
        "The list leads with “password reset link”: 20 contacts of 11 customers, which supports no claim about "
        "its rank. 22% of contacts (13% to 35%) came back about the same topic within 7 days, coincidences taken out."
    )


def test_fewer_than_twenty_texts_are_read_not_counted():
    frames, run = story(has_responses=False)
    kept = frames["cleaned_verbatims"].copy()
    kept.loc[kept.index >= 14, "why_excluded"] = "no_content"
    title, markdown, html = texts({**frames, "cleaned_verbatims": kept}, run)
    assert title == "Only 14 texts: read them rather than count them"
    assert "A ranking needs at least 20 texts, so the order below is a list and no finding." in markdown
    assert "<h2>What they wrote about</h2>" in html


def test_nobody_came_back_about_the_same_topic():
    frames, run = story()
    none = {"leads_by": "composite_score", "repeats_month_mid": 0.0}
    quiet = {
        **frames,
        "priorities": frames["priorities"].assign(**none),
        "repeats": frames["repeats"][frames["repeats"]["scope"] == "any_topic"],
    }
    title, markdown, _ = texts(quiet, run)
    assert title == "Nobody came back about the same topic within 7 days"
    assert markdown.splitlines()[2] == (
        "“password reset link” is the largest topic: 20 contacts, 48% of all. "
        "22% of contacts came back about something else."
    )


def test_all_repeats_taken_for_coincidence():
    frames, run = story()
    quiet = {**frames, "priorities": frames["priorities"].assign(leads_by="composite_score", repeats_month_mid=0.0)}
    title, markdown, _ = texts(quiet, run)
    assert title == "No topic brings customers back more often than chance would"
    assert markdown.splitlines()[2].startswith("“password reset link” is the largest topic: 20 contacts, 48% of all. ")
    assert "of contacts came back about the same topic within 7 days, all of them taken for coincidence." in markdown
    none_at_all = quiet["topic_costs"].assign(repeats_bound_month=0.0)
    assert "The conservative bound keeps" in markdown
    assert "The conservative bound keeps" not in texts({**quiet, "topic_costs": none_at_all}, run)[1]


def test_answers_without_an_effect_lead_with_volume():
    frames, run = story(has_contacts=False, copies=5)
    calm = frames["priorities"].assign(satisfaction_impact_high=1.0)
    title, markdown, _ = texts({**frames, "priorities": calm}, run)
    assert title == "Customers speak most of “password reset link”: 40 answers, 33% of all"
    assert markdown.splitlines()[2] == f"No topic lowers mean satisfaction by more than chance could. {NO_REPEATS}"
    assert "## New or rising\n\n- Trends are told of contacts, and these are survey answers alone.\n" in markdown
    unscored = frames["responses"].assign(satisfaction_share=float("nan"))
    _, markdown, _ = texts({**frames, "priorities": calm, "responses": unscored}, run)
    assert markdown.splitlines()[2] == f"No answer has a score, so no effect on satisfaction can be told. {NO_REPEATS}"


def test_survey_answers_alone_make_no_claim_about_repeats():
    _, markdown, _ = briefing(has_contacts=False, copies=5)
    page = markdown.partition("## Headline figures")[0].replace(NO_REPEATS, "")
    page = page.replace("Read its texts, name an owner and a cause", "")
    assert not re.search(r"repeat|came back|cost", page, re.IGNORECASE)


def test_nothing_at_all_is_said_plainly():
    _, run = story()
    title, markdown, _ = texts({t.name: t.empty() for t in tables.TABLES}, run)
    assert title == "No topic was found"
    assert "0 texts took part, and no group of them was alike enough to be a topic." in markdown


def row(rank: int, low: float, mid: float, high: float, **more) -> tuple[dict, tuple[float, float, float]]:
    base = {
        "topic_id": str(rank),
        "rank": rank,
        "topic": f"topic {rank}",
        "leads_by": "repeat_contacts",
        "p_top_1": 0.5,
        "p_top_3": 0.9,
        "customers_with_repeat": 12,
        "repeats_month_mid": mid,
        "trend_ratio": 1.5,
        "trend_low": 1.2,
        "trend_high": 1.9,
        "is_low_volume": False,
        "contacts": 80,
        "customers": 60,
        "is_illustrative": False,
        "tied_high": rank,
    }
    return base | more, (low, mid, high)


def material(*rows, quality: dict | None = None) -> facts.Material:
    priorities = [r for r, _ in rows]
    lead = facts.Lead("Repeats", "repeats a month", {r["topic_id"]: three for r, three in rows}, str, lambda low, _, high: f"{low} to {high}")
    _, run = story(costs=None, has_contacts=False)
    scores = {"customers": {"value": 240.0}, "net_repeat_share": {"value": 0.1, "low": 0.08, "high": 0.12}}
    return facts.Material(run, "repeats", priorities, lead, scores, {}, {}, {}, quality or {})


def test_ranks_that_cannot_be_told_apart_are_said():
    m = material(row(1, 40, 50, 60, tied_high=3), row(2, 39, 48, 57), row(3, 38, 47, 56), row(4, 5, 9, 13))
    assert [r["rank"] for r in tied_with(m.priorities[0], m.priorities)] == [2, 3]
    assert verdict(m) == (
        "Fix “topic 1” first: its repeats are 50 contacts a month (40 to 60)",
        (
            "12 customers (5% of all) came back about it, and contacts about it are rising.",
            "It is among the top three in 90% of resamples; ranks 1 to 3 cannot be told apart, “topic 2” among them.",
        ),
    )


def test_a_leader_that_does_not_lead_gets_no_headline():
    m = material(row(1, 1, 5, 9, p_top_3=0.4, tied_high=4), row(2, 1, 5, 9), row(3, 1, 4, 9), row(4, 1, 4, 9))
    assert verdict(m) == (
        "No topic stands out: ranks 1 to 4 cannot be told apart",
        (
            "“topic 1” leads them: its repeats are 5 contacts a month (1 to 9) and come from 12 customers, and it is "
            "among the top three in 40% of resamples.",
            "10% of contacts (8% to 12%) came back about the same topic within 7 days, coincidences taken out.",
        ),
    )


def test_a_topic_on_few_contacts_is_passed_over_and_named_so():
    m = material(row(1, 10, 90, 200, is_low_volume=True), row(2, 40, 50, 60, tied_high=3), row(3, 41, 49, 57), row(4, 1, 2, 3))
    assert verdict(m)[1][1] == (
        "One topic stands above it in the table but on too few contacts for a claim; it is among the top three in 90% "
        "of resamples; it cannot be told apart from “topic 3” (rank 3)."
    )
    alone = material(row(1, 45, 50, 55), row(2, 5, 6, 7), row(3, 1, 2, 3), row(4, 1, 2, 3))
    assert verdict(alone)[1][1] == "It is among the top three in 90% of resamples."


def test_what_the_shown_topics_carry_is_said_of_what_was_asked_for():
    m = material(*(row(n, 1, 10, 20) for n in range(1, 9)))
    assert facts.carried(m) == "These 5 carry 62% of the total; 3 more topics in the table priorities."
    assert facts.carried(replace(m, is_narrowed=True)) == (
        "These 5 carry 62% of what the topics asked for take; 3 more topics of them in the table priorities."
    )


# ---------------------------------------------------------------- doubtful topics


def doubt(why: str | None, is_roll_up_advised: bool = False) -> dict:
    return {"is_doubtful": why is not None, "why_doubtful": why, "is_roll_up_advised": is_roll_up_advised}


def doubts(number: int, quality: dict) -> list[str]:
    """Caveats about doubtful topics of a list of that many."""
    rows = [row(n, 1, 50 - n, 60, satisfaction_impact=None) for n in range(1, number + 1)]
    found = caveats.caveats(material(*rows, quality=quality))
    return [text for text in found if "doubtful" in text or "theme" in text]


def test_doubtful_topics_on_the_page_are_named_with_the_reason():
    quality = {
        "*": doubt(None), "1": doubt(None), "2": doubt("few texts"), "3": doubt("linked; unstable", True),
        "12": doubt("few texts"),
    }  # fmt: skip
    assert doubts(12, quality) == [
        "2 of the first 5 topics are doubtful: “topic 2” (few texts), “topic 3” (linked; unstable).",
        "Count repeats by theme, not by topic, for “topic 3”: contacts known to be about one problem lie in different "
        "topics.",
    ]


def test_the_first_three_of_many_doubtful_topics_are_named():
    assert doubts(5, {str(n): doubt("few texts") for n in range(1, 6)}) == [
        "5 of the first 5 topics are doubtful: “topic 1” (few texts), “topic 2” (few texts), “topic 3” (few texts) and 2 "
        "more."
    ]


def test_sound_topics_need_no_caveat():
    assert doubts(3, {"1": doubt(None), "*": doubt(None)}) == []


def test_marks_stand_beside_the_topic_in_both_formats():
    _, markdown, html = briefing()
    assert "| 2 | refund not arrived (doubtful; too few for a claim) |" in markdown
    assert "<b>no owner yet</b> · doubtful · too few for a claim</small>" in html


# ---------------------------------------------------------------- page


def test_the_first_page_in_markdown():
    _, markdown, _ = briefing(copies=5)
    page = markdown.partition("## Priority 1")[0]
    assert (
        page
        == f"""\
# Fix “password reset link” first: its repeats cost an avoidable USD 182 a month (142 to 224)

30 customers (22% of all) came back about it, in 34 repeat contacts a month. It leads in over 99% of resamples. \
Owner: Identity engineering.

*story · 5 Jan 2026 to 14 Feb 2026 · 210 contacts of 135 customers (98% identified) · 120 survey answers · run run-1*

| Measure | Actual | 80% range | Target | Status |
| --- | ---: | --- | --- | --- |
| CSAT: satisfied answers, top boxes | 50% | 45% to 56% | ≥ 80% | missed |
| FCR: not back, same topic, 7 days | 82% | 76% to 87% | ≥ 70% | met |
| Repeat rate: back, same topic, 7 days, net | 24% | 20% to 29% |  |  |
| Cost a contact: full cost, mean | USD 7.97 | 7.97 |  |  |

## What to fix first

| # | Topic | Avoidable cost of repeats a month | Repeats a month | Customers back | Satisfaction, points of 100 | Kind | Owner | Ask |
| ---: | --- | --- | ---: | ---: | ---: | --- | --- | --- |
| 1 | password reset link | USD 182 (142 to 224) | 34 | 30 | −20.8 | product defect | Identity engineering | \
Fix the defect and name a date |
| 2 | refund not arrived (doubtful) | USD 0 (0 to 9.4) | 0 | 0 | +4.2 |  | no owner yet | \
Read its texts, name an owner and a cause |
| 3 | export to csv | USD 0 (0 to 9.4) | 0 | 0 | +16.7 |  | no owner yet | Read its texts, name an owner and a cause |

## Avoidable cost of repeats a month: three ways to count

- **as counted:** USD 183 (151 to 218), chance included
- **net:** USD 182 (142 to 224), used in this briefing
- **at the least:** USD 110, conservative bound

34 repeats a month were counted; 34 (26 to 42) are no coincidence; were chance granted all it could explain, 21 would \
remain. Full cost USD 272 (211 to 334), of it avoidable USD 182: USD 3.4 cash, USD 179 staff time (3.4 agent hours), \
which is cash only when posts are not refilled or overtime falls.

## New or rising

- Nothing new; the period is too short for a trend, which needs 8 weeks.

## Since the last briefing

- This is the first run of this pipeline here: nothing to compare with.

## In customers' words

> “{WORDS["login"]} (case 2 of contact…”
> — password reset link (tickets, 5 Jan 2026)

> “{WORDS["refund"]} (case 7 of contact t:005)”
> — refund not arrived (tickets, 6 Jan 2026)

> “{WORDS["export"]} (case 17 of contact…”
> — export to csv (tickets, 8 Jan 2026)

by rule: nearest to the topic's centre, then of one who came back; distinct customers

## Read this with care

- 5 Jan 2026 to 14 Feb 2026: 332 rows read, 1 row rejected, 1 row set aside (reasons below).
- 1 of the first 3 topics is doubtful: “refund not arrived” (falls apart when texts are resampled).
- Repeats are net: those that chance alone gives, most of all with customers who often write, are taken out by \
probability (as counted: 22% of contacts). 5 double posts not counted.
- The last 7 days (25 contacts) cannot have shown their repeats yet.
- 5 contacts (2.4%) without a customer: never counted as repeats.
- Handle time of 100% of contacts is the cost file's, not measured.
- 5 contacts (2.4%) have no topic and are in no priority (full cost USD 40 in the period).
- What a topic does to mean satisfaction is descriptive: it does not show what a fix would do.
- Personal data is taken out of the texts; of ten names of people one may remain.

**Questions about the data: nobody is named (briefing: data\\_contact in the pipeline file names one). Name the run run-1 of \
story.**

"""
    )


def test_the_terms_of_the_page_stand_first_behind_it():
    _, markdown, _ = briefing(copies=5)
    terms = markdown.partition("## Terms of the first page")[2].partition("\n## ")[0].split("\n\n")[1:-1]
    assert terms[:2] == [
        "Repeat: a contact of the same customer about the same topic within 7 days of the end of the one before.",
        "Avoidable cost: cash and paid staff time that would be free without the repeats. Full cost: what the budget shows, "
        "overhead included.",
    ]


def test_sections_follow_in_their_order_and_cautions_are_said_once():
    _, markdown, html = briefing()
    titles = [
        "Since the last briefing",
        "In customers' words",
        "Read this with care",
        "Priority 1: password reset link",
        "Priority 2: refund not arrived",
        "Priority 3: export to csv",
        "Terms of the first page",
        "How the money was worked out",
        "Every money figure with its basis, range and caution",
        "Were the window another one",
        "What the money rests on",
        "Headline figures and what they mean",
        "How many contacts are repeats, by window",
        "Repeat rates and first-contact resolution, and who counts them so",
        "How soon customers come back about the same topic",
        "The largest topics by week",
        "Where customers tell of effort",
        "In customers' own words",
        "By site and channel, whole period",
        "How far the topics can be trusted",
        "How far the given reasons cover what is said",
        "New reasons?",
        "What the figures cover",
    ]
    assert re.findall(r"^## (.*)$", markdown, re.MULTILINE)[3:] == titles
    behind = html.partition('class="appendix"')[2]
    assert re.findall(r"<h2>(.*?)</h2>", behind) == [t.replace("'", "&#39;") for t in titles[titles.index("Terms of the first page"):]]
    cautions = re.findall(r"^\*([^*]+)\*$", markdown, re.MULTILINE)
    assert len(cautions) == len(set(cautions))


def test_the_same_run_gives_the_same_briefing_and_earlier_runs_do_not_show():
    frames, run = story()
    first = texts(frames, run)
    older = frames["priorities"].assign(run_id="run-0", topic="older topic")
    assert texts({**frames, "priorities": pd.concat([older, frames["priorities"]])}, run) == first


class Reader(HTMLParser):
    """Checks that tags are balanced and keeps what the tests ask about."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.images: list[dict] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "svg":
            self.images.append(dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    assert reader.open == []
    return reader


def test_the_page_needs_nothing_else_and_describes_its_pictures():
    _, _, html = briefing(copies=5)
    page = read(html)
    assert not page.tags & {"script", "link", "img", "iframe", "object", "form"}
    assert not page.attributes & {"src", "style", "onload", "onclick", "onerror"}
    assert all(link.startswith("../story/") for link in re.findall(r'href="([^"]*)"', html))
    assert not re.search(r"https?:|url\(|@import", html)
    assert {image["role"] for image in page.images} == {"img"}
    assert [image["aria-label"] for image in page.images][:3] == [
        "password reset link: USD 182 (142 to 224), USD a month",
        "refund not arrived: USD 0 (0 to 9.4), USD a month",
        "export to csv: USD 0 (0 to 9.4), USD a month",
    ]
    assert "prefers-color-scheme: dark" in html and "@page" in html and "width=device-width" in html


# ---------------------------------------------------------------- customers' text stays text

HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=y> [mail](http://evil.test) ![p](x) | **bold** `code` {{ 7*7 }} "
    "&amp;\n# x\n- y"
)


def hostile() -> tuple[str, str]:
    frames, run = story(
        copies=5,
        names={t: f"{t} {HOSTILE}" for t in TOPICS},
        words={t: f"{text} {HOSTILE}" for t, text in WORDS.items()},
        owner=HOSTILE,
    )
    contacts = frames["contacts"].assign(site=HOSTILE)
    _, markdown, html = texts({**frames, "contacts": contacts}, run)
    return markdown, html


def test_text_of_customers_is_text_in_html():
    _, html = hostile()
    page = read(html)
    assert not page.tags & {"script", "img", "em"} and not page.attributes & {"src", "onerror"}
    assert "evil" not in "".join(re.findall(r'href="([^"]*)"', html))
    shown = " ".join(HOSTILE.split())
    assert page.text.count(shown) >= 5  # names, quotes, owners and sites, as they were written


def test_text_of_customers_is_text_in_markdown():
    markdown, _ = hostile()
    html = MARKDOWN.render(markdown)
    assert not re.search(r"<(script|img|a|code|hr|del)\b", html)
    bold = {text for text in re.findall(r"<strong>(.*?)</strong>", html) if not text.startswith("Questions about the data")}
    assert bold == {"as counted:", "net:", "at the least:"}
    assert "<h1>x" not in html and "<li>y" not in html
    shown = " ".join(HOSTILE.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert html.count(shown) >= 5
    for table in re.findall(r"(?m)(?:^\|.*\n)+", markdown):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


@given(st.text(min_size=1))
def test_escaped_markdown_shows_the_text_itself(text):
    html = MARKDOWN.render(f"| a |\n| --- |\n| {escape_markdown(text)} |\n")
    tags = set(re.findall(r"<(\w+)", html))
    assert tags <= {"table", "thead", "tbody", "tr", "th", "td"}


@given(st.text(alphabet="-+=#>*_~`|[]()<>!&0123456789. htps:/w", min_size=1))
def test_escaped_markdown_opens_no_block(text):
    html = MARKDOWN.render(escape_markdown(text))
    shown = " ".join(text.split())
    body = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert html == (f"<p>{body}</p>\n" if shown else "")


# ---------------------------------------------------------------- charts


def test_a_bar_fills_its_axis_and_shows_its_range():
    assert (
        charts.scale([None, 5, 20]) == (0, 20) and charts.scale([-5, None, 5]) == (-5, 5) and charts.scale([]) == (0, 1)
    )
    assert charts.bar(10, 5, 20, axis=(0, 20), label='a "b" <c>') == (
        '<svg class="bar" viewBox="0 0 100 16" preserveAspectRatio="none" role="img" '
        'aria-label="a &#34;b&#34; &lt;c&gt;">'
        '<line class="zero" x1="1.00" y1="0" x2="1.00" y2="16"/>'
        '<rect class="solid" x="1.00" y="3" width="49.00" height="10"/>'
        '<path class="whisker" d="M25.50 8H99.00M25.50 5V11M99.00 5V11"/></svg>'
    )
    loss = charts.bar(-5, None, None, axis=(-5, 5), label="x", is_faint=True)
    assert '<rect class="loss faint" x="1.00" y="3" width="49.00" height="10"/>' in loss and "whisker" not in loss
    assert "rect" not in charts.bar(None, None, None, axis=(0, 1), label="unknown")


def test_lines_share_their_scale():
    assert charts.blocks([0, 5, 10], top=10) == "▁▅█" and charts.blocks([0, 0], top=0) == "▁▁"
    assert 'd="M0.00 30.00L50.00 16.00L100.00 2.00"' in charts.line([0, 5, 10], top=10, label="x")


def test_a_section_with_every_part_is_drawn_in_both_formats():
    frames, run = world()
    section = Section(
        title="Own <report>",
        paragraphs=("One & all.",),
        headers=("Name", "Figure"),
        rows=(("a|b", "USD 3.1k"),),
        chart=Chart("lines", "By week", "contacts", ("<x>",), ((1.0, 3.0),), ticks=("2026-01-05", "2026-01-12")),
        cautions=("Mind *this*.",),
    )
    rows = render.briefing_rows(frames, [section], run).set_index("format")["content"]
    assert rows["markdown"].endswith(
        "## Own \\<report\\>\n\nOne \\& all.\n\n| Name | Figure |\n| --- | ---: |\n| a\\|b | USD 3.1k |\n\n"
        "- \\<x\\>: ▃█ 1 to 3, at most 3\n\nWeeks of 5 Jan 2026 to 12 Jan 2026, contacts.\n\n*Mind \\*this\\*.*\n"
    )
    html = rows["html"].partition('class="appendix"')[2]
    for part in (
        "<h2>Own &lt;report&gt;</h2>",
        "<p>One &amp; all.</p>",
        '<td class="short">a|b</td><td class="n">USD 3.1k</td>',
        "By week (contacts)",
        'aria-label="&lt;x&gt;: 1 to 3, at most 3 contacts"',
        "Mind *this*.",
    ):
        assert part in html
