"""HTML becomes the lines a person would read; plain text stays as it was."""

import csv
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.text.html import html_to_text

CASES = {
    "plain text": ("The app is slow.\n\n  It  crashes.", "The app is slow.\n\n  It  crashes."),
    "comparison": ("a < b and 3 > 2", "a < b and 3 > 2"),
    "comparison that looks like a tag": ("if x <b then y> 3 is fine", "if x <b then y> 3 is fine"),
    "address in angle brackets": ("write to <john@x.com>", "write to <john@x.com>"),
    "placeholder beside markup": ("<p>use List<int> and <your name></p>", "use List<int> and <your name>"),
    "stray script": ("I put a <script> tag in and it fails", "I put a <script> tag in and it fails"),
    "stray comment": ("<!-- no end <p>here</p>", "<!-- no end\nhere"),
    "paragraphs": ("<p>one</p>\n<p>two</p>", "one\n\ntwo"),
    "divisions": ("<div>one</div><div>two</div>", "one\ntwo"),
    "line breaks": ("one<br>two<br/><br />three", "one\ntwo\n\nthree"),
    "inline tags": ("<p>re<b>fun</b>d <i>now</i>,\n<a href='x'>please</a></p>", "refund now, please"),
    "list": ("<ul><li>one</li><li>two</ul>", "one\ntwo"),
    "table": ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
    "preformatted": ("<div>see</div><pre>line 1\nline 2</pre>", "see\nline 1\nline 2"),
    "unread parts": ("<head><title>t</title></head><style>p{}</style>a<script>x='<p>'</script><p>b", "a\nb"),
    "entities": ("<p>Q&amp;A &lt;now&gt;&nbsp;&#128512;</p>", "Q&A <now> \U0001f600"),
    "entities without tags": ("Q&amp;A &eacute;t&eacute; AT&T &unknown;", "Q&A \u00e9t\u00e9 AT&T &unknown;"),
    "escaped document": ("&lt;p&gt;one &amp;amp; two&lt;/p&gt;", "one & two"),
    "line ends beside inline tags": ("one\ntwo <b>three</b>\n\nfour", "one\ntwo three\n\nfour"),
    "office": ("<p class=MsoNormal>Hello<o:p>&nbsp;</o:p></p><![if !x]><p>there</p>", "Hello\n\nthere"),
    "blockquote": ("<p>mine</p><blockquote>theirs<p>more</p></blockquote>", "mine\n\n> theirs\n> more"),
    "nested quote": ("a<blockquote>b<blockquote>c</blockquote></blockquote>d", "a\n> b\n> > c\nd"),
    "gmail": ("<div>no</div><div class='gmail_quote'>On Monday Ann wrote:<div>old</div></div>",
              "no\n> On Monday Ann wrote:\n> old"),
    "yahoo": ("yes<div class='x yahoo_quoted'>old</div>", "yes\n> old"),
    "control characters": ("a\x00b\x07c\r\nd\u2028e", "abc\nd\ne"),
    "odd spaces": ("a\u00a0b\u2009c\u200bd\ufeff\u202ae\u202c", "a b cde"),
    "joined emoji": ("\U0001f469\u200d\U0001f4bb ok", "\U0001f469\u200d\U0001f4bb ok"),
    "combining accents": ("cafe\u0301", "caf\u00e9"),
    "half a character": ("x \ud83d y \ud83d\ude00", "x \ufffd y \U0001f600"),
    "wrong decoding": ("caf\u00c3\u00a9 isn\u00e2\u20ac\u2122t open", "caf\u00e9 isn\u2019t open"),
    "curly quotes": ("\u201cfine\u201d \u2018x\u2019", "\u201cfine\u201d \u2018x\u2019"),
    "accents that are right": ("\u00c3o \u00c2ngulo \u00e0 la carte, p\u00e3o",
    "\u00c3o \u00c2ngulo \u00e0 la carte, p\u00e3o"),
    "empty": ("", ""),
    "only markup": ("<p> </p><br>", ""),
}  # fmt: skip


@pytest.mark.parametrize("html, text", CASES.values(), ids=CASES.keys())
def test_html_becomes_text(html, text):
    assert html_to_text(html) == text


# Each of 200,000 characters. Nesting this deep makes the parser quadratic, so the text is laid out without it.
@pytest.mark.parametrize(
    "piece, end",
    [
        *[("<p>hello <b>w</b>orld &amp; x</p>", ""), ("<div>", "x"), ("<", ""), ("<ul><li>", "x"), ("<!--", "")],
        *[
            ("<!--", "-->"),
            ("<p ", ""),
            ("<b>", "</p>"),
            ("&lt;", ""),
            ("\u00c3\u00a9", ""),
            ("<td>x", ""),
            ("word ", ""),
        ],
    ],
)
def test_a_very_long_text_takes_no_more_than_seconds(piece, end):
    begin = time.perf_counter()
    html_to_text(piece * (200_000 // len(piece)) + end)
    assert time.perf_counter() - begin < 4  # 0.5 s at most on an idle machine


def test_deeply_nested_text_is_kept():
    assert html_to_text("<div>" * 5_000 + "The <b>bill</b> is wrong &amp; late") == "The\nbill\nis wrong & late"


@given(st.text())
@settings(deadline=None)
def test_what_is_left_can_be_stored_and_read(text):
    result = html_to_text(text)
    assert result.encode() is not None and "\x00" not in result and "\xa0" not in result


@given(st.text(st.characters(codec="ascii", exclude_characters="<&", exclude_categories=["Cc"])))
@settings(deadline=None)
def test_plain_text_comes_back(text):
    assert html_to_text(text) == text


TAGS = [
    "<p>",
    "</p>",
    "<div>",
    "</b>",
    "<b>",
    "<br>",
    "<li>",
    "<ul>",
    "<blockquote>",
    "</blockquote>",
    "<td>",
    "<a href='",
]


@given(st.lists(st.sampled_from([*TAGS, "word", " ", "\n", "&amp;", "<", ">", "<!--", "-->"])))
@settings(max_examples=200, deadline=None)
def test_words_survive_any_markup(pieces):
    html = "".join(pieces)
    if "<!--" not in html and "<a" not in html:  # a comment or an attribute may hide words, as it should
        assert html_to_text(html).count("word") == html.count("word")


def test_real_forum_texts_lose_their_tags_and_nothing_else(real_data):
    path = next(real_data("firefox-support-sample").glob("*.csv"))
    csv.field_size_limit(10**9)
    with path.open(encoding="utf-8", newline="") as file:
        contents = [row["content"] for row in csv.DictReader(file)]
    texts = [html_to_text(content) for content in contents]
    assert len(texts) == 2154 and all(texts)
    with_tags = [text for text in texts if "</p>" in text or "<br" in text or "&amp;" in text]
    assert len(with_tags) == 1 and "&lt;" in contents[texts.index(with_tags[0])]  # a page's source pasted as text
