// The aarch64 features and processors of Julia 1.14, which takes them from LLVM through
// JuliaLang/cpufeatures. Only what LLVM is told of (llvm_feature_mask) is kept.
#include "check/processor_tables.hpp"

namespace jireloc::check {
namespace {

constexpr std::string_view architectures[] = {"aarch64"};

// As many rows as a line holds, features word by word.
// clang-format off
constexpr FeatureRow features[] = {
    {"aes", 0, 0}, {"altnzcv", 0, 11}, {"bf16", 0, 17}, {"bti", 0, 20}, {"ccpp", 0, 22}, {"chk", 0, 23},
    {"clrbhb", 0, 24}, {"crc", 0, 28}, {"cssc", 0, 29}, {"ccdp", 0, 30},
    {"complxnum", 1, 9}, {"dit", 1, 12}, {"dotprod", 1, 17}, {"ecv", 1, 22}, {"f8f16mm", 1, 26},
    {"f8f32mm", 1, 27}, {"faminmax", 1, 28}, {"fp8", 1, 30}, {"fp8dot2", 1, 31},
    {"fp8dot4", 2, 0}, {"fp8fma", 2, 1}, {"fp16fml", 2, 2}, {"fpac", 2, 3}, {"fp-armv8", 2, 4},
    {"fprcvt", 2, 5}, {"fptoint", 2, 6}, {"flagm", 2, 9}, {"fullfp16", 2, 11}, {"gcs", 2, 20}, {"hbc", 2, 21},
    {"jsconv", 2, 27}, {"ls64", 2, 29}, {"lse", 2, 30}, {"lse2", 2, 31},
    {"lse128", 3, 0}, {"lsfe", 3, 1}, {"lut", 3, 3}, {"mops", 3, 6}, {"mte", 3, 8}, {"f32mm", 3, 9},
    {"f64mm", 3, 10}, {"i8mm", 3, 11}, {"neon", 3, 12}, {"pauth", 3, 23},
    {"rcpc", 4, 3}, {"rcpc3", 4, 4}, {"rcpc-immo", 4, 5}, {"rdm", 4, 6}, {"rand", 4, 8},
    {"sb", 5, 2}, {"sha2", 5, 4}, {"sha3", 5, 5}, {"sm4", 5, 6}, {"sme", 5, 7}, {"sme2", 5, 8},
    {"sme2p1", 5, 9}, {"sme2p2", 5, 10}, {"sme-b16b16", 5, 11}, {"sme-f8f16", 5, 12}, {"sme-f8f32", 5, 13},
    {"sme-f16f16", 5, 14}, {"sme-f64f64", 5, 15}, {"sme-fa64", 5, 16}, {"sme-i16i64", 5, 17},
    {"sme-lutv2", 5, 18}, {"sme-mop4", 5, 19}, {"sme-tmop", 5, 20}, {"ssve-aes", 5, 25},
    {"ssve-bitperm", 5, 26}, {"ssve-fexpa", 5, 27}, {"ssve-fp8dot2", 5, 28}, {"ssve-fp8dot4", 5, 29},
    {"ssve-fp8fma", 5, 30}, {"sve", 5, 31},
    {"sve2", 6, 0}, {"sve2p1", 6, 1}, {"sve2p2", 6, 2}, {"sve-aes", 6, 3}, {"sve-b16b16", 6, 5},
    {"sve-bitperm", 6, 7}, {"sve-sha3", 6, 8}, {"sve-sm4", 6, 9}, {"sve-f16f32mm", 6, 10},
    {"wfxt", 7, 0}, {"v8a", 7, 9}, {"v8r", 7, 10}, {"v8.1a", 7, 11}, {"v8.2a", 7, 12}, {"v8.3a", 7, 13},
    {"v8.4a", 7, 14}, {"v8.5a", 7, 15}, {"v8.6a", 7, 16}, {"v8.7a", 7, 17}, {"v8.8a", 7, 18},
    {"v8.9a", 7, 19}, {"v9a", 7, 20}, {"v9.1a", 7, 21}, {"v9.2a", 7, 22}, {"v9.3a", 7, 23}, {"v9.4a", 7, 24},
    {"v9.5a", 7, 25}, {"v9.6a", 7, 26},
};

constexpr NeedRow needs[] = {
    {"aes", "neon"}, {"altnzcv", "flagm"}, {"bf16", "neon"}, {"ccdp", "ccpp"}, {"complxnum", "neon"},
    {"dotprod", "neon"}, {"f32mm", "sve"}, {"f64mm", "sve"}, {"f8f16mm", "fp8"}, {"f8f32mm", "fp8"},
    {"faminmax", "neon"}, {"fp16fml", "fullfp16"}, {"fp16fml", "neon"}, {"fp8", "neon"}, {"fp8dot2", "fp8"},
    {"fp8dot4", "fp8"}, {"fp8fma", "fp8"}, {"fprcvt", "fp-armv8"}, {"fptoint", "fp-armv8"},
    {"fullfp16", "fp-armv8"}, {"gcs", "chk"}, {"i8mm", "neon"}, {"jsconv", "fp-armv8"}, {"lse128", "lse"},
    {"lsfe", "fp-armv8"}, {"lut", "neon"}, {"neon", "fp-armv8"}, {"rcpc-immo", "rcpc"},
    {"rcpc3", "rcpc-immo"}, {"rdm", "neon"}, {"sha2", "neon"}, {"sha3", "sha2"}, {"sm4", "neon"},
    {"sme", "bf16"}, {"sme", "fullfp16"}, {"sme-b16b16", "sme2"}, {"sme-b16b16", "sve-b16b16"},
    {"sme-f16f16", "sme2"}, {"sme-f64f64", "sme"}, {"sme-f8f16", "fp8"}, {"sme-f8f16", "sme2"},
    {"sme-f8f32", "fp8"}, {"sme-f8f32", "sme2"}, {"sme-fa64", "sme"}, {"sme-fa64", "sve2"},
    {"sme-i16i64", "sme"}, {"sme-lutv2", "sme2"}, {"sme-mop4", "sme2"}, {"sme-tmop", "sme2"}, {"sme2", "sme"},
    {"sme2p1", "sme2"}, {"sme2p2", "sme2p1"}, {"ssve-aes", "sme2"}, {"ssve-aes", "sve-aes"},
    {"ssve-bitperm", "sme2"}, {"ssve-bitperm", "sve-bitperm"}, {"ssve-fexpa", "sme2"},
    {"ssve-fp8dot2", "fp8"}, {"ssve-fp8dot2", "sme2"}, {"ssve-fp8dot4", "fp8"}, {"ssve-fp8dot4", "sme2"},
    {"ssve-fp8fma", "fp8"}, {"ssve-fp8fma", "sme2"}, {"sve", "fullfp16"}, {"sve-aes", "aes"},
    {"sve-f16f32mm", "sve"}, {"sve-sha3", "sha3"}, {"sve-sm4", "sm4"}, {"sve2", "sve"}, {"sve2p1", "sve2"},
    {"sve2p2", "sve2p1"}, {"v8.1a", "crc"}, {"v8.1a", "lse"}, {"v8.1a", "rdm"}, {"v8.1a", "v8a"},
    {"v8.2a", "ccpp"}, {"v8.2a", "v8.1a"}, {"v8.3a", "complxnum"}, {"v8.3a", "jsconv"}, {"v8.3a", "pauth"},
    {"v8.3a", "rcpc"}, {"v8.3a", "v8.2a"}, {"v8.4a", "dit"}, {"v8.4a", "dotprod"}, {"v8.4a", "flagm"},
    {"v8.4a", "lse2"}, {"v8.4a", "rcpc-immo"}, {"v8.4a", "v8.3a"}, {"v8.5a", "altnzcv"}, {"v8.5a", "bti"},
    {"v8.5a", "ccdp"}, {"v8.5a", "fptoint"}, {"v8.5a", "sb"}, {"v8.5a", "v8.4a"}, {"v8.6a", "bf16"},
    {"v8.6a", "ecv"}, {"v8.6a", "i8mm"}, {"v8.6a", "v8.5a"}, {"v8.7a", "v8.6a"}, {"v8.7a", "wfxt"},
    {"v8.8a", "hbc"}, {"v8.8a", "mops"}, {"v8.8a", "v8.7a"}, {"v8.9a", "chk"}, {"v8.9a", "clrbhb"},
    {"v8.9a", "cssc"}, {"v8.9a", "v8.8a"}, {"v8r", "ccpp"}, {"v8r", "crc"}, {"v8r", "dit"}, {"v8r", "flagm"},
    {"v8r", "lse"}, {"v8r", "pauth"}, {"v8r", "rcpc-immo"}, {"v9.1a", "v8.6a"}, {"v9.1a", "v9a"},
    {"v9.2a", "v8.7a"}, {"v9.2a", "v9.1a"}, {"v9.3a", "v8.8a"}, {"v9.3a", "v9.2a"}, {"v9.4a", "v8.9a"},
    {"v9.4a", "v9.3a"}, {"v9.5a", "v9.4a"}, {"v9.6a", "v9.5a"}, {"v9a", "v8.5a"},
};
// clang-format on

constexpr CpuRow cpus[] = {
    {"generic", "", "fp-armv8 neon"},
    {"apple-a7", "generic", "aes sha2 v8a"},
    {"cortex-a34", "apple-a7", "crc"},
    {"cortex-a35", "cortex-a34", ""},
    {"cortex-a53", "cortex-a34", ""},
    {"cortex-a57", "cortex-a34", ""},
    {"cortex-a72", "cortex-a34", ""},
    {"cortex-a73", "cortex-a34", ""},
    {"exynos-m3", "cortex-a34", ""},
    {"kryo", "cortex-a34", ""},
    {"thunderx", "cortex-a34", ""},
    {"thunderxt81", "cortex-a34", ""},
    {"thunderxt83", "cortex-a34", ""},
    {"thunderxt88", "cortex-a34", ""},
    {"apple-a10", "cortex-a34", "rdm"},
    {"falkor", "apple-a10", ""},
    {"thunderx2t99", "apple-a10", "lse v8.1a"},
    {"apple-a11", "thunderx2t99", "ccpp fullfp16 v8.2a"},
    {"carmel", "apple-a11", ""},
    {"exynos-m4", "apple-a11", "dotprod"},
    {"exynos-m5", "exynos-m4", ""},
    {"a64fx", "apple-a11", "complxnum sve"},
    {"cortex-a55", "exynos-m4", "rcpc"},
    {"cortex-a65", "cortex-a55", ""},
    {"cortex-a65ae", "cortex-a55", ""},
    {"cortex-a75", "cortex-a55", ""},
    {"cortex-a76", "cortex-a55", ""},
    {"cortex-a76ae", "cortex-a55", ""},
    {"cortex-a77", "cortex-a55", ""},
    {"cortex-a78", "cortex-a55", ""},
    {"cortex-a78ae", "cortex-a55", ""},
    {"cortex-x1", "cortex-a55", ""},
    {"neoverse-e1", "cortex-a55", ""},
    {"neoverse-n1", "cortex-a55", ""},
    {"cortex-a78c", "cortex-a55", "flagm pauth"},
    {"thunderx3t110", "thunderx2t99", "ccpp complxnum jsconv pauth rcpc v8.2a v8.3a"},
    {"tsv110", "exynos-m4", "complxnum fp16fml jsconv"},
    {"apple-a12", "thunderx3t110", "fullfp16"},
    {"cortex-x1c", "cortex-a78c", "lse2 rcpc-immo"},
    {"cortex-r82", "generic",
     "ccdp ccpp complxnum crc dit dotprod flagm fp16fml fpac fullfp16 jsconv lse "
     "pauth rcpc rcpc-immo rdm sb v8r"},
    {"cortex-r82ae", "cortex-r82", ""},
    {"saphira", "thunderx3t110", "dit dotprod flagm lse2 rcpc-immo v8.4a"},
    {"apple-a13", "saphira", "fp16fml fullfp16 sha3"},
    {"apple-a14", "apple-a13", "altnzcv ccdp fptoint sb"},
    {"neoverse-v1", "apple-a13", "bf16 ccdp i8mm rand sm4 sve"},
    {"neoverse-512tvb", "neoverse-v1", "fpac"},
    {"ampere1", "saphira", "altnzcv bf16 bti ccdp ecv fptoint fullfp16 i8mm rand sb sha3 v8.5a v8.6a"},
    {"apple-a15", "apple-a14", "bf16 bti ecv fpac i8mm v8.5a v8.6a"},
    {"apple-a16", "apple-a15", ""},
    {"apple-a17", "apple-a15", ""},
    {"cortex-a510", "generic",
     "altnzcv bf16 bti ccdp ccpp complxnum crc dit dotprod flagm fp16fml fpac "
     "fptoint fullfp16 i8mm jsconv lse lse2 mte pauth rcpc rcpc-immo rdm sb sve sve-bitperm sve2 "
     "v8.1a v8.2a v8.3a v8.4a v8.5a v8a v9a"},
    {"cortex-a710", "cortex-a510", ""},
    {"cortex-a715", "cortex-a510", ""},
    {"cortex-x2", "cortex-a510", ""},
    {"cortex-x3", "cortex-a510", ""},
    {"neoverse-n2", "cortex-a510", ""},
    {"ampere1a", "ampere1", "mte sm4"},
    {"neoverse-v2", "cortex-a510", "rand"},
    {"oryon-1", "ampere1", "fp16fml sm4"},
    {"ampere1b", "ampere1a", "cssc v8.7a wfxt"},
    {"cortex-a320", "generic",
     "altnzcv bf16 bti ccdp ccpp complxnum crc dit dotprod ecv flagm fp16fml "
     "fptoint fullfp16 i8mm jsconv lse lse2 mte pauth rcpc rcpc-immo rdm sb sve sve-bitperm sve2 "
     "v8.1a v8.2a v8.3a v8.4a v8.5a v8.6a v8.7a v8a v9.1a v9.2a v9a wfxt"},
    {"apple-m4", "apple-a15", "sme sme-f64f64 sme-i16i64 sme2 v8.7a wfxt"},
    {"cortex-a520", "cortex-a320", "fpac"},
    {"cortex-a520ae", "cortex-a520", ""},
    {"cortex-a720", "cortex-a520", ""},
    {"cortex-a720ae", "cortex-a520", ""},
    {"cortex-a725", "cortex-a520", ""},
    {"cortex-x4", "cortex-a520", ""},
    {"cortex-x925", "cortex-a520", ""},
    {"neoverse-n3", "cortex-a520", "rand"},
    {"grace", "neoverse-v2", "aes sha2 sha3 sm4 sve-aes sve-sha3 sve-sm4"},
    {"neoverse-v3", "neoverse-n3", "ls64"},
    {"neoverse-v3ae", "neoverse-v3", ""},
    {"gb10", "cortex-a520", "aes sha2 sha3 sm4 sve-aes sve-sha3 sve-sm4"},
    {"olympus", "gb10", "chk faminmax fp8 fp8dot2 fp8dot4 fp8fma ls64 lut rand"},
    {"fujitsu-monaka", "oryon-1",
     "clrbhb faminmax fp8 fp8dot2 fp8dot4 fp8fma fpac hbc ls64 lut mops sve "
     "sve-aes sve-bitperm sve-sha3 sve-sm4 sve2 v8.7a v8.8a v9.1a v9.2a v9.3a v9a wfxt"},
};

// include/cpu_aliases.h
constexpr AliasRow aliases[] = {{"apple-m1", "apple-a14"},
                                {"apple-m2", "apple-a15"},
                                {"apple-m3", "apple-a16"},
                                {"apple-a18", "apple-m4"}};

constexpr VectorRow vectors[] = {{"sve", 256}};

}  // namespace

constinit const ProcessorTable aarch64_generated = {
    .architectures = architectures,
    .words = 10,
    .versions = {"1.14.0-DEV", ""},
    .source = "JuliaLang/cpufeatures generated/target_tables_aarch64.h at ea68ab9 (1.14.0-DEV of May 2026)",
    .features = features,
    .needs = needs,
    .brings = {},
    .cpus = cpus,
    .aliases = aliases,
    .never_used = {},
    .not_compared =
        "v8a v8r v8.1a v8.2a v8.3a v8.4a v8.5a v8.6a v8.7a v8.8a v8.9a v9a v9.1a v9.2a v9.3a v9.4a "
        "v9.5a v9.6a",
    .vectors = vectors,
    .is_generated = true};

}  // namespace jireloc::check
