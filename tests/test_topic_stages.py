"""The stages topics and match over a made-up world: joining, people's edits, and what lasts from run to run."""

import json

import pytest
from story import rows
from topic_world import EACH, OLD, frames_of, go, ids_of, settings, texts_of, the_ids

from voc import tables
from voc.curation import Delete, Link, Merge, Rename

WORLD = texts_of(*OLD)


@pytest.fixture(scope="module")
def first():
    """(tables, notes) of a first run, and the cluster of each problem."""
    frames, notes = go(frames_of(WORLD), settings())
    return frames, notes, the_ids(frames, WORLD, "cluster_id")


def again(first, run, *edits, texts=None, **options):
    """A later run over the same or other texts, which knows the first one."""
    texts = WORLD if texts is None else texts
    return go(frames_of(texts, first[0]["memory"], extra_vectors=WORLD), run, *edits, **options)


def of_topics(frames, *columns):
    """Rows of topics in the order of ids."""
    return rows(frames["topics"], "topic_id", *columns)


# ---------------------------------------------------------------- the first run


def test_the_first_run_finds_the_problems_and_says_so(first):
    frames, notes, clusters = first
    assert len(set(clusters.values())) == len(OLD)
    assert rows(frames["latest_fit"], "run_id", "mode", "why", "fitted_run_id", "distinct_texts", "new_text_count",
                "novel_share", "agreement_share", "min_similarity", "kept_id_share") == [
        ("r1", "fit", "The first fit.", "r1", len(WORLD), len(WORLD), None, None, -1.0, None)
    ]  # fmt: skip
    assert notes["topics"]["mode"] == "fit"
    assert notes["topics"]["passages_set_aside"] == {}
    assert rows(frames["topic_changes"], "topic_id", "event", "previous_run_id") == [
        (topic, "new", None) for topic in sorted(frames["topics"]["topic_id"])
    ]


def test_clusters_that_match_one_reason_are_one_topic(first):
    frames, notes, clusters = first
    alone = sorted(clusters[p] for p in ("refund", "invoice", "parcel"))
    assert of_topics(frames, "named_by", "cluster_count", "passage_count", "contact_count") == [
        ("r-access-login", "taxonomy", 2, 2 * EACH, 2 * EACH),
        *((cluster, "words", 1, EACH, EACH) for cluster in alone),
    ]
    assert frames["topics"]["name"][0] == "Cannot get in"
    assert rows(frames["topic_clusters"], "topic_id", "cluster_id", "passage_count", "joined_by") == [
        *(("r-access-login", cluster, EACH, "reason") for cluster in sorted([clusters["login"], clusters["password"]])),
        *((cluster, cluster, EACH, "itself") for cluster in alone),
    ]
    assert rows(frames["topic_reasons"], "topic_id", "reason_id", "status", "matched_by", "owner", "demand_type") == [
        ("r-access-login", "access-login", "matched", "similarity", "Identity", "product_defect"),
        *((cluster, None, "unmatched", "nobody", None, None) for cluster in alone),
    ]
    assert notes["match"] == {
        "topics": 4, "matched": 1, "passages_without_topic": {}, "taxonomy_coverage_share": 0.4,
    }  # fmt: skip


def test_the_theme_of_a_matched_topic_is_its_area(first):
    frames, _, _ = first
    area = rows(frames["themes"][frames["themes"]["is_area"]], "name", "topic_count", "passage_count")
    assert area == [("Access", 1, 2 * EACH)]
    named = frames["topics"].merge(frames["themes"], on="theme_id", suffixes=("", "_theme")).set_index("topic_id")
    assert named["name_theme"]["r-access-login"] == "Access"
    assert named["is_area"].sum() == 1
    assert int(frames["themes"]["passage_count"].sum()) == len(WORLD)


def test_every_reason_is_in_the_output_even_without_texts(first):
    assert rows(first[0]["reasons"], "reason_id", "area") == [("access-login", "Access"), ("money-bill", "Billing")]


# ---------------------------------------------------------------- what people decided


