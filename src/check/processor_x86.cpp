// The x86 features and processors of Julia 1.9 to 1.13, as src/features_x86.h and src/processor_x86.cpp have
// them. What all targets have (sse2, fxsr and the like) has no number there.
#include "check/processor_tables.hpp"

namespace jireloc::check {
namespace {

constexpr std::string_view architectures[] = {"x86_64", "i686"};

// As many rows as a line holds, features word by word.
// clang-format off
constexpr FeatureRow features_eleven[] = {
    {"sse3", 0, 0}, {"pclmul", 0, 1}, {"ssse3", 0, 9}, {"fma", 0, 12}, {"cx16", 0, 13}, {"sse4.1", 0, 19},
    {"sse4.2", 0, 20}, {"movbe", 0, 22}, {"popcnt", 0, 23}, {"aes", 0, 25}, {"xsave", 0, 26}, {"avx", 0, 28},
    {"f16c", 0, 29}, {"rdrnd", 0, 30},
    {"fsgsbase", 2, 0}, {"bmi", 2, 3}, {"avx2", 2, 5}, {"bmi2", 2, 8}, {"rtm", 2, 11}, {"avx512f", 2, 16},
    {"avx512dq", 2, 17}, {"rdseed", 2, 18}, {"adx", 2, 19}, {"avx512ifma", 2, 21}, {"clflushopt", 2, 23},
    {"clwb", 2, 24}, {"avx512pf", 2, 26}, {"avx512er", 2, 27}, {"avx512cd", 2, 28}, {"sha", 2, 29},
    {"avx512bw", 2, 30}, {"avx512vl", 2, 31},
    {"prefetchwt1", 3, 0}, {"avx512vbmi", 3, 1}, {"pku", 3, 4}, {"waitpkg", 3, 5}, {"avx512vbmi2", 3, 6},
    {"shstk", 3, 7}, {"gfni", 3, 8}, {"vaes", 3, 9}, {"vpclmulqdq", 3, 10}, {"avx512vnni", 3, 11},
    {"avx512bitalg", 3, 12}, {"avx512vpopcntdq", 3, 14}, {"rdpid", 3, 22}, {"cldemote", 3, 25},
    {"movdiri", 3, 27}, {"movdir64b", 3, 28}, {"enqcmd", 3, 29},
    {"uintr", 4, 5}, {"avx512vp2intersect", 4, 8}, {"serialize", 4, 14}, {"tsxldtrk", 4, 16},
    {"pconfig", 4, 18}, {"amx-bf16", 4, 22}, {"avx512fp16", 4, 23}, {"amx-tile", 4, 24}, {"amx-int8", 4, 25},
    {"sahf", 5, 0}, {"lzcnt", 5, 5}, {"sse4a", 5, 6}, {"prfchw", 5, 8}, {"xop", 5, 11}, {"fma4", 5, 16},
    {"tbm", 5, 21}, {"mwaitx", 5, 29},
    {"xsaveopt", 7, 0}, {"xsavec", 7, 1}, {"xsaves", 7, 3},
    {"clzero", 8, 0}, {"wbnoinvd", 8, 9},
    {"avxvnni", 9, 4}, {"avx512bf16", 9, 5},
    {"ptwrite", 10, 4},
};

constexpr NeedRow needs_eleven[] = {
    {"amx-bf16", "amx-tile"}, {"amx-int8", "amx-tile"}, {"avx", "sse4.2"}, {"avx2", "avx"},
    {"avx512bf16", "avx512bw"}, {"avx512bitalg", "avx512bw"}, {"avx512bw", "avx512f"},
    {"avx512cd", "avx512f"}, {"avx512dq", "avx512f"}, {"avx512er", "avx512f"}, {"avx512f", "avx2"},
    {"avx512fp16", "avx512bw"}, {"avx512fp16", "avx512dq"}, {"avx512fp16", "avx512vl"},
    {"avx512ifma", "avx512f"}, {"avx512pf", "avx512f"}, {"avx512vbmi", "avx512bw"},
    {"avx512vbmi2", "avx512bw"}, {"avx512vl", "avx512f"}, {"avx512vnni", "avx512f"},
    {"avx512vp2intersect", "avx512f"}, {"avx512vpopcntdq", "avx512f"}, {"avxvnni", "avx2"}, {"f16c", "avx"},
    {"fma", "avx"}, {"fma4", "avx"}, {"fma4", "sse4a"}, {"sse4.1", "ssse3"}, {"sse4.2", "sse4.1"},
    {"sse4a", "sse3"}, {"ssse3", "sse3"}, {"vaes", "aes"}, {"vaes", "avx"}, {"vpclmulqdq", "avx"},
    {"vpclmulqdq", "pclmul"}, {"xop", "fma4"}, {"xsavec", "xsave"}, {"xsaveopt", "xsave"},
    {"xsaves", "xsave"},
};

constexpr FeatureRow features_twelve[] = {
    {"sse3", 0, 0}, {"pclmul", 0, 1}, {"ssse3", 0, 9}, {"fma", 0, 12}, {"cx16", 0, 13}, {"sse4.1", 0, 19},
    {"sse4.2", 0, 20}, {"movbe", 0, 22}, {"popcnt", 0, 23}, {"aes", 0, 25}, {"xsave", 0, 26}, {"avx", 0, 28},
    {"f16c", 0, 29}, {"rdrnd", 0, 30},
    {"fsgsbase", 2, 0}, {"bmi", 2, 3}, {"avx2", 2, 5}, {"bmi2", 2, 8}, {"rtm", 2, 11}, {"avx512f", 2, 16},
    {"avx512dq", 2, 17}, {"rdseed", 2, 18}, {"adx", 2, 19}, {"avx512ifma", 2, 21}, {"clflushopt", 2, 23},
    {"clwb", 2, 24}, {"avx512cd", 2, 28}, {"sha", 2, 29}, {"avx512bw", 2, 30}, {"avx512vl", 2, 31},
    {"avx512vbmi", 3, 1}, {"pku", 3, 4}, {"waitpkg", 3, 5}, {"avx512vbmi2", 3, 6}, {"shstk", 3, 7},
    {"gfni", 3, 8}, {"vaes", 3, 9}, {"vpclmulqdq", 3, 10}, {"avx512vnni", 3, 11}, {"avx512bitalg", 3, 12},
    {"avx512vpopcntdq", 3, 14}, {"rdpid", 3, 22}, {"cldemote", 3, 25}, {"movdiri", 3, 27},
    {"movdir64b", 3, 28}, {"enqcmd", 3, 29},
    {"uintr", 4, 5}, {"avx512vp2intersect", 4, 8}, {"serialize", 4, 14}, {"tsxldtrk", 4, 16},
    {"pconfig", 4, 18}, {"amx-bf16", 4, 22}, {"avx512fp16", 4, 23}, {"amx-tile", 4, 24}, {"amx-int8", 4, 25},
    {"sahf", 5, 0}, {"lzcnt", 5, 5}, {"sse4a", 5, 6}, {"prfchw", 5, 8}, {"xop", 5, 11}, {"fma4", 5, 16},
    {"tbm", 5, 21}, {"mwaitx", 5, 29},
    {"xsaveopt", 7, 0}, {"xsavec", 7, 1}, {"xsaves", 7, 3},
    {"clzero", 8, 0}, {"wbnoinvd", 8, 9},
    {"sha512", 9, 0}, {"sm3", 9, 1}, {"sm4", 9, 2}, {"raoint", 9, 3}, {"avxvnni", 9, 4}, {"avx512bf16", 9, 5},
    {"cmpccxadd", 9, 7}, {"amx-fp16", 9, 21}, {"hreset", 9, 22}, {"avxifma", 9, 23},
    {"avxvnniint8", 10, 4}, {"avxneconvert", 10, 5}, {"amx-complex", 10, 8}, {"avxvnniint16", 10, 10},
    {"prefetchi", 10, 14}, {"usermsr", 10, 15},
    {"ptwrite", 11, 4},
};

constexpr NeedRow needs_twelve[] = {
    {"amx-bf16", "amx-tile"}, {"amx-complex", "amx-tile"}, {"amx-fp16", "amx-tile"}, {"amx-int8", "amx-tile"},
    {"avx", "sse4.2"}, {"avx2", "avx"}, {"avx512bf16", "avx512bw"}, {"avx512bitalg", "avx512bw"},
    {"avx512bw", "avx512f"}, {"avx512cd", "avx512f"}, {"avx512dq", "avx512f"}, {"avx512f", "avx2"},
    {"avx512fp16", "avx512bw"}, {"avx512fp16", "avx512dq"}, {"avx512fp16", "avx512vl"},
    {"avx512ifma", "avx512f"}, {"avx512vbmi", "avx512bw"}, {"avx512vbmi2", "avx512bw"},
    {"avx512vl", "avx512f"}, {"avx512vnni", "avx512f"}, {"avx512vp2intersect", "avx512f"},
    {"avx512vpopcntdq", "avx512f"}, {"avxifma", "avx2"}, {"avxneconvert", "avx2"}, {"avxvnni", "avx2"},
    {"avxvnniint16", "avx2"}, {"avxvnniint8", "avx2"}, {"f16c", "avx"}, {"fma", "avx"}, {"fma4", "avx"},
    {"fma4", "sse4a"}, {"sha512", "avx2"}, {"sm3", "avx"}, {"sm4", "avx2"}, {"sse4.1", "ssse3"},
    {"sse4.2", "sse4.1"}, {"sse4a", "sse3"}, {"ssse3", "sse3"}, {"vaes", "aes"}, {"vaes", "avx"},
    {"vpclmulqdq", "avx"}, {"vpclmulqdq", "pclmul"}, {"xop", "fma4"}, {"xsavec", "xsave"},
    {"xsaveopt", "xsave"}, {"xsaves", "xsave"},
};
// clang-format on

constexpr CpuRow cpus[] = {
    {"generic", "", "cx16"},
    {"yonah", "", "sse3"},
    {"prescott", "yonah", ""},
    {"athlon64", "generic", ""},
    {"athlon-fx", "generic", ""},
    {"k8", "generic", ""},
    {"opteron", "generic", ""},
    {"nocona", "generic", "sse3"},
    {"athlon64-sse3", "nocona", ""},
    {"k8-sse3", "nocona", ""},
    {"opteron-sse3", "nocona", ""},
    {"core2", "nocona", "sahf ssse3"},
    {"bonnell", "core2", "movbe"},
    {"penryn", "core2", "sse4.1"},
    {"amdfam10", "nocona", "lzcnt popcnt sahf sse4a"},
    {"barcelona", "amdfam10", ""},
    {"nehalem", "penryn", "popcnt sse4.2"},
    {"westmere", "nehalem", "pclmul"},
    {"btver1", "amdfam10", "prfchw ssse3"},
    {"silvermont", "westmere", "movbe prfchw rdrnd"},
    {"sandybridge", "westmere", "avx xsave xsaveopt"},
    {"ivybridge", "sandybridge", "f16c fsgsbase rdrnd"},
    {"bdver1", "westmere", "aes avx fma4 lzcnt prfchw sse4a xop xsave"},
    {"btver2", "sandybridge", "aes bmi f16c lzcnt movbe prfchw sse4a"},
    {"goldmont", "silvermont", "aes clflushopt fsgsbase rdseed sha xsave xsavec xsaveopt xsaves"},
    {"haswell", "ivybridge", "avx2 bmi bmi2 fma lzcnt movbe"},
    {"bdver2", "bdver1", "bmi f16c fma tbm"},
    {"goldmont-plus", "goldmont", "ptwrite rdpid"},
    {"bdver3", "bdver2", "fsgsbase xsaveopt"},
    {"broadwell", "haswell", "adx prfchw rdseed"},
    {"tremont", "goldmont-plus", "clwb gfni"},
    {"knl", "broadwell", "aes avx512cd avx512f", {"1.12.0-DEV", ""}},
    {"skylake", "broadwell", "aes clflushopt xsavec xsaves"},
    {"knm", "knl", "avx512vpopcntdq", {"1.12.0-DEV", ""}},
    {"bdver4", "bdver3", "avx2 bmi2 movbe mwaitx rdrnd"},
    {"knl", "broadwell", "aes avx512cd avx512er avx512f avx512pf prefetchwt1", {"", "1.12.0-DEV"}},
    {"knm", "knl", "avx512vpopcntdq", {"", "1.12.0-DEV"}},
    {"znver1", "broadwell", "aes clflushopt clzero mwaitx sha sse4a xsavec"},
    {"znver2", "znver1", "clwb rdpid wbnoinvd"},
    {"skylake-avx512", "skylake", "avx512bw avx512cd avx512dq avx512f avx512vl clwb pku"},
    {"cascadelake", "skylake-avx512", "avx512vnni"},
    {"cooperlake", "cascadelake", "avx512bf16"},
    {"cannonlake", "skylake", "avx512bw avx512cd avx512dq avx512f avx512ifma avx512vbmi avx512vl pku sha"},
    {"znver3", "znver2", "pku shstk vaes vpclmulqdq"},
    {"alderlake", "skylake",
     "avxvnni clwb gfni movdir64b movdiri pconfig pku ptwrite rdpid serialize sha "
     "shstk vaes vpclmulqdq waitpkg"},
    {"icelake-client", "cannonlake",
     "avx512bitalg avx512vbmi2 avx512vpopcntdq clwb gfni rdpid vaes "
     "vpclmulqdq"},
    {"icelake-server", "icelake-client", "pconfig wbnoinvd"},
    {"tigerlake", "icelake-client", "avx512vp2intersect movdir64b movdiri shstk"},
    {"znver4",
     "icelake-client",
     "avx512bf16 avx512vnni clzero mwaitx shstk sse4a "
     "wbnoinvd",
     {"1.11.0-DEV", ""}},
    {"znver5", "znver4", "avx512vp2intersect avxvnni movdir64b movdiri prefetchi", {"1.12.0-DEV", ""}},
    {"sapphirerapids",
     "tigerlake",
     "amx-bf16 amx-int8 amx-tile avx512bf16 cldemote "
     "enqcmd pconfig ptwrite serialize tsxldtrk waitpkg wbnoinvd",
     {"", "1.10.0-DEV"}},
    {"sapphirerapids",
     "tigerlake",
     "amx-bf16 amx-int8 amx-tile avx512bf16 avx512fp16 "
     "avxvnni cldemote enqcmd pconfig ptwrite serialize tsxldtrk uintr waitpkg wbnoinvd",
     {"1.10.0-DEV", ""}},
};

// normalize_cpu_name
// clang-format off
constexpr AliasRow aliases[] = {
    {"atom", "bonnell"}, {"slm", "silvermont"}, {"glm", "goldmont"}, {"corei7", "nehalem"},
    {"corei7-avx", "sandybridge"}, {"core-avx-i", "ivybridge"}, {"core-avx2", "haswell"},
    {"skx", "skylake-avx512"}, {"x86-64", "generic"}, {"x86_64", "generic"},
};
// clang-format on

constexpr VectorRow vectors[] = {{"avx512f", 64}, {"avx", 32}};

constexpr ProcessorTable table(size_t words, VersionRange versions, std::string_view source,
                               std::span<const FeatureRow> features, std::span<const NeedRow> needs) {
  return {.architectures = architectures,
          .words = words,
          .versions = versions,
          .source = source,
          .features = features,
          .needs = needs,
          .brings = {},
          .cpus = cpus,
          .aliases = aliases,
          .never_used = "rdrnd rdseed rtm xsaveopt",
          .not_compared = {},
          .vectors = vectors,
          .is_generated = false};
}

}  // namespace

constinit const ProcessorTable x86_eleven_words =
    table(11, {"1.9.0-DEV", "1.12.0-alpha1"},
          "JuliaLang/julia src/features_x86.h and src/processor_x86.cpp at a2db90fe8d (1.9), 8a4ab1191b "
          "(1.10), 7053e4c264 (1.11)",
          features_eleven, needs_eleven);
constinit const ProcessorTable x86_twelve_words =
    table(12, {"1.12.0-DEV", "1.14.0-DEV"},
          "JuliaLang/julia src/features_x86.h and src/processor_x86.cpp at 6a35f24a46 (1.12, 1.13)",
          features_twelve, needs_twelve);

}  // namespace jireloc::check
