"""The demo: one teacher, its softened answers, and students with and without them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations.demo_report import Report
from foundations.experiment import Budget, by_budget
from papers.distillation import demo_figures, full
from papers.distillation.demo_architecture import draw_architecture
from papers.distillation.demo_runs import HARD_WEIGHT, MISSING, digits, student, student_without_threes
from papers.distillation.demo_weights import teacher
from papers.distillation.distillation import expanded_gradient, matched_gradient, soft_gradient, soften
from papers.distillation.transfer import best_shift, errors


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Soften the answers of the teacher that ships, train students on them, and draw both.

    Args:
        budget: "quick" trains students of 2 × 300 units for 8 epochs, "standard" for 40; "full" also trains
            the paper's own table, for hours, in `runs/distillation/full`.
        seed: Of the students' weights and batches.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    epochs = by_budget(budget, quick=8, standard=40, full=40)
    softer(report)
    matching(report, seed)
    teach(report, seed, epochs)
    missing = leave_out(report, seed, epochs)
    if budget == "full":
        table = full.run("full")
        report(
            "The paper's table: teacher, labels, soft targets added, errors on 10,000 test digits",
            "the paper has 67, 146 and 74",
            " and ".join(f"{np.mean(table[arm]):.0f}" for arm in ("teacher", "hard", "soft")),
            met=bool(np.mean(table["soft"]) < np.mean(table["hard"])),
            **{f"full_{arm}": float(np.mean(table[arm])) for arm in ("teacher", "hard", "soft")},
        )
    demo_figures.draw_dark(out / "dark.svg")
    demo_figures.draw_limit(out / "limit.svg", seed)
    demo_figures.draw_missing(missing, digits().test.labels, out / "missing.svg")
    demo_figures.draw_live(out / "live.svg")
    draw_architecture(out / "architecture.svg")
    return report


def softer(report: Report) -> None:
    """Report how much of the teacher's answer to a test digit lies beside its largest probability."""
    beside = {t: float(1 - soften(teacher().test, t).max(axis=1).mean()) for t in (1.0, 4.0, 20.0)}
    report(
        "Probability beside the teacher's largest, mean of 1,000 test digits, at T = 1, 4 and 20",
        "little at 1, more at 4, most at 20; below 0.9, where all ten would be alike",
        ", ".join(f"{one:.3f}" for one in beside.values()),
        met=beside[1.0] < 0.2 < beside[4.0] < beside[20.0] < 0.9,
        **{f"beside_at_{t:g}": one for t, one in beside.items()},
    )


def matching(report: Report, seed: int) -> None:
    """Report how far equations 3 and 4 are from 2 at two temperatures."""
    rng = np.random.default_rng(seed)
    z, v = 3 * rng.standard_normal((2, 200, 10))
    for name, approximate in (("3", expanded_gradient), ("4", matched_gradient)):
        off = [
            float(np.linalg.norm(approximate(z, v, t) - soft_gradient(z, v, t)))
            / float(np.linalg.norm(soft_gradient(z, v, t)))
            for t in (50.0, 100.0)
        ]
        report(
            f"Relative error of equation ({name}) at T = 50, over that at T = 100; logits of deviation 3",
            "about 2: the error falls as 1/T",
            f"{off[0] / off[1]:.2f} ({off[0]:.3f} over {off[1]:.3f})",
            met=1.7 < off[0] / off[1] < 2.4,
            **{f"halving_{name}": off[0] / off[1]},
        )


def teach(report: Report, seed: int, epochs: int) -> None:
    """Report the test errors of the teacher and of students without and with its answers."""
    test, answers = digits().test, teacher()
    by_teacher = errors(answers.test, test.labels)
    hard, soft = (
        errors(student(weight, logits, seed, epochs=epochs).logits(test.images), test.labels)
        for weight, logits in ((1.0, None), (HARD_WEIGHT, answers.training))
    )
    report(
        "Errors on 1,000 test digits: teacher of 2 × 1200, students of 2 × 300 on labels, with soft targets",
        "teacher fewest; soft targets at most 0.9 of those of labels alone",
        f"{by_teacher}, {hard} and {soft}",
        met=by_teacher < hard and soft <= 0.9 * hard,
        errors_teacher=by_teacher,
        errors_hard=hard,
        errors_soft=soft,
    )


def leave_out(report: Report, seed: int, epochs: int) -> np.ndarray:
    """Report which threes a student reads that never saw one, before and after its bias is raised.

    The shift is the best one on the digits it learned from and the threes it did not see.

    Returns:
        Its logits on the test digits.
    """
    training, test = digits()
    net = student_without_threes(teacher().training, seed, epochs=epochs)
    logits = net.logits(test.images)
    shift = best_shift(net.logits(training.images), training.labels, [MISSING]).by
    threes = test.labels == MISSING
    raw, moved = (
        float((one[threes].argmax(axis=1) == MISSING).mean())
        for one in (logits, logits + shift * (np.arange(10) == MISSING))
    )
    report(
        "Share of the threes that a student reads which never saw one; and with the bias of 3 raised",
        "at least 0.3 and at least 0.8; the shift is above 0",
        f"{raw:.2f} and {moved:.2f}, by {shift:.2f}",
        met=raw >= 0.3 and moved >= 0.8 and shift > 0,
        threes_raw=raw,
        threes_shifted=moved,
        shift=shift,
    )
    return logits
