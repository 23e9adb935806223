"""Namers: what a language model is told, which answers are used, and what happens when it fails."""

import importlib.util
import sys
from types import ModuleType, SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.errors import VocError
from voc.namers import llm as namer
from voc.topics.naming import Naming, NamingTask, tidy, why_unusable


def _task(topic_id="t-1", fallback="Refund, late", **changes) -> NamingTask:
    values = {
        "words": ("refund", "late"), "phrases": ("refund not received",), "quotes": ("Where is my refund [email]?",),
        "neighbours": ("Card lost",),
    }  # fmt: skip
    return NamingTask(topic_id=topic_id, fallback=fallback, **(values | changes))


class UnknownModel(Exception):
    pass


class NeedsKey(Exception):
    pass


class FakeModel:
    """Answers in turn; an exception among the answers is raised."""

    def __init__(self, *answers):
        self.answers, self.prompts = list(answers), []

    def prompt(self, prompt, *, system):
        self.prompts.append((prompt, system))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(text=lambda: answer)


@pytest.fixture
def install(monkeypatch):
    """Put a stand-in for the library llm in its place; it knows one model."""

    def put(model):
        def get_model(model_id):
            if model_id != "fake":
                raise UnknownModel(model_id)
            return model

        stub = ModuleType("llm")
        stub.get_model, stub.get_models = get_model, lambda: [SimpleNamespace(model_id="fake")] if model else []
        stub.UnknownModelError, stub.NeedsKeyException = UnknownModel, NeedsKey
        stub.__spec__ = importlib.util.spec_from_loader("llm", None)
        monkeypatch.setitem(sys.modules, "llm", stub)
        return model

    return put


TOLD = (
    f"{namer.SYSTEM}\n\nLeading words: refund, late\n\nFrequent phrases: refund not received\n\n"
    "Quotes:\n- Where is my refund [email]?\n\nNeighbouring topics: Card lost\n\nName of this topic, at most 6 words:"
)


def test_a_good_answer_is_the_name_and_all_is_kept(install):
    model = install(FakeModel(' "Refund has not arrived." '))
    assert namer.name([_task()], argument="fake", known={}) == [
        Naming(topic_id="t-1", name="Refund has not arrived", model="fake", prompt=TOLD,
               answer=' "Refund has not arrived." ', is_used=True, why_not=None)
    ]  # fmt: skip
    assert model.prompts == [(namer.prompt_for(_task()), namer.SYSTEM)]


def test_a_topic_with_a_name_is_not_asked_about(install):
    model = install(FakeModel())
    assert namer.name([_task()], argument="fake", known={"t-1": "Late refunds"}) == [
        Naming(topic_id="t-1", name="Late refunds", model=None, prompt=None, answer=None, is_used=False,
               why_not="the topic keeps its name")
    ]  # fmt: skip
    assert model.prompts == []


def test_no_two_topics_get_the_same_name(install):
    install(FakeModel("Late refund", "late refund", "Refund, late", "Old name"))
    tasks = [_task("t-1"), _task("t-2", "Refund, parcel"), _task("t-3", "Refund (3)"), _task("t-4", "Refund (4)")]
    named = namer.name(tasks, argument="fake", known={"t-9": "Old name"})
    assert [(n.name, n.why_not) for n in named] == [
        ("Late refund", None), ("Refund, parcel", "another topic has this name"),
        ("Refund (3)", "another topic has this name"), ("Refund (4)", "another topic has this name"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("", "the answer is empty"),
        ("One\nTwo", "the answer has more than one line"),
        ("Bell\x07 rings", "the answer holds control characters"),
        ("<b>Refund</b>", "the answer holds markup"),
        ("**Refund**", "the answer holds markup"),
        ("Mail to [email]", "the answer holds markup"),
        ("Order 483920 lost", "the answer holds a long number"),
        ("123", "the answer holds no word"),
        ("Refund for the order that never ever came", "the answer is longer than 6 words"),
        ("R" * 61, "the answer is longer than 6 words"),
        ("Complaint of Jessica", "the answer holds a person's name"),
    ],
)
def test_answers_that_cannot_be_names(install, answer, why):
    install(FakeModel(answer))
    (naming,) = namer.name([_task()], argument="fake", known={})
    assert (naming.name, naming.answer, naming.is_used, naming.why_not) == ("Refund, late", answer, False, why)


