# What can be asked for.

const Paths = Union{AbstractString,AbstractVector{<:AbstractString}}
const Maps = Union{Pair,AbstractVector{<:Pair},AbstractDict}

listed(paths::AbstractString) = String[paths]
listed(paths::AbstractVector) = String[paths...]
pairs_of(map::Pair) = [map]
pairs_of(maps) = maps

# Where the images of a depot are; anything else as it is.
compiled_in(path) = isdir(joinpath(path, "compiled")) ? joinpath(path, "compiled") : path

# What is wrong with an item, as it is thrown.
function error_of(item, messages)
    reasons = get(item, "reasons", [])
    code, message = isempty(reasons) ? ("io", "it cannot be read") : (reasons[1]["code"], reasons[1]["message"])
    return Error(code, message, item["path"], "")
end

"""
    JiReloc.inspect(path; options...)

What the image at `path` says of itself, as a `Dict`; with `header = true` the quick part of it. Throws a
[`JiReloc.Error`](@ref) where it is no image.

    JiReloc.inspect(paths::AbstractVector; options...)

The same of many images and folders: a named tuple of `status` (`:well`, `:findings`, `:failed`), `items` (a vector with a
`Dict` for each) and `messages`.

# Examples
```julia
image = JiReloc.inspect("/home/u/.julia/compiled/v1.10/Example/x7Sa0_5Fx2a.ji")
image["julia"], [file["path"] for file in image["includes"]]
JiReloc.inspect(["/home/u/.julia/compiled"]; header = true).items
```
"""
function inspect(path::AbstractString; options...)
    isdir(path) && return inspect([path]; options...)
    told = inspect([path]; options...)
    isempty(told.items) && throw(Error("not-a-cache-file", "not a cache file", path, told.messages))
    item = only(told.items)
    get(item, "status", "") == "failed" && throw(error_of(item, told.messages))
    return item
end
inspect(paths::AbstractVector; options...) = call_on_paths(:inspect, listed(paths); options...)

"""
    JiReloc.scan(paths; options...)

Which paths are in the compiled code of images: `status`, `items`, `messages`, as of [`JiReloc.inspect`](@ref).
"""
scan(paths::Paths; options...) = call_on_paths(:scan, listed(paths); options...)

"""
    JiReloc.check(depots = DEPOT_PATH; project, options...)

Whether Julia would load images, and if not, why: `status` (`:well`, if all are fresh and load), `items`, `messages`. The
first of `depots` is judged, with those behind it as it needs them; `paths` names images or folders to judge instead.
`project` is the environment: a folder, or a load path; `nothing`, if it does not matter.

# Examples
```julia
told = JiReloc.check(["/home/u/.julia", "/usr/share/julia"]; project = ".")
[item["path"] => item["reasons"][1]["message"] for item in told.items if item["verdict"] == "stale"]
```
"""
function check(depots::Paths = DEPOT_PATH; paths = nothing, options...)
    judged = paths === nothing ? [compiled_in(first(listed(depots)))] : listed(paths)
    return call_on_paths(:check, judged; depot = join(listed(depots), ":"), options...)
end

"""
    JiReloc.explain(package; depots = DEPOT_PATH, project, options...)

Why Julia compiles a package again, as a `Dict`: `"answer"` is one sentence, `"command"` would mend it.

# Examples
```julia
JiReloc.explain("Example"; project = ".")["answer"]
```
"""
function explain(package::AbstractString; depots::Paths = DEPOT_PATH, options...)
    told = run_call(; depot = join(listed(depots), ":"), options...) do call_options
        ccall(symbol(:explain), Ptr{Cvoid}, (Cstring, Ptr{Cvoid}), package, call_options)
    end
    return only(told.items)
end

"""
    JiReloc.rewrite(maps, paths; dry_run = false, options...)

Rewrites images for a new place: `maps` is `OLD => NEW`, or several; `paths` are images, or folders with some. Gives
`status`, `items` and `messages`; each item has its `"status"` (`"rewritten"`, `"unchanged"`, `"skipped"`, `"failed"`) and
`"reasons"`. An image whose sources cannot be proven is left alone.

# Examples
```julia
JiReloc.rewrite("/home/u/.julia" => "/srv/julia", "/srv/julia/compiled"; dry_run = true)
JiReloc.rewrite(["/home/u/.julia" => "/srv/julia", "/opt/code" => "/srv/code"], ["/srv/julia/compiled"])
```
"""
rewrite(maps::Maps, paths::Paths; options...) = call_on_paths(:rewrite, listed(paths); maps = pairs_of(maps), options...)

"""
    JiReloc.relocate(from, to; dry_run = false, move = false, maps, options...)

Merges what may be cached of the depot `from` into the depot `to`: packages as they were installed, artifacts, and images
rewritten for their new place. Safe beside Julias that load from `to`. Gives `status`, `items` and `messages`; each item
has its `"kind"` (`"package"`, `"artifact"`, `"image"`, ...), `"status"` and `"reasons"`. Ctrl-C ends it cleanly: what is in
`to` is whole, and the same call does the rest.

# Examples
```julia
told = JiReloc.relocate("/home/u/.julia", "/usr/share/julia"; move = true)
count(item -> item["status"] == "relocated", told.items)
```
"""
function relocate(from::AbstractString, to::AbstractString; maps = (), options...)
    return run_call(; maps = pairs_of(maps), options...) do call_options
        ccall(symbol(:relocate), Ptr{Cvoid}, (Cstring, Cstring, Ptr{Cvoid}), from, to, call_options)
    end
end

"""
    JiReloc.prune(depot; delete = false, options...)

What of a depot is not as it should be, and with `delete = true` goes: `status`, `items`, `messages`.

# Examples
```julia
[item["path"] for item in JiReloc.prune("/usr/share/julia").items if item["status"] == "dropped"]
```
"""
function prune(depot::AbstractString; options...)
    return run_call(; options...) do call_options
        ccall(symbol(:prune), Ptr{Cvoid}, (Cstring, Ptr{Cvoid}), depot, call_options)
    end
end
