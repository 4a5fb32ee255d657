"""What the cases found out: rows of ratios, printed as a table or as JSON."""
import dataclasses
import json
from typing import Optional

from benchmark import measure


@dataclasses.dataclass
class Row:
    case: str
    what: str  # ours, in words
    rival: str
    ours_value: float
    rival_value: float
    unit: str  # "s", "ms", "GB/s"
    ratio: float  # ours / rival; with times_faster, and of speeds: how many times faster ours is
    least: float
    largest: float
    runs: int
    goal: Optional[str] = None  # "<= 1.0"
    reached: Optional[bool] = None
    cpu_ratio: Optional[float] = None
    ours_peak: Optional[int] = None  # bytes, RSS
    rival_peak: Optional[int] = None
    times_faster: bool = False


@dataclasses.dataclass
class Note:
    """A figure that is no ratio, or why there is none."""

    case: str
    text: str
    reached: Optional[bool] = None
    values: dict = dataclasses.field(default_factory=dict)


def meets(ratio, goal):
    relation, limit = goal.split()
    return ratio <= float(limit) if relation == "<=" else ratio >= float(limit)


def compare(case, ours, rival, goal=None, scale=1.0, unit="s"):
    """The row of two contenders that ran in turns. A goal ">= N" is for how many times faster ours is."""
    ratio, least, largest = measure.ratios(ours, rival)
    cpu, _, _ = measure.ratios(ours, rival, "cpu")
    row = Row(case, ours.name, rival.name, ours.median() * scale, rival.median() * scale, unit, ratio, least, largest,
              len(ours.runs), goal, None, cpu, int(ours.median("peak_rss")), int(rival.median("peak_rss")))
    if goal and goal.startswith(">="):
        row.times_faster = True
        row.ratio, row.least, row.largest = 1 / ratio, 1 / largest, 1 / least
    if goal:
        row.reached = meets(row.ratio, goal)
    return row


def size_text(size):
    return f"{size / 2**20:.0f}M" if size else ""


def ratio_text(ratio):
    return f"{ratio:.2f}" if 0.1 <= ratio < 10 else f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.2g}"


def verdict(reached):
    return {True: "yes", False: "NO", None: ""}[reached]


HEADINGS = ["case", "ours", "", "rival", "", "ratio", "spread", "CPU", "goal", "", "RSS"]


def cells(row):
    return [row.case, row.what, f"{row.ours_value:.3g} {row.unit}", row.rival, f"{row.rival_value:.3g} {row.unit}",
            ratio_text(row.ratio) + (" x" if row.times_faster else ""),
            f"{ratio_text(row.least)}-{ratio_text(row.largest)}",
            ratio_text(row.cpu_ratio) if row.cpu_ratio is not None else "", row.goal or "", verdict(row.reached),
            f"{size_text(row.ours_peak)}/{size_text(row.rival_peak)}" if row.ours_peak else ""]


def table(results):
    rows = [HEADINGS] + [cells(row) for row in results if isinstance(row, Row)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    if len(rows) > 1:
        lines.insert(1, "-" * max(map(len, lines)))
    notes = [f"{note.case}: {note.text}" + (f" [{verdict(note.reached)}]" if note.reached is not None else "")
             for note in results if isinstance(note, Note)]
    return "\n".join((lines if len(rows) > 1 else []) + notes)


def markdown(results):
    lines = ["| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS)]
    lines += ["| " + " | ".join(cells(row)) + " |" for row in results if isinstance(row, Row)]
    return "\n".join(lines)


def as_json(machine, results):
    def plain(item):
        return dict(dataclasses.asdict(item), kind="ratio" if isinstance(item, Row) else "note")

    return json.dumps({"schema": "jireloc/bench/1", "machine": machine, "results": [plain(item) for item in results]},
                      indent=1)