def test_a_model_that_fails_is_left_alone_after_a_while(install):
    model = install(FakeModel(*[TimeoutError("no answer")] * 3, "never asked for"))
    named = namer.name([_task(f"t-{i}", f"Refund {i}") for i in range(4)], argument="fake", known={})
    assert [(n.name, n.answer, n.why_not) for n in named] == [
        *((f"Refund {i}", None, "the model failed: TimeoutError: no answer") for i in range(3)),
        ("Refund 3", None, "not asked: the model failed 3 times in a row"),
    ]
    assert len(model.prompts) == 3


def test_faults_a_person_can_mend(install, monkeypatch):
    install(FakeModel(NeedsKey("No key found")))
    with pytest.raises(VocError) as caught:
        namer.name([_task()], argument=None, known={})
    assert str(caught.value) == "The namer llm needs a model.\nWrite namer: llm:<model id>; `llm models` lists them."
    with pytest.raises(VocError) as caught:
        namer.name([_task()], argument="fakee", known={})
    assert str(caught.value) == "The library llm has no model called 'fakee'.\nDid you mean 'fake'?"
    with pytest.raises(VocError) as caught:
        namer.name([_task()], argument="fake", known={})
    assert str(caught.value) == "The model 'fake' needs a key: No key found.\nSet it with `llm keys set`."
    install(None)
    with pytest.raises(VocError) as caught:
        namer.name([_task()], argument="other", known={})
    assert str(caught.value) == (
        "The library llm has no model called 'other'.\n"
        "Install a plug-in of llm that brings one; `llm models` lists them."
    )
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(VocError) as caught:
        namer.name([_task()], argument="fake", known={})
    assert str(caught.value) == (
        "The namer llm:fake needs the library llm, not installed here.\n"
        "pip install 'voc[llm]', or leave topics.namer out: names are then made of the customers' own words."
    )


def test_with_the_library_itself(monkeypatch, tmp_path):
    """A model that comes as a plug-in of llm, as any provider's does."""
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path))
    llm = pytest.importorskip("llm", reason="the optional library llm is not installed")
    from llm.plugins import pm

    class Echo(llm.Model):
        model_id = "echo-for-voc"

        def execute(self, prompt, stream, response, conversation=None):
            yield prompt.prompt.splitlines()[0].removeprefix("Leading words: ").replace(",", "").title()

    class Plugin:
        @staticmethod
        @llm.hookimpl
        def register_models(register):
            register(Echo())

    plugin = Plugin()
    pm.register(plugin, name="voc-test")
    try:
        (naming,) = namer.name([_task()], argument="echo-for-voc", known={})
        with pytest.raises(VocError, match="The library llm has no model called 'echo-for-vox'"):
            namer.name([_task()], argument="echo-for-vox", known={})
    finally:
        pm.unregister(plugin)
    assert (naming.name, naming.is_used, naming.why_not) == ("Refund Late", True, None)


def test_common_names_of_people_do_not_reach_the_model():
    told = namer.prompt_for(_task(quotes=("Hello, my name is Jesse, ask Maria", "jesse again")))
    assert "- Hello, my name is [name], ask [name]\n- [name] again" in told


def test_quotes_are_cut_and_few():
    task = _task(quotes=("long " * 200,) * 9, phrases=(), neighbours=())
    lines = namer.prompt_for(task).splitlines()
    assert [len(line) for line in lines if line.startswith("- ")] == [302] * 5
    assert not any(line.startswith(("Frequent", "Neighbouring")) for line in lines)


@given(st.text(max_size=80))
def test_a_usable_answer_is_a_short_plain_line(answer):
    wanted = tidy(answer)
    if why_unusable(wanted, {"taken"}) is None:
        assert wanted.isprintable() and 0 < len(wanted.split()) <= 6 and len(wanted) <= 60 and wanted.lower() != "taken"
