# JIRELOC_TEST_DEPOT and JIRELOC_TEST_PROJECT: a depot in which Top, Mid and Leaf are compiled by this Julia, and the
# environment that asks for them (tests/julia/package_test.py makes both). Without them only what needs no depot is tried.
using JiReloc, Test

@testset "JSON" begin
    parse = JiReloc.Json.parse
    @test parse(" {\"a\" : [1, -2.5e3, true, false, null], \"b\": {}} ") ==
          Dict("a" => Any[1, -2500.0, true, false, nothing], "b" => Dict())
    @test parse("\"\\u00e9\\n\\ud83d\\ude00\\\\ö\"") == "é\n😀\\ö"
    @test parse("9223372036854775807") === typemax(Int64)
    @test parse("9223372036854775808") === 9.223372036854775808e18
    for malformed in ("", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "01", "1.", "+1", "nul", "\"\t\"", "\"\\x\"", "\"\\ud800\"",
                      "\"\\u12g4\"", "1 2", "'a'", "{a:1}", "\"\xff\"", "[" ^ 300, "NaN")
        @test_throws JiReloc.Json.Malformed parse(malformed)
    end
end

@testset "errors" begin
    @test JiReloc.version() >= v"0.1"
    problem = try JiReloc.inspect("/nowhere.ji") catch caught caught end
    @test problem isa JiReloc.Error
    @test problem.file == "/nowhere.ji" && problem.code == "io"
    @test occursin("/nowhere.ji: ", sprint(showerror, problem))
    @test_throws JiReloc.Error JiReloc.inspect(@__FILE__)
    @test_throws JiReloc.Error JiReloc.prune("/tmp"; no_such_option = true)
    @test_throws JiReloc.Error JiReloc.prune("/tmp"; json = true)
    @test_throws ErrorException JiReloc.prune("/tmp"; progress = (_...) -> error("from the callback"))
end

if haskey(ENV, "JIRELOC_TEST_DEPOT")
    depot, project = ENV["JIRELOC_TEST_DEPOT"], ENV["JIRELOC_TEST_PROJECT"]
    compiled = joinpath(depot, "compiled")

    @testset "a depot" begin
        images = JiReloc.inspect([compiled])
        @test images.status == :well
        @test sort([image["modules"][1]["name"] for image in images.items]) == ["Leaf", "Mid", "Top"]
        leaf = JiReloc.inspect(first(image["path"] for image in images.items if occursin("/Leaf/", image["path"])); header = true)
        @test leaf["julia"] == string(VERSION)
        told = JiReloc.check([depot]; project = project)
        @test told.status == :well
        @test all(item -> item["verdict"] == "fresh" && item["loads"], told.items)
        @test JiReloc.explain("Top"; depots = [depot], project = project)["outcome"] == "loads"
        @test !isempty(JiReloc.scan(compiled).items)
    end

    @testset "a depot that moves" begin
        mktempdir() do top
            moved = joinpath(top, "m")
            mv(depot, moved)
            told = JiReloc.check([moved]; project = project)
            @test told.status == :findings
            @test all(item -> item["verdict"] == "stale", told.items)
            why = JiReloc.explain("Leaf"; depots = [moved], project = project)
            @test why["outcome"] == "compiles"
            @test occursin(depot, sprint(show, why))
            plan = JiReloc.rewrite(depot => moved, joinpath(moved, "compiled"); dry_run = true)
            @test all(item -> item["status"] == "rewritten", plan.items)
            seen = Tuple[]
            done = JiReloc.rewrite([depot => moved], [joinpath(moved, "compiled")]; progress = (state...) -> push!(seen, state))
            @test done.status == :well
            @test last(seen) == ("images", 3, 0, 0)
            @test JiReloc.check([moved]; project = project).status == :well
            mv(moved, depot)
            @test JiReloc.rewrite(moved => depot, compiled).status == :well
        end
    end

    @testset "a depot merged into another" begin
        shared = joinpath(dirname(depot), "s")
        @test JiReloc.relocate(depot, shared; dry_run = true).status == :well
        @test !isdir(shared)
        told = JiReloc.relocate(depot, shared)
        @test told.status == :well
        @test sort([item["status"] for item in told.items]) == ["merged", "merged", "merged", "relocated", "relocated", "relocated"]
        @test JiReloc.prune(shared).status == :well
        @test JiReloc.check([shared]; project = project).status == :well
    end
end