def test_a_link_joins_a_cluster_to_a_reason(first):
    refund = first[2]["refund"]
    frames, _ = go(first[0], settings(), Link(link=refund, reason="money-bill", owner="Treasury"))
    assert the_ids(frames, WORLD)["refund"] == "r-money-bill"
    topics = frames["topics"].set_index("topic_id")
    assert (topics["name"]["r-money-bill"], refund in topics.index) == ("Bill is late", False)
    by = frames["topic_clusters"].set_index("topic_id")
    assert (by["cluster_id"]["r-money-bill"], by["joined_by"]["r-money-bill"]) == (refund, "person")
    assert rows(frames["topic_reasons"], "topic_id", "reason_id", "matched_by", "owner")[1] == (
        "r-money-bill", "money-bill", "person", "Treasury",
    )  # fmt: skip


def test_the_table_of_decisions_does_as_well_and_keeps_the_owner(first):
    decision = {"note": None, "decided_by": None, "decided_on": None}
    frames, notes = go(first[0], settings(), decisions=[
        {"topic_id": first[2]["refund"], "reason_id": "money-bill", "owner": "Treasury", **decision},
        {"topic_id": first[2]["parcel"], "reason_id": None, "owner": "Couriers", **decision},
        {"topic_id": "t-gone", "reason_id": "no-such", "owner": "Nobody", **decision},
    ])  # fmt: skip
    found = {row[0]: row[1:] for row in rows(frames["topic_reasons"], "topic_id", "reason_id", "matched_by", "owner")}
    assert found == {
        "r-access-login": ("access-login", "similarity", "Identity"),
        "r-money-bill": ("money-bill", "person", "Treasury"),
        first[2]["invoice"]: (None, "nobody", None),
        first[2]["parcel"]: (None, "nobody", "Couriers"),
    }
    assert notes["match"]["cautions"] == [
        "The table topic_decisions speaks of topics that are not there: t-gone.",
        "The table topic_decisions names reasons the taxonomy does not have: no-such.",
    ]


def test_a_cluster_that_edits_speak_of_is_left_to_them(first):
    login = first[2]["login"]
    frames, _ = go(first[0], settings(), Rename(rename=login, to="Locked out"))
    assert the_ids(frames, WORLD)["login"] == login
    assert the_ids(frames, WORLD)["password"] == "r-access-login"
    topics = frames["topics"].set_index("topic_id")
    assert (topics["name"][login], topics["named_by"][login]) == ("Locked out", "person")
    assert topics["passage_count"]["r-access-login"] == EACH


def test_edits_act_in_their_order_and_leave_a_reason(first):
    clusters = first[2]
    frames, notes = go(
        first[0], settings(),
        Rename(rename="r-access-login", to="No way in"),
        Merge(merge=(clusters["refund"], clusters["invoice"])),
        Delete(delete=clusters["parcel"]),
        Rename(rename="t-nowhere", to="Nothing"),
    )  # fmt: skip
    assert the_ids(frames, WORLD) == {
        "login": "r-access-login", "password": "r-access-login", "refund": clusters["refund"],
        "invoice": clusters["refund"], "parcel": None,
    }  # fmt: skip
    assert of_topics(frames, "named_by", "cluster_count", "passage_count") == [
        ("r-access-login", "person", 2, 2 * EACH), (clusters["refund"], "words", 2, 2 * EACH),
    ]  # fmt: skip
    assert frames["topics"]["name"][0] == "No way in"
    by = {row[0]: row[1:] for row in rows(frames["topic_clusters"], "cluster_id", "topic_id", "joined_by")}
    assert by[clusters["invoice"]] == (clusters["refund"], "person")
    assert by[clusters["refund"]] == (clusters["refund"], "itself")
    whys = frames["passage_topics"].loc[frames["passage_topics"]["topic_id"].isna(), "why_unassigned"]
    assert whys.tolist() == ["deleted_by_person"] * EACH
    assert notes["match"]["passages_without_topic"] == {"deleted_by_person": EACH}
    assert notes["match"]["edits"] == 4
    assert notes["match"]["cautions"] == [
        "edit 4: rename t-nowhere to 'Nothing': there is no topic t-nowhere (any more). "
        "Put the id of the topic meant, or remove the edit."
    ]
    members = frames["memory"]["topic_members"]
    assert set(members.loc[members["topic_id"].isna(), "cluster_id"]) == {clusters["parcel"]}


