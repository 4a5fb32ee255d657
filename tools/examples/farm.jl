# The step after a package's tests, of a farm that is written in Julia:
#
#     julia farm.jl ~/.julia /usr/share/julia
#
# What may be cached of the depot that the tests have filled goes into the shared one. In place of a script that removes
# packages that must not be cached, verifies artifacts and images, and copies: all of that is one call, which besides
# rewrites the images, so that they load from where they are then.
#
# JiReloc has to be in the load path (JULIA_LOAD_PATH=…/tools/julia:@stdlib will do), libjireloc.so.0 where the system
# looks for libraries, or JIRELOC_LIBRARY name it.
using JiReloc

"""
    cache_after_tests(user, shared; options...)

Gives how many packages, artifacts and images came to what, `("image", "relocated") => 12`, and why something stayed out,
`path => reason`. Throws where the depots cannot be used at all, and where something could not be read or written: the
next test finds in `shared` what is whole, whatever happens here.
"""
function cache_after_tests(user, shared; options...)
    told = JiReloc.relocate(user, shared; options...)
    counts = Dict{Tuple{String,String},Int}()
    left_out = Pair{String,String}[]
    for item in told.items
        key = (item["kind"], item["status"])
        counts[key] = get(counts, key, 0) + 1
        item["status"] in ("dropped", "conflict", "failed") || continue
        push!(left_out, item["path"] => join([reason["message"] for reason in item["reasons"]], "; "))
    end
    told.status == :failed && error("not all could be cached:\n" * told.messages)
    return (counts = counts, left_out = left_out)
end

if abspath(PROGRAM_FILE) == @__FILE__
    length(ARGS) == 2 || (println(stderr, "usage: julia farm.jl DEPOT SHARED_DEPOT"); exit(2))
    # Whatever of it is at the target, verified, need not stay in the worker's depot.
    told = cache_after_tests(ARGS[1], ARGS[2]; move = true, lock_timeout = 60)
    for ((kind, status), count) in sort(collect(told.counts))
        println(rpad("$kind, $status", 22), count)
    end
    for (path, why) in told.left_out
        println("left out: ", path, ": ", why)
    end
end
