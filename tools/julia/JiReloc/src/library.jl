# The shared library: where it is, and one call of it.

"""
    JiReloc.Error

Why a call failed as a whole: `code` (`"io"`, `"usage"`, `"not-a-cache-file"`, ...), `message`, `file` (empty where it
speaks of none), and in `messages` what was said before.

```jldoctest
julia> JiReloc.inspect("/nowhere.ji")
ERROR: JiReloc.Error: /nowhere.ji: stat: No such file or directory (io)
```
"""
struct Error <: Exception
    code::String
    message::String
    file::String
    messages::String
end

function Base.showerror(io::IO, error::Error)
    print(io, "JiReloc.Error: ", isempty(error.file) ? "" : error.file * ": ", error.message, " (", error.code, ")")
    isempty(error.messages) || print(io, "\n", chomp(error.messages))
end

const LOADED = Ref{Ptr{Cvoid}}(C_NULL)
const NEEDED_ABI = 1

function find_library()
    named = get(ENV, "JIRELOC_LIBRARY", "")
    isempty(named) || return named
    found = Libdl.find_library(["libjireloc", "libjireloc.so.0"])
    isempty(found) || return found
    throw(Error("usage", "libjireloc.so.0 is not found: install jireloc's package libjireloc0 (or `cmake --install`), " *
                         "or set JIRELOC_LIBRARY to where it is", "", ""))
end

# The library, loaded when it is first asked for.
function library()
    LOADED[] == C_NULL || return LOADED[]
    path = find_library()
    handle = Libdl.dlopen(path; throw_error = false)
    handle === nothing && throw(Error("io", "it cannot be loaded as a library", path, ""))
    abi = Libdl.dlsym(handle, :jireloc_abi; throw_error = false)
    abi === nothing && throw(Error("usage", "it is no jireloc", path, ""))
    version = ccall(abi, Cuint, ())
    version >= NEEDED_ABI || throw(Error("usage", "its ABI is $version, at least $NEEDED_ABI is needed", path, ""))
    return LOADED[] = handle
end

symbol(name) = Libdl.dlsym(library(), Symbol("jireloc_", name))

"""
    JiReloc.version()

The version of the library that is loaded, as a `VersionNumber`.
"""
version() = VersionNumber(unsafe_string(ccall(symbol(:version), Cstring, ())))

struct Progress  # jireloc_progress
    size::Csize_t
    things::Cstring
    done::UInt64
    total::UInt64
    failed::UInt64
end

# Who watches a call, and what was thrown meanwhile.
mutable struct Watch
    progress::Any
    problem::Any
end

# Called by the library in this thread. Ctrl-C is held back while the library works, and let through here, where it ends
# the call cleanly.
function on_progress(state::Ptr{Progress}, user::Ptr{Cvoid})::Cint
    watch = unsafe_pointer_to_objref(user)::Watch
    try
        Base.reenable_sigint() do
            now = unsafe_load(state)
            watch.progress(unsafe_string(now.things), Int(now.done), Int(now.total), Int(now.failed))
        end
        return 0
    catch problem
        watch.problem === nothing && (watch.problem = problem)
        return 1
    end
end

no_progress(things, done, total, failed) = nothing

# Draws a line on a terminal.
mutable struct ProgressLine
    io::IO
    drawn::Bool
end
function (line::ProgressLine)(things, done, total, failed)
    done == 0 && !line.drawn && return
    line.drawn = true
    print(line.io, "\r\e[K", done, total == 0 ? "" : "/$total", " ", things, failed == 0 ? "" : ", $failed failed")
end
finish(line::ProgressLine) = line.drawn && print(line.io, "\r\e[K")
finish(_) = nothing

watcher(progress) = progress
watcher(progress::Nothing) = no_progress
watcher(progress::Bool) = progress ? ProgressLine(stderr, false) : no_progress

is_watched() = stderr isa Base.TTY

const STATUSES = (:well, :findings, :usage, :failed, :cancelled)

add_option(options, name::String, value::Bool) = value && set_option(options, name, C_NULL)
add_option(options, name::String, value::Nothing) = nothing
add_option(options, name::String, value) = set_option(options, name, string(value))
add_option(options, name::String, values::Union{AbstractVector,Tuple}) = foreach(value -> add_option(options, name, value), values)

function set_option(options, name::String, value)
    status = ccall(symbol(:options_set), Cint, (Ptr{Cvoid}, Cstring, Cstring), options, name, value)
    status == 0 || throw(Error("usage", "there is no option " * name, "", ""))
end

function add_maps(options, maps)
    for (old, new) in maps
        ccall(symbol(:options_map), Cint, (Ptr{Cvoid}, Cstring, Cstring), options, old, new)
    end
end

text_of(result, name) = unsafe_string(ccall(symbol(name), Cstring, (Ptr{Cvoid},), result))

function take_result(result)
    return (status = STATUSES[ccall(symbol(:result_status), Cint, (Ptr{Cvoid},), result) + 1],
            json = text_of(result, :result_json), messages = text_of(result, :result_messages),
            error = Error(text_of(result, :result_error_code), text_of(result, :result_error_text),
                          text_of(result, :result_error_file), text_of(result, :result_messages)))
end

# begin_call(options) makes one call of the library with the options that the keywords say. Gives what it comes to.
function run_call(begin_call; progress = is_watched(), maps = (), keywords...)
    watch = Watch(watcher(progress), nothing)
    options = ccall(symbol(:options_new), Ptr{Cvoid}, ())
    callback = @cfunction(on_progress, Cint, (Ptr{Progress}, Ptr{Cvoid}))
    told = try
        for (name, value) in keywords
            add_option(options, replace(String(name), '_' => '-'), value)
        end
        add_maps(options, maps)
        ccall(symbol(:options_on_progress), Cint, (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}), options, callback,
              pointer_from_objref(watch))
        GC.@preserve watch Base.disable_sigint() do
            result = begin_call(options)
            taken = take_result(result)
            ccall(symbol(:result_free), Cvoid, (Ptr{Cvoid},), result)
            taken
        end
    finally
        ccall(symbol(:options_free), Cvoid, (Ptr{Cvoid},), options)
        finish(watch.progress)
    end
    watch.problem === nothing || throw(watch.problem)
    isempty(told.error.code) || throw(told.error)
    return (status = told.status, items = Dict{String,Any}[Json.parse(line) for line in eachline(IOBuffer(told.json))],
            messages = told.messages)
end

function call_on_paths(name::Symbol, paths; keywords...)
    return run_call(; keywords...) do options
        ccall(symbol(name), Ptr{Cvoid}, (Ptr{Cstring}, Csize_t, Ptr{Cvoid}), paths, length(paths), options)
    end
end