def test_without_texts_there_are_empty_tables_and_the_reasons(first):
    from voc.stages.match import match_topics

    empty = {name: frame.head(0) for name, frame in first[0].items() if name != "memory"}
    result = match_topics(empty, settings())
    assert {name: len(frame) for name, frame in result.frames.items() if len(frame)} == {"reasons": 2}
    assert {name: list(frame.columns) for name, frame in result.frames.items()} == {
        t.name: t.names for t in tables.TABLES if t.name in result.frames
    }


# ---------------------------------------------------------------- memory


def test_a_second_run_over_the_same_texts_changes_nothing(first):
    frames, notes = again(first, settings("r2"))
    for name in ("clusters", "cluster_words", "passage_clusters", "topics", "topic_clusters", "topic_words",
                 "passage_topics", "verbatim_topics", "themes", "topic_reasons"):  # fmt: skip
        assert frames[name].equals(first[0][name]), name
    assert (notes["topics"]["mode"], notes["topics"]["why"]) == ("assigned", "No passage is new.")
    assert notes["match"]["changes_since_last_run"] == {"continued": 4}
    assert notes["match"]["passages_kept_topic_share"] == 1.0
    assert rows(frames["memory"]["topic_fits"], "run_id", "mode", "fitted_run_id", "distinct_texts", "kept_id_share") == [
        ("r2", "assigned", "r1", len(WORLD), 1.0)
    ]
    assert frames["memory"]["topic_members"]["is_fitted"].all()


def test_new_texts_join_their_neighbours_and_known_ones_stay(first):
    new = texts_of("refund", "parcel", first=500, count=3)
    same = [WORLD[0], WORLD[0], new[0]]  # known and new words said again
    frames, notes = again(first, settings("r2"), texts=[*WORLD, *new, *same])
    assert notes["topics"]["mode"] == "assigned"
    assert notes["topics"]["why"] == f"6 passages are new and fit in, the topics were fitted on {len(WORLD)}."
    assert the_ids(frames, WORLD) == the_ids(first[0], WORLD)
    assert the_ids(frames, new) == {problem: first[2][problem] for problem in ("refund", "parcel")}
    members = frames["memory"]["topic_members"].set_index("text_hash")
    assert len(members) == len(WORLD) + 6
    assert int((~members["is_fitted"]).sum()) == 6
    third, notes = go(frames_of(WORLD, frames["memory"], extra_vectors=new), settings("r3"))
    assert rows(third["latest_fit"], "run_id", "mode", "fitted_run_id", "new_text_count") == [("r3", "assigned", "r1", 0)]


def test_a_topic_keeps_its_id_however_few_of_its_texts_are_left(first):
    texts = [*texts_of("login", count=1), *texts_of(*OLD[1:])]
    frames, notes = again(first, settings("r2"), texts=texts)
    assert notes["topics"]["mode"] == "assigned"
    assert the_ids(frames, texts, "cluster_id") == first[2]


def test_a_topic_keeps_the_name_of_the_last_report(first):
    refund = first[2]["refund"]
    versions = first[0]["memory"]["topic_versions"].copy()
    versions.loc[versions["topic_id"] == refund, "name"] = "Money not back"
    memory = first[0]["memory"] | {"topic_versions": versions}
    frames, _ = go(frames_of(WORLD, memory), settings("r2"))
    topics = frames["topics"].set_index("topic_id")
    assert (topics["name"][refund], topics["named_by"][refund]) == ("Money not back", "words")


