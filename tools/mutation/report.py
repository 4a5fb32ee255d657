"""What came of the mutants: a table by folder, and those that no test noticed."""
import collections
import json
import pathlib

COLUMNS = ["folder", "mutants", "caught", "by timeout", "survived", "equivalent", "share", "uncompilable", "same code"]


def read_equivalent(path):
    """The reviewed mutants that change nothing anybody could notice: {(path, old, new): why}.

    An entry has four lines: the file, '- ' and the line as it is, '+ ' and the line as mutated, 'why: ' and the reason.
    Between entries stands an empty line; lines with '#' in front are comments."""
    entries = {}
    if not path.exists():
        return entries
    text = "\n".join(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    for number, entry in enumerate(filter(None, (part.strip() for part in text.split("\n\n"))), 1):
        lines = entry.split("\n")
        if len(lines) != 4 or not lines[1].startswith("- ") or not lines[2].startswith("+ ") or not lines[3].startswith("why: "):
            raise ValueError(f"{path}: entry {number} is not a file, a line, a mutated line and a reason")
        entries[(lines[0], lines[1][2:], lines[2][2:])] = lines[3][5:]
    return entries


def is_equivalent(result, equivalent):
    return result.outcome == "survived" and (result.path, result.old, result.new) in equivalent


def counts(results, equivalent):
    """The row of these results, without its name."""
    outcomes = collections.Counter(result.outcome for result in results)
    same_meaning = sum(is_equivalent(result, equivalent) for result in results)
    judged = outcomes["caught"] + outcomes["survived"] - same_meaning
    return {"mutants": outcomes["caught"] + outcomes["survived"], "caught": outcomes["caught"],
            "by timeout": sum(result.how == "timeout" for result in results), "survived": outcomes["survived"] - same_meaning,
            "equivalent": same_meaning, "share": outcomes["caught"] / judged if judged else None,
            "uncompilable": outcomes["uncompilable"], "same code": outcomes["same"]}


def rows(results, equivalent):
    folders = sorted({str(pathlib.PurePath(result.path).parent) for result in results})
    found = [{"folder": folder, **counts([r for r in results if str(pathlib.PurePath(r.path).parent) == folder], equivalent)}
             for folder in folders]
    return found + [{"folder": "in all", **counts(results, equivalent)}]


def table(found):
    lines = [f"{COLUMNS[0]:<16}" + "".join(f"{column:>{len(column) + 3}}" for column in COLUMNS[1:])]
    for row in found:
        cells = [("-" if row[column] is None else f"{100 * row[column]:.1f} %") if column == "share" else str(row[column])
                 for column in COLUMNS[1:]]
        lines.append(f"{row['folder']:<16}" + "".join(f"{cell:>{len(column) + 3}}" for cell, column in zip(cells, COLUMNS[1:])))
    return "\n".join(lines)


def entry(result):
    """A mutant as the file of equivalent ones has it."""
    return f"{result.path}:{result.line}\n- {result.old}\n+ {result.new}"


def survivors(results, equivalent):
    return sorted((result for result in results if result.outcome == "survived" and not is_equivalent(result, equivalent)),
                  key=lambda result: (result.path, result.line))


def as_json(results, equivalent, seed, share_wanted):
    found = rows(results, equivalent)
    listed = [{**result._asdict(), "equivalent": equivalent.get((result.path, result.old, result.new))
               if result.outcome == "survived" else None} for result in results]
    return json.dumps({"seed": seed, "wanted": share_wanted, "folders": found[:-1], "all": found[-1], "mutants": listed},
                      indent=1, ensure_ascii=False)
