"""One mutant after another, or several at once: compiled, linked, and given to the tests until one fails."""
import collections
import concurrent.futures
import hashlib
import shutil
import time

from mutation import sites

# `outcome`: caught, survived, uncompilable, same (compiles to what the unchanged text compiles to); `by` is the test that
# caught it, and `how` is how that failed.
Result = collections.namedtuple("Result", "path line kind old new outcome by how seconds")


class Trials:
    """Tries mutants in a scratch folder."""

    def __init__(self, scratch, sources, programs_for):
        self.scratch, self.sources, self.programs_for = scratch, sources, programs_for

    def one(self, mutant):
        started = time.monotonic()
        text = self.sources[mutant.path]
        line, old, new = sites.diff(text, mutant)
        # The same name for the same mutant, which lets a compiler cache know it again.
        name = hashlib.sha256(repr(mutant).encode()).hexdigest()[:12]
        folder = self.scratch.folder / "trials" / name
        try:
            outcome, by, how = self.judge(mutant, sites.mutated(text, mutant), folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return Result(mutant.path, line, mutant.kind, old, new, outcome, by, how, round(time.monotonic() - started, 1))

    def judge(self, mutant, text, folder):
        objects = self.scratch.compile(mutant.path, text, folder)
        if objects is None:
            return "uncompilable", None, None
        if not objects:
            return "same", None, None
        linked = {}
        for program in self.programs_for(mutant.path):
            if program.target not in linked:
                linked[program.target] = self.scratch.link(program.target, objects, folder)
            if linked[program.target] is None:
                return "uncompilable", None, None
            how = self.scratch.run_program(program, linked)
            if how is not None:
                return "caught", program.name, how
        return "survived", None, None

    def run(self, mutants, count, jobs, tell):
        """The results of the first mutants in order until `count` of them were given to the tests."""
        results, waiting, counted = [], {}, 0
        remaining = iter(mutants)
        with concurrent.futures.ThreadPoolExecutor(jobs) as executor:
            while True:
                while len(waiting) < min(jobs, count - counted):
                    mutant = next(remaining, None)
                    if mutant is None:
                        break
                    waiting[executor.submit(self.one, mutant)] = mutant
                if not waiting:
                    return results
                done, _ = concurrent.futures.wait(waiting, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in done:
                    del waiting[future]
                    result = future.result()
                    results.append(result)
                    counted += result.outcome in ("caught", "survived")
                    tell(result, counted)