def test_many_new_texts_ask_for_a_refit_that_keeps_the_ids(first):
    fax = texts_of("fax", count=60)
    frames, notes = again(first, settings("r2"), texts=[*WORLD, *fax])
    assert notes["topics"]["mode"] == "refit"
    assert notes["topics"]["why"].startswith("60 passages are new since topics were fitted on 200, over 25%")
    now = the_ids(frames, WORLD, "cluster_id")
    assert now == first[2]
    (born,) = ids_of(frames, fax)["fax"]
    assert born not in now.values()
    old = sorted(first[0]["topics"]["topic_id"])
    assert rows(frames["topic_changes"], "topic_id", "event", "previous_run_id", "passage_count_before", "passage_count",
                "from_topic_ids", "into_topic_ids") == sorted([
        *((topic, "continued", "r1", *(2 * (2 * EACH if topic.startswith("r-") else EACH,)), "[]", "[]") for topic in old),
        (born, "new", "r1", 0, 60, "[]", "[]"),
    ])  # fmt: skip
    assert notes["match"]["changes_since_last_run"] == {"continued": 4, "new": 1}
    assert frames["latest_fit"]["fitted_run_id"].tolist() == ["r2"]
    assert frames["memory"]["topic_members"]["is_fitted"].all()


@pytest.mark.parametrize("change", [{"min_texts": 4}, {"seed": 7}], ids=["settings", "seed"])
def test_other_settings_ask_for_a_refit_that_keeps_the_ids(first, change):
    frames, notes = again(first, settings("r2", **change))
    assert (notes["topics"]["mode"], notes["topics"]["why"]) == (
        "refit", "The settings or the embedding model are others than at the last fit.",
    )  # fmt: skip
    assert the_ids(frames, WORLD, "cluster_id") == first[2]
    assert the_ids(frames, WORLD) == the_ids(first[0], WORLD)


def test_refit_always_says_that_the_pipeline_asks_for_it(first):
    frames, notes = again(first, settings("r2", refit="always"))
    assert (notes["topics"]["mode"], notes["topics"]["why"]) == ("refit", "The pipeline asks for it.")
    assert the_ids(frames, WORLD, "cluster_id") == first[2]


def test_an_id_that_was_used_is_never_given_away_again(first):
    """The parcel topic vanishes and another run's new topic with its words gets another id."""
    rest = texts_of(*OLD[:4])
    frames, notes = again(first, settings("r2", refit="always"), texts=rest)
    memory = frames["memory"]
    gone = frames["topic_changes"].set_index("topic_id")["event"]
    assert gone[first[2]["parcel"]] == "retired"
    both = first[0]["memory"]["topic_versions"], memory["topic_versions"]
    memory = memory | {"topic_versions": tables.TopicVersion.frame([r for f in both for r in f.to_dict("records")])}
    back, _ = go(frames_of(texts_of(*OLD[:4], "parcel"), memory), settings("r3"))
    ids = the_ids(back, WORLD, "cluster_id")
    assert {p: ids[p] for p in OLD[:4]} == {p: first[2][p] for p in OLD[:4]}
    assert ids["parcel"] != first[2]["parcel"]
    assert json.loads(both[0].set_index("topic_id")["cluster_ids"][first[2]["parcel"]]) == [first[2]["parcel"]]


# ---------------------------------------------------------------- languages


def test_languages_apart_share_no_cluster():
    both = texts_of("refund", "invoice", "parcel") + texts_of("refund", "invoice", "parcel", language="de")
    language = {text: spoken for _, text, spoken in both}

    def spoken(way):
        frames, _ = go(frames_of(both), settings(languages=way, size=6, taxonomy_=False))
        found = frames["passages"].merge(frames["passage_topics"], on="passage_id")
        return sorted(found.groupby("topic_id")["text"].agg(lambda t: "+".join(sorted({language[x] for x in t}))))

    assert spoken("apart") == ["de"] * 3 + ["en"] * 3
    assert set(spoken("joined")) == {"de+en"}


def test_equal_texts_in_two_languages_share_a_topic_whatever_the_order():
    texts = texts_of("refund", "parcel") + texts_of("refund", "parcel", language="de")
    texts += [("refund", texts[0][1], "de")] * 2
    run = settings(languages="apart", size=4, taxonomy_=False)
    frames = frames_of(texts)
    found, _ = go(frames, run)
    mixed, _ = go(frames | {"passages": frames["passages"].iloc[::-1].reset_index(drop=True)}, run)
    assert found["passage_clusters"].equals(mixed["passage_clusters"])
    assert len(ids_of(found, texts[:1])["refund"]) == 1
