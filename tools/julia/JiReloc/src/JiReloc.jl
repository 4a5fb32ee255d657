"""
Relocates compiled packages, by jireloc's shared library.

    JiReloc.inspect("Example/x7Sa0_5Fx2a.ji")            # what an image says of itself
    JiReloc.check(DEPOT_PATH; project = ".")             # would Julia load these images?
    JiReloc.explain("Example")                           # why does Julia compile it again?
    JiReloc.rewrite("/home/u/.julia" => "/srv/julia", "/srv/julia/compiled")
    JiReloc.relocate("/home/u/.julia", "/usr/share/julia")

Options are keywords: those of the command line, with `_` for `-`: `dry_run = true`, `depot = "/a:/b"`; a vector gives an
option several times, `false` and `nothing` leave it out. What a call finds wrong with an item is that item's result;
what is wrong with the call as a whole is thrown as a [`JiReloc.Error`](@ref).
"""
module JiReloc

import Libdl

include("json.jl")
include("library.jl")
include("calls.jl")

end
