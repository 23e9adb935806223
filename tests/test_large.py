"""What the topic engine does otherwise where texts are many: words from some of them, islands not counted, fewer parsed."""

import numpy as np
from scipy import sparse

from voc.topics import TopicOptions, bertopic_model, cluster, find_topics
from voc.topics.bertopic_model import _Known, _some_of_each
from voc.topics.names import _parsed_per_topic

PROBLEMS = ("card lost abroad", "app crashes again", "loan rate high", "fee charged twice")


def some_of(sizes, counted: int, per_group: int, monkeypatch) -> list[int]:
    monkeypatch.setattr(bertopic_model, "COUNTED_TEXTS", counted)
    monkeypatch.setattr(bertopic_model, "COUNTED_PER_GROUP", per_group)
    return _some_of_each(np.repeat(np.arange(len(sizes)), sizes)).tolist()


def test_of_each_group_the_same_share_is_seen_but_never_too_few(monkeypatch):
    assert some_of([8, 4, 1], 6, 1, monkeypatch) == [0, 2, 5, 8, 12]
    assert some_of([8, 4, 1], 6, 3, monkeypatch) == [0, 2, 5, 8, 9, 10, 12]
    assert some_of([3], 3, 1, monkeypatch) == [0, 1, 2]


def test_words_counted_in_some_texts_stand_with_their_topic(monkeypatch):
    random = np.random.default_rng(0)
    sizes = (20, 50, 30, 80)
    truth = np.repeat(np.arange(4), sizes)
    texts = [f"{PROBLEMS[problem]} since order {number}" for number, problem in enumerate(truth)]
    vectors = (np.eye(4)[truth] + 0.05 * random.normal(size=(180, 4))).astype(np.float32)

    def topics():
        options = TopicOptions(size=4, min_similarity=-1, words=3)
        found = find_topics(texts, vectors, options=options, names_from=lambda texts: [[] for _ in texts])
        return found.labels, [(topic.size, {word for word, _ in topic.words}) for topic in found.topics]

    labels, _ = topics()
    monkeypatch.setattr(bertopic_model, "COUNTED_TEXTS", 60)
    monkeypatch.setattr(bertopic_model, "COUNTED_PER_GROUP", 10)
    assert topics() == (labels, [
        (80, {"fee", "charged", "twice"}), (50, {"app", "crashes", "order"}),
        (30, {"loan", "rate", "high"}), (20, {"card", "lost", "abroad"}),
    ])  # fmt: skip


def test_groups_there_already_take_in_no_other_rows():
    known = _Known(np.array([1, 0]))
    assert known.fit(np.zeros((2, 3))).labels_.tolist() == [1, 0]
    assert known.predict(np.zeros((3, 3))).tolist() == [-1, -1, -1]


def test_islands_join_the_topic_they_are_most_like(monkeypatch):
    monkeypatch.setattr(cluster, "NODES_FOR_FEWER", 10)
    rows = np.repeat(np.eye(2), 50, axis=0)
    rows = np.vstack([rows, [[0.6, 0.8]] * 2, [[0.8, 0.6]] * 2])
    groups = np.repeat([0, 1, 2, 3], [50, 50, 2, 2])
    counts = np.ones(104)
    joined = cluster.join_islands(rows, groups, counts, wanted=2)
    assert joined.tolist() == [0] * 50 + [1] * 50 + [1] * 2 + [0] * 2
    assert cluster.join_islands(rows, groups, counts, wanted=40).tolist() == groups.tolist()  # none is too small
    monkeypatch.setattr(cluster, "NODES_FOR_FEWER", 1000)
    assert cluster.join_islands(rows, groups, counts, wanted=2).tolist() == groups.tolist()


def cliques(sizes, between: float) -> sparse.csr_matrix:
    """Groups of nodes that all neighbour each other; each node of a large group has one like it in the next."""
    whole = sparse.block_diag([np.ones((size, size)) - np.eye(size) for size in sizes]).tolil()
    starts = np.cumsum([0, *sizes[:-1]])
    large = [start for start, size in zip(starts, sizes, strict=True) if size > 10]
    for one, other in zip(large, large[1:], strict=False):
        for place in range(20):
            whole[one + place, other + place] = whole[other + place, one + place] = between
    return whole.tocsr()


def test_islands_in_large_graphs_do_not_make_the_rest_coarse(monkeypatch):
    monkeypatch.setattr(cluster, "NODES_FOR_FEWER", 100)
    monkeypatch.setattr(cluster, "ISLAND", 0.4)
    graph = cliques([20] * 4 + [3] * 30, between=1.0)  # 170 nodes in 34 groups
    looked_for = {"wanted": 4, "min_texts": 3, "is_raised": False}
    resolution, found = cluster._resolution(graph, np.ones(170), **looked_for)
    assert (round(resolution, 2), found) == (0.32, 4)
    monkeypatch.setattr(cluster, "ISLAND", 0.0)  # every group counts: too many, however coarse
    assert cluster._resolution(graph, np.ones(170), **looked_for) == (cluster.GRID**cluster.LOWEST, 32)


def test_few_texts_of_each_are_parsed_where_topics_are_many():
    assert [_parsed_per_topic(n) for n in (0, 50, 100, 300, 1_000, 1_500, 3_000, 9_000)] == [20, 20, 20, 6, 6, 4, 2, 2]
