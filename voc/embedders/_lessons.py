"""Which texts teach a student, what it is called, and how well it stands for its teacher on texts it was not taught.

Texts are known by their keys: hashes, so that the smallest ones are a random sample that does not depend on the order
of the texts. A student is named after its teacher, the number of texts it was made for and its lesson.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping

import numpy as np

from voc.embedders._student import VERSION

FLOOR = 3_000  # texts from which a student is worth its teaching
# So small a part of many texts that teaching takes some half of a student's time; of 10,000 so few that a student is some
# sixteen times as fast as its teacher. What a small lesson leaves out the general one says (see _student).
LEAST, FEW_TEXTS, LESSON_SHARE, MOST = 300, 10_000, 0.03, 4_000
EXAM = 100  # texts that no student is taught, to measure it by
GROWTH = 1.25  # a student serves until there are this many times the texts it was made for
NEIGHBOURS = 5
_LESSON = " lesson"


def choose_lesson(keys: Collection[str]) -> list[str]:
    """Keys of the texts to teach from: the smallest ones; 300, and of the texts beyond 10,000 three in a hundred."""
    more = round(max(0, len(keys) - FEW_TEXTS) * LESSON_SHARE)
    return sorted(keys)[: min(MOST, LEAST + more)]


def choose_exam(keys: Collection[str], lesson: Collection[str]) -> list[str]:
    """Keys of texts that are not in the lesson; new texts are among them in proportion to their number."""
    return sorted(set(keys) - set(lesson))[:EXAM]


def student_id(teacher_id: str, lesson: Iterable[str], texts: int) -> str:
    """Name that the student's vectors are kept under."""
    digest = hashlib.sha256("\n".join(sorted(lesson)).encode()).hexdigest()[:12]
    return f"{VERSION} of {teacher_id}, {texts} texts, {digest}"


def lesson_name(student: str) -> str:
    """Name that the teacher's vectors of a student's lesson are kept under."""
    return student + _LESSON


def known_student(kept: Mapping[str, Collection[str]], teacher_id: str, keys: Collection[str]) -> str | None:
    """The student made before that still serves these texts, or None.

    `kept` has the keys kept under every name. A student serves when all texts of its lesson are still there, enough
    others to measure it by, and no more than a quarter more than it was made for; of several the one made for most.
    """
    there, fit = set(keys), []
    for name, lesson in kept.items():
        if not name.endswith(_LESSON) or not name.startswith(f"{VERSION} of {teacher_id}, "):
            continue
        made_for = int(name.rsplit(", ", 2)[1].split()[0])
        if there.issuperset(lesson) and len(lesson) + EXAM <= len(there) <= GROWTH * made_for:
            fit.append((made_for, name.removesuffix(_LESSON)))
    return max(fit)[1] if fit else None


def grade(teacher: np.ndarray, student: np.ndarray) -> tuple[float, float]:
    """(mean cosine, share of the nearest neighbours kept) of unit rows (n, d) of the same texts by both models.

    Neighbours: the five nearest among these texts, or all others where there are fewer than six. Needs two texts.
    """
    count = min(NEIGHBOURS, len(teacher) - 1)
    near_teacher, near_student = _nearest(teacher, count), _nearest(student, count)
    kept = [len(set(a) & set(b)) / count for a, b in zip(near_teacher, near_student, strict=True)]
    return float((teacher * student).sum(axis=1).mean()), float(np.mean(kept))


def _nearest(rows: np.ndarray, count: int) -> list[list[int]]:
    alike = np.round(rows @ rows.T, 6)
    np.fill_diagonal(alike, -2)
    return np.argsort(-alike, axis=1, kind="stable")[:, :count].tolist()
