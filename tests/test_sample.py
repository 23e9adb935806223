"""The synthetic company: same bytes for a seed, planted truth consistent with the files, language that varies."""

import csv
import hashlib
import json
import os
import random
import re
import statistics
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.config import load_pipeline, read_yaml
from voc.errors import VocError
from voc.sample import CHANNELS, SITES, write_sample
from voc.sample.company import HANDLE_TIME_FIELD, PROCESSES
from voc.sample.details import card_number, facts, iban, luhn_digit
from voc.sample.grammar import AREAS, FOREIGN, cases, expand, load, pool, reasons
from voc.sample.habits import mistyped, with_typos
from voc.sample.people import make_customers
from voc.sources import qualtrics, zendesk
from voc.taxonomy import load_taxonomy

ROOT = Path(__file__).parent.parent
KINDS = (
    "situation",
    "problem",
    "tried",
    "consequence",
    "ask",
    "still",
    "short",
    "note",
    "agent",
    "noun",
    "subject",
    "survey",
)


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Sample:
    """A written sample, read back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.summary = write_sample(folder)
        self.export = json.loads((folder / "tickets.json").read_text(encoding="utf-8"))
        self.tickets = {str(ticket["id"]): ticket for ticket in self.export["tickets"]}
        self.truth = {row["contact_id"]: row for row in _rows(folder / "truth" / "contacts.csv")}
        self.reasons = {row["reason_id"]: row for row in _rows(folder / "truth" / "reasons.csv")}
        self.answers = _rows(folder / "truth" / "answers.csv")
        with (folder / "survey.csv").open(encoding="utf-8", newline="") as file:
            self.survey_rows = list(csv.reader(file))
        columns = self.survey_rows[0]
        self.survey = [dict(zip(columns, row, strict=True)) for row in self.survey_rows[3:]]

    def from_customers(self) -> dict[str, dict[str, str]]:
        return {key: row for key, row in self.truth.items() if row["reason_id"]}


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Sample:
    return Sample(tmp_path_factory.mktemp("sample"))


def _own(block: dict) -> dict:
    """The keys of a source block that belong to its plug-in, as plain values."""
    return {key: value for key, value in json.loads(json.dumps(block)).items() if key not in ("kind", "name", "path")}


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_same_seed_same_bytes_in_a_fresh_process_and_other_seed_other_bytes(tmp_path):
    for folder, seed, hash_seed in (("one", 7, "1"), ("two", 7, "99"), ("three", 8, "1")):
        code = (
            f"import pathlib, voc.sample as s; s.write_sample(pathlib.Path({str(tmp_path / folder)!r}), seed={seed}, "
        )
        code += "tickets=300, answers=120)"
        env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", code], check=True, env=env)
    one, two, three = (_digests(tmp_path / name) for name in ("one", "two", "three"))
    assert one == two
    assert sorted(one) == [
        "costs.yml", "sample.yml", "survey.csv", "tickets.json", "truth/answers.csv", "truth/contacts.csv", "truth/reasons.csv",
        "truth/story.md",
    ]  # fmt: skip
    assert [name for name in one if one[name] == three[name]] == ["costs.yml"]


def test_counts_are_near_their_targets(sample):
    summary = sample.summary
    assert 4_800 <= summary.tickets <= 5_200
    assert summary.tickets == len(sample.tickets) == len(sample.truth)
    assert len(sample.survey) == summary.answers == 1_500
    assert 24 <= summary.reasons <= 30
    assert 0.004 <= summary.double_posts / summary.tickets <= 0.008
    assert 0.07 <= summary.two_problem_share <= 0.10
    assert 0.14 <= summary.heavy_user_share <= 0.21
    assert 0.02 <= summary.non_english_share <= 0.045
    assert 0.10 <= summary.repeat_share_true <= 0.15
    assert summary.repeat_share_true < summary.repeat_share_raw_same_reason < summary.repeat_share_raw
    assert 0.02 <= summary.unidentified / summary.tickets <= 0.04
    channels = Counter(ticket["via"]["channel"] for ticket in sample.tickets.values())
    assert sorted(channels) == sorted(CHANNELS) and min(channels.values()) > 300
    assert [group["name"] for group in sample.export["groups"]] == list(SITES)
    opened = sorted(ticket["created_at"] for ticket in sample.tickets.values())
    assert opened[0] >= "2025-12-29T00:00:00Z" and "2026-06-28" <= opened[-1] < "2026-06-29"


def test_truth_and_export_tell_the_same(sample):
    assert set(sample.truth) == set(sample.tickets)
    groups = {group["id"]: group["name"] for group in sample.export["groups"]}
    metrics = {str(entry["ticket_id"]): entry for entry in sample.export["metric_sets"]}
    users = {user["id"]: user for user in sample.export["users"]}
    for key, row in sample.truth.items():
        ticket = sample.tickets[key]
        assert ticket["created_at"] == row["opened_at"]
        assert ticket["via"]["channel"] == row["channel"]
        assert groups[ticket["group_id"]] == row["site"]
        assert (metrics[key]["solved_at"] or "") == row["ended_at"]
        assert metrics[key]["reopens"] == int(row["reopen_count"])
        assert str(ticket["via_followup_source_id"] or "") == (
            row["repeats_contact_id"] if row["kind"] == "follow_up" else ""
        )
        assert ("closed_by_merge" in ticket["tags"]) == (row["is_merged"] == "1")
        if row["is_spam"] == "0":
            assert str(ticket["requester_id"] or "") == row["customer"]
        if row["customer"]:
            assert users[int(row["customer"])]["external_id"] == row["customer_external_id"]


def test_true_repeats_follow_their_cause(sample):
    repeats = [row for row in sample.truth.values() if row["is_true_repeat"] == "1"]
    assert len(repeats) == sample.summary.true_repeats > 500
    for row in repeats:
        cause = sample.truth[row["repeats_contact_id"]]
        assert _at(row["opened_at"]) > _at(cause["ended_at"])
        assert row["customer"] == cause["customer"] != ""
        assert (row["reason_id"], row["issue"]) in (
            (cause["reason_id"], cause["issue"]),
            (cause["second_reason_id"], cause["second_issue"]),
        )
        lag = (_at(row["opened_at"]) - _at(cause["ended_at"])) / timedelta(days=1)
        assert float(row["lag_days"]) == pytest.approx(lag, abs=1e-3)


def test_coincidences_are_other_issues_close_to_an_earlier_contact(sample):
    rows = [row for row in sample.truth.values() if row["is_coincidence"] == "1"]
    assert len(rows) == sample.summary.coincidences > 100
    heavy = sum(row["is_heavy_customer"] == "1" for row in rows)
    assert heavy / len(rows) > 0.6
    for row in rows:
        other = sample.truth[row["coincides_with_contact_id"]]
        assert row["kind"] == "issue" and row["customer"] == other["customer"] != ""
        assert {row["reason_id"], row["second_reason_id"]} & ({other["reason_id"], other["second_reason_id"]} - {""})
        assert not {row["issue"], row["second_issue"]} & ({other["issue"], other["second_issue"]} - {""})
        assert _at(other["opened_at"]) <= _at(row["opened_at"])
        if other["ended_at"]:
            assert _at(row["opened_at"]) <= _at(other["ended_at"]) + timedelta(days=7)


def test_double_posts_repeat_the_words_within_the_hour_and_merged_ones_name_their_target(sample):
    for key, row in sample.truth.items():
        ticket = sample.tickets[key]
        if row["is_double_post"] == "1":
            original = sample.tickets[row["double_post_of"]]
            gap = _at(ticket["created_at"]) - _at(original["created_at"])
            assert ticket["description"] == original["description"]
            assert ticket["requester_id"] == original["requester_id"]
            assert timedelta(0) < gap < timedelta(hours=1)
        if row["is_merged"] == "1":
            assert f"merged into request #{row['merged_into']}" in ticket["comments"][-1]["body"]


def test_repeat_shares_differ_by_reason_and_match_what_was_planned(sample):
    contacts, again = Counter(), Counter()
    for row in sample.from_customers().values():
        if row["kind"] in ("issue", "repeat", "follow_up") and row["customer"]:
            for reason in filter(None, (row["reason_id"], row["second_reason_id"])):
                contacts[reason] += 1
            contacts[row["reason_id"]] += int(row["reopen_count"])
            again[row["reason_id"]] += int(row["is_true_repeat"]) + int(row["reopen_count"])
    for process in PROCESSES:
        if process.trend == "flat" and contacts[process.reason] > 120:
            spread = 3.5 * (process.repeat / contacts[process.reason]) ** 0.5
            assert again[process.reason] / contacts[process.reason] == pytest.approx(process.repeat * 0.95, abs=spread)
    planned = [process.repeat for process in PROCESSES]
    assert 4 <= max(planned) / min(planned) <= 6


def test_slow_reasons_come_back_later_than_fast_ones(sample):
    lags = defaultdict(list)
    for row in sample.truth.values():
        if row["is_true_repeat"] == "1":
            lags[row["reason_id"]].append(float(row["lag_days"]))
    assert statistics.median(lags["login-password-reset"]) < 2
    assert 5 < statistics.median(lags["billing-refund-late"]) < 12


def test_the_fix_the_emerging_problem_and_the_outage_are_in_the_data(sample):
    weeks = defaultdict(Counter)
    for row in sample.from_customers().values():
        weeks[row["reason_id"]][(_at(row["opened_at"]) - _at("2025-12-29T00:00:00Z")).days // 7] += 1
    fixed, rising, outage = (
        weeks[name] for name in ("login-password-reset", "product-broken-after-update", "reliability-outage")
    )
    assert sum(fixed[week] for week in range(16, 26)) / 10 < 0.55 * sum(fixed[week] for week in range(14)) / 14
    assert min(rising) == 20 and sum(rising[week] for week in (23, 24, 25)) > 1.5 * sum(
        rising[week] for week in (20, 21, 22)
    )
    assert outage[10] + outage[11] > 0.7 * sum(outage.values())
    assert [sample.reasons[name]["trend_from"] for name in ("login-password-reset", "product-broken-after-update")] == [
        "2026-04-06", "2026-05-18",
    ]  # fmt: skip


def test_every_reason_is_in_the_shipped_taxonomy():
    taxonomy = load_taxonomy("saas", ROOT)
    known = {reason.id: reason.demand_type for reason in taxonomy.reasons}
    assert {process.reason: process.demand_type for process in PROCESSES} == {
        process.reason: known.get(process.reason) for process in PROCESSES
    }
    assert set(reasons()) == {process.reason for process in PROCESSES}


def test_the_pipeline_file_reads_both_exports_completely(sample):
    path = sample.folder / "sample.yml"
    pipeline, data = load_pipeline(path), read_yaml(path)
    assert [(source.kind, source.path) for source in pipeline.sources] == [
        ("zendesk", "tickets.json"), ("qualtrics", "survey.csv"),
    ]  # fmt: skip
    options = zendesk.Options(**_own(data["sources"][0]))
    records = list(zendesk.read(sample.folder / "tickets.json", options))
    contacts = {record.contact_id: record for record in records if type(record).__name__ == "ContactRecord"}
    assert set(contacts) == set(sample.truth)
    for key, row in sample.truth.items():
        contact = contacts[key]
        assert (contact.merged_into or "") == row["merged_into"]
        assert contact.is_company_initiated == (row["is_company_initiated"] == "1")
        assert (contact.follow_up_of or "") == (row["repeats_contact_id"] if row["is_follow_up"] == "1" else "")
        assert (contact.segment or "") == (row["segment"] if row["is_spam"] == "0" else "")
        assert contact.text == sample.tickets[key]["description"] or row["is_company_initiated"] == "1"
    known = [contact.handle_minutes for contact in contacts.values() if contact.handle_minutes]
    assert 0.85 < len(known) / len(contacts) < 0.93 and 4 < statistics.mean(known) < 15
    options = qualtrics.Options(**_own(data["sources"][1]))
    answers = list(qualtrics.read(sample.folder / "survey.csv", options))
    kinds = Counter(type(record).__name__ for record in answers)
    assert kinds == {"ResponseRecord": len(sample.answers) // 2, "RejectRecord": 1_500 - len(sample.answers) // 2}
    assert not any(record.is_fault for record in answers if type(record).__name__ == "RejectRecord")


def test_survey_has_what_real_exports_have(sample):
    names, _, ids = sample.survey_rows[:3]
    assert json.loads(ids[names.index("Q2")]) == {"ImportId": "QID2_TEXT"}
    assert {row["Status"] for row in sample.survey} == {"IP Address", "Survey Preview"}
    assert {row["Finished"] for row in sample.survey} == {"True", "False"}
    planted = {(row["response_id"], row["question"]): row for row in sample.answers}
    finished = [row for row in sample.survey if row["Finished"] == "True" and row["Status"] == "IP Address"]
    assert set(planted) == {(row["ResponseId"], question) for row in finished for question in ("Q2", "Q3")}
    assert 0.08 < sum(not row["Q2"] for row in finished) / len(finished) < 0.2
    assert {"n/a", "nothing", "none", "-"} <= {row["Q3"].lower() for row in finished}
    assert all(row["Q1"] in {str(score) for score in range(11)} for row in finished)
    externals = {user.get("external_id") for user in sample.export["users"]}
    assert all(row["ExternalReference"] in externals for row in finished if row["ExternalReference"])
    assert all(row["TicketId"] in sample.tickets for row in sample.survey if row["TicketId"])
    written = [row["Q2"] for row in finished if len(row["Q2"]) > 30]
    assert len(set(written)) / len(written) > 0.9


def test_language_varies(sample):
    assert sample.summary.identical_text_share < 0.005
    texts, problems = defaultdict(set), Counter()
    for key, row in sample.from_customers().items():
        if row["kind"] in ("issue", "repeat", "follow_up"):
            texts[row["reason_id"]].add(sample.tickets[key]["description"])
            problems[row["reason_id"]] += 1
    assert {reason for reason, told in texts.items() if len(told) < 0.985 * problems[reason]} == set()
    starts = Counter(" ".join(text.split()[:8]) for told in texts.values() for text in told)
    assert starts.most_common(1)[0][1] < 0.01 * sum(problems.values())
    assert 150 <= sample.summary.median_characters <= 400


def test_every_reason_has_many_lines_in_every_slot():
    for reason in reasons():
        of_reason = {kind: {line for case in cases(reason) for line in pool(reason, case, kind)} for kind in KINDS}
        sizes = {kind: len(lines) for kind, lines in of_reason.items()}
        assert min(sizes[kind] for kind in ("problem", "short", "situation")) >= 10, (reason, sizes)
        assert min(sizes[kind] for kind in ("ask", "consequence", "subject")) >= 9, (reason, sizes)
        assert min(sizes.values()) >= 3, (reason, sizes)
        assert all(len(pool(reason, case, kind)) >= 2 for case in cases(reason) for kind in KINDS), reason


def _strings(node) -> list[str]:
    if isinstance(node, dict):
        return [line for value in node.values() for line in _strings(value)]
    return list(node)


@pytest.mark.parametrize("name", [*AREAS, *FOREIGN.values(), "common"])
def test_every_line_of_the_language_files_can_be_said(name):
    rng = random.Random(3)
    customer = make_customers(rng, 40)[1][0]
    slots = facts(rng, customer, None, datetime(2026, 3, 4, 12, tzinfo=UTC), product="Quillmoor", language="en")
    slots |= dict.fromkeys(("x", "y", "more", "score9"), "word")
    for line in _strings(load(name)):
        for _ in range(4):
            said = expand(line, rng, slots)
            assert said and not re.search(r"[{}|]|  ", said), line


def test_no_markup_of_the_grammar_is_left_in_texts(sample):
    told = [ticket["subject"] + "\n" + ticket["description"] for ticket in sample.tickets.values()]
    told += [comment["body"] for ticket in sample.tickets.values() for comment in ticket["comments"]]
    told += [row["Q2"] + "\n" + row["Q3"] for row in sample.survey]
    assert [text for text in told if re.search(r"[{}|]{|\w\}|\[[^\]]*\||^[a-z]+(-[a-z]+)*> ", text)] == []


def test_personal_data_is_invented(sample):
    text = (sample.folder / "tickets.json").read_text(encoding="utf-8") + (sample.folder / "survey.csv").read_text(
        "utf-8"
    )
    domains = set(re.findall(r"[\w.+-]+@([\w.-]+\w)", text))
    assert {domain for domain in domains if not re.search(r"(^|\.)example\.(com|net|org)$", domain)} == set()
    assert {link for link in re.findall(r"(?:https?://|www\.)[\w.-]+\w", text) if ".example." not in link} == set()
    cards = set(re.findall(r"\b400000(?:\d{10})\b|\b4000[ -]00\d\d[ -]\d{4}[ -]\d{4}\b", text))
    assert len(cards) >= 10
    for card in cards:
        digits = re.sub(r"\D", "", card)
        assert luhn_digit(digits[:-1]) == digits[-1]
    phones = {user["phone"] for user in sample.export["users"] if user.get("phone")}
    fiction = (
        r"555.01\d\d$|^\+?(44 )?(0)?20 7946 0\d{3}$|^07700 900\d{3}$|^\+49 30 23125 \d{3}$|^\+33 1 99 00 \d\d \d\d$"
    )
    assert {phone for phone in phones if not re.search(fiction, phone)} == set()


def test_quotes_signatures_html_and_personal_data_stand_in_texts(sample):
    told = [ticket["description"] for ticket in sample.tickets.values()]
    assert sum("> " in text and "wrote:" in text for text in told) > 35
    assert sum("-----Original Message-----" in text for text in told) > 15
    assert sum(text.startswith("<div>") for text in told) > 100
    assert sum("\n-- \n" in text or "\n--\n" in text for text in told) > 150
    assert sum("@" in text for text in told) > 400


@given(st.text(alphabet="0123456789", min_size=1, max_size=18))
def test_luhn_digit_makes_numbers_pass(digits):
    total = 0
    for position, digit in enumerate(reversed(digits + luhn_digit(digits))):
        value = int(digit) * (1 + position % 2)
        total += value // 10 + value % 10
    assert total % 10 == 0


@given(st.randoms(use_true_random=False))
def test_card_and_iban_have_right_check_digits(rng):
    card = re.sub(r"\D", "", card_number(rng))
    assert len(card) == 16 and luhn_digit(card[:-1]) == card[-1]
    number = iban(rng).replace(" ", "")
    assert len(number) == 22 and int(number[4:] + "1314" + number[2:4]) % 97 == 1


@given(st.text(alphabet="abcdefghijklmnop", min_size=4, max_size=14), st.randoms(use_true_random=False))
def test_a_typing_error_changes_little(word, rng):
    assert abs(len(mistyped(word, rng)) - len(word)) <= 1
    assert mistyped(word, rng)[0] == word[0]


def test_typing_errors_spare_numbers_and_addresses():
    rng = random.Random(1)
    assert with_typos("ann@example.com INV-2031 555-0142 HTTP", 1.0, rng) == "ann@example.com INV-2031 555-0142 HTTP"
    assert with_typos("nothing changes here", 0.0, rng) == "nothing changes here"
    assert with_typos("everything changes", 1.0, rng) != "everything changes"


def test_expand_chooses_fills_and_refuses_unknown_slots():
    rng = random.Random(1)
    assert expand("[one|one] {n} [a [b|b]|a b]", rng, {"n": "two"}) == "one two a b"
    assert expand("{Noun} is gone, a {thing}", rng, {"noun": "the app", "thing": "iPad"}) == "The app is gone, an iPad"
    with pytest.raises(VocError) as error:
        expand("{nowhere}", rng, {})
    assert str(error.value) == "The sample's language files use the unknown slot '{nowhere}'.\nCorrect its name."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tickets": 10}, "A sample needs at least 100 tickets; 10 were asked for.\nRaise tickets."),
        ({"answers": -1}, "A sample needs at least 0 answers; -1 were asked for.\nRaise answers."),
        ({"weeks": 2}, "A sample needs at least 4 weeks; 2 were asked for.\nRaise weeks."),
    ],
)
def test_impossible_sizes_are_refused(tmp_path, arguments, message):
    with pytest.raises(VocError) as error:
        write_sample(tmp_path, **arguments)
    assert str(error.value) == message


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(VocError) as error:
        write_sample(tmp_path / "taken", tickets=100, answers=0)
    assert error.value.what.startswith(f"{tmp_path / 'taken'} cannot be written: ")
    assert error.value.fix == "Name another folder."


@pytest.mark.parametrize(("tickets", "answers", "weeks"), [(100, 0, 4), (250, 60, 52)])
def test_other_sizes_work(tmp_path, tickets, answers, weeks):
    summary = write_sample(tmp_path, tickets=tickets, answers=answers, weeks=weeks)
    assert summary.tickets == pytest.approx(tickets, rel=0.35)
    assert len(_rows(tmp_path / "truth" / "contacts.csv")) == summary.tickets
    assert all(path.is_file() for path in summary.files)


def test_the_custom_field_of_handle_time_is_in_the_export(sample):
    fields = {field["id"] for ticket in sample.tickets.values() for field in ticket["custom_fields"]}
    assert HANDLE_TIME_FIELD in fields
