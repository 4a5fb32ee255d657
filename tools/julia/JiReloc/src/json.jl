# What the library says: JSON (RFC 8259), nothing looser. Objects become Dict{String,Any}, arrays Vector{Any}, null
# nothing; whole numbers Int64 where they fit, all others Float64.
module Json

struct Malformed <: Exception
    what::String
    at::Int  # byte, from 1
end
Base.showerror(io::IO, problem::Malformed) = print(io, "malformed JSON at byte ", problem.at, ": ", problem.what)

mutable struct Reader
    bytes::Base.CodeUnits{UInt8,String}
    at::Int
    depth::Int
end

const MOST_DEPTH = 200

fail(reader::Reader, what) = throw(Malformed(what, reader.at))
peek_byte(reader::Reader) = reader.at <= length(reader.bytes) ? reader.bytes[reader.at] : 0x00

function next_byte(reader::Reader)
    reader.at <= length(reader.bytes) || fail(reader, "it ends too early")
    byte = reader.bytes[reader.at]
    reader.at += 1
    return byte
end

function skip_space(reader::Reader)
    while peek_byte(reader) in (0x20, 0x09, 0x0a, 0x0d)
        reader.at += 1
    end
end

function expect(reader::Reader, text::String)
    for byte in codeunits(text)
        peek_byte(reader) == byte || fail(reader, "expected " * text)
        reader.at += 1
    end
end

"""
    Json.parse(text)

The one value that `text` holds. Throws `Json.Malformed`.
"""
function parse(text::AbstractString)
    reader = Reader(codeunits(String(text)), 1, 0)
    value = read_value(reader)
    skip_space(reader)
    reader.at > length(reader.bytes) || fail(reader, "something follows the value")
    return value
end

function read_value(reader::Reader)
    skip_space(reader)
    byte = peek_byte(reader)
    byte == UInt8('{') && return nested(read_object, reader)
    byte == UInt8('[') && return nested(read_array, reader)
    byte == UInt8('"') && return read_string(reader)
    byte == UInt8('t') && return (expect(reader, "true"); true)
    byte == UInt8('f') && return (expect(reader, "false"); false)
    byte == UInt8('n') && return (expect(reader, "null"); nothing)
    return read_number(reader)
end

function nested(read, reader::Reader)
    (reader.depth += 1) <= MOST_DEPTH || fail(reader, "nested too deep")
    value = read(reader)
    reader.depth -= 1
    return value
end

function read_object(reader::Reader)
    object = Dict{String,Any}()
    each_item(reader, "{", UInt8('}')) do
        skip_space(reader)
        key = read_string(reader)
        haskey(object, key) && fail(reader, "the key " * repr(key) * " stands there twice")
        skip_space(reader)
        expect(reader, ":")
        object[key] = read_value(reader)
    end
    return object
end

function read_array(reader::Reader)
    array = Any[]
    each_item(() -> push!(array, read_value(reader)), reader, "[", UInt8(']'))
    return array
end

function each_item(read, reader::Reader, open::String, close::UInt8)
    expect(reader, open)
    skip_space(reader)
    peek_byte(reader) == close && return (reader.at += 1; nothing)
    while true
        read()
        skip_space(reader)
        byte = next_byte(reader)
        byte == close && return nothing
        byte == UInt8(',') || (reader.at -= 1; fail(reader, "expected , or " * Char(close)))
    end
end

const ESCAPES = Dict(UInt8('"') => '"', UInt8('\\') => '\\', UInt8('/') => '/', UInt8('b') => '\b', UInt8('f') => '\f',
                     UInt8('n') => '\n', UInt8('r') => '\r', UInt8('t') => '\t')

function read_string(reader::Reader)
    expect(reader, "\"")
    out = IOBuffer()
    while true
        byte = next_byte(reader)
        byte == UInt8('"') && break
        byte < 0x20 && (reader.at -= 1; fail(reader, "a control character in a string"))
        byte == UInt8('\\') ? print(out, read_escape(reader)) : write(out, byte)
    end
    text = String(take!(out))
    isvalid(text) || fail(reader, "a string that is not UTF-8")
    return text
end

function read_escape(reader::Reader)
    byte = next_byte(reader)
    haskey(ESCAPES, byte) && return ESCAPES[byte]
    byte == UInt8('u') || (reader.at -= 1; fail(reader, "an unknown escape"))
    unit = read_hex(reader)
    0xdc00 <= unit <= 0xdfff && fail(reader, "half of a surrogate pair")
    0xd800 <= unit <= 0xdbff || return Char(unit)
    expect(reader, "\\u")
    low = read_hex(reader)
    0xdc00 <= low <= 0xdfff || fail(reader, "half of a surrogate pair")
    return Char(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
end

function read_hex(reader::Reader)
    value = UInt32(0)
    for _ in 1:4
        byte = next_byte(reader)
        digit = findfirst(==(lowercase(Char(byte))), "0123456789abcdef")
        digit === nothing && (reader.at -= 1; fail(reader, "expected four hexadecimal digits"))
        value = value << 4 | UInt32(digit - 1)
    end
    return value
end

const NUMBER = r"\G-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?"

function read_number(reader::Reader)
    found = match(NUMBER, reader.bytes.s, reader.at)
    found === nothing && fail(reader, reader.at > length(reader.bytes) ? "it ends too early" : "no value")
    reader.at += ncodeunits(found.match)
    whole = found[1] === nothing && found[2] === nothing ? tryparse(Int64, found.match) : nothing
    return whole === nothing ? Base.parse(Float64, found.match) : whole
end

end
