# What a Julia user might write in an afternoon: relocates the headers of Julia 1.5's cache files in place with the
# functions of Base. No proof of sources, no payload, no temporary files; for measuring only.
# usage: julia relocate.jl OLD NEW FOLDER

moved(path, old, new) = startswith(path, old * "/") ? new * path[ncodeunits(old)+1:end] : path

# Copies a counted text, relocated; returns its old length (0 ends a list).
function counted!(out, io, old, new)
    size = read(io, Int32)
    size == 0 && (write(out, size); return size)
    text = read(io, size)
    text[1] == 0x00 || (text = Vector{UInt8}(moved(String(text), old, new)))
    write(out, Int32(length(text)), text)
    return size
end

function relocate(file, old, new)
    lists_at = open(file) do stream
        Base.isvalid_file_crc(stream) || error("damaged: $file")
        seekstart(stream)
        Base.isvalid_cache_header(stream) || error("not a cache file of this Julia: $file")
        at = position(stream)
        Base.parse_cache_header(stream)            # throws where the lists do not add up
        at
    end
    bytes = read(file)
    io = IOBuffer(bytes)
    seek(io, lists_at)
    while (size = read(io, Int32)) != 0            # modules
        skip(io, size + 24)
    end
    total_at = position(io)
    total = read(io, Int64)
    list = IOBuffer()
    while counted!(list, io, old, new) != 0
        write(list, read(io, 8))                   # mtime
        index = read(io, Int32)
        write(list, index)
        while index != 0 && (size = read(io, Int32); write(list, size); size != 0)
            write(list, read(io, size))
        end
    end
    text_at = read(io, Int64)
    rest_at = position(io)
    grown = list.size + 8 - total
    out = IOBuffer(sizehint = length(bytes) + 4096)
    write(out, view(bytes, 1:total_at), Int64(total + grown), take!(list), Int64(text_at + grown))
    write(out, view(bytes, rest_at+1:text_at))
    seek(io, text_at)
    while counted!(out, io, old, new) != 0
        size = read(io, Int64)
        write(out, size, read(io, size))
    end
    result = take!(out)
    open(file, "w") do target
        write(target, result, Base._crc32c(result))
    end
end

function relocate_all(old, new, folder)
    for (root, _, files) in walkdir(folder), file in files
        endswith(file, ".ji") && relocate(joinpath(root, file), old, new)
    end
end

relocate_all(ARGS...)
