// The aarch64 features and processors of Julia 1.9 to 1.13, as src/features_aarch64.h and
// src/processor_arm.cpp have them.
#include "check/processor_tables.hpp"

namespace jireloc::check {
namespace {

constexpr std::string_view architectures[] = {"aarch64"};

constexpr FeatureRow features[] = {
    {"aes", 0, 4},          {"sha2", 0, 6},      {"crc", 0, 7},      {"lse", 0, 8},
    {"fullfp16", 0, 9},     {"rdm", 0, 12},      {"jsconv", 0, 13},  {"complxnum", 0, 14},
    {"rcpc", 0, 15},        {"ccpp", 0, 16},     {"sha3", 0, 17},    {"sm4", 0, 19},
    {"dotprod", 0, 20},     {"sve", 0, 22},      {"fp16fml", 0, 23}, {"dit", 0, 24},
    {"rcpc-immo", 0, 26},   {"flagm", 0, 27},    {"ssbs", 0, 28},    {"sb", 0, 29},
    {"pauth", 0, 30},       {"ccdp", 1, 0},      {"sve2", 1, 1},     {"sve2-aes", 1, 3},
    {"sve2-bitperm", 1, 4}, {"sve2-sha3", 1, 5}, {"sve2-sm4", 1, 6}, {"altnzcv", 1, 7},
    {"fptoint", 1, 8},      {"f32mm", 1, 10},    {"f64mm", 1, 11},   {"i8mm", 1, 13},
    {"bf16", 1, 14},        {"rand", 1, 16},     {"bti", 1, 17},     {"mte", 1, 18},
    {"v8_1a", 2, 0},        {"v8_2a", 2, 1},     {"v8_3a", 2, 2},    {"v8_4a", 2, 3},
    {"v8_5a", 2, 4},        {"v8_6a", 2, 5}};

constexpr NeedRow needs[] = {
    {"altnzcv", "flagm"},    {"ccdp", "ccpp"},      {"f32mm", "sve"},     {"f64mm", "sve"},
    {"fp16fml", "fullfp16"}, {"rcpc-immo", "rcpc"}, {"sha3", "sha2"},     {"sve", "fullfp16"},
    {"sve2", "sve"},         {"sve2-aes", "aes"},   {"sve2-aes", "sve2"}, {"sve2-bitperm", "sve2"},
    {"sve2-sha3", "sha3"},   {"sve2-sha3", "sve2"}, {"sve2-sm4", "sm4"},  {"sve2-sm4", "sve2"}};

constexpr CpuRow cpus[] = {
    {"generic", "", ""},
    {"denver1", "generic", ""},
    {"xgene1", "generic", ""},
    {"xgene2", "generic", ""},
    {"xgene3", "generic", ""},
    {"cortex-a34", "generic", "crc"},
    {"cortex-a35", "cortex-a34", ""},
    {"cortex-a53", "cortex-a34", ""},
    {"cortex-a57", "cortex-a34", ""},
    {"cortex-a72", "cortex-a34", ""},
    {"cortex-a73", "cortex-a34", ""},
    {"thunderx", "cortex-a34", "aes sha2"},
    {"thunderxt88", "thunderx", ""},
    {"thunderxt88p1", "thunderx", ""},
    {"thunderxt81", "thunderx", ""},
    {"thunderxt83", "thunderx", ""},
    {"phecda", "thunderx", ""},
    {"denver2", "thunderx", ""},
    {"kyro", "thunderx", ""},
    {"exynos-m1", "thunderx", ""},
    {"exynos-m2", "thunderx", ""},
    {"exynos-m3", "thunderx", ""},
    {"apple-a7", "thunderx", ""},
    {"apple-a8", "thunderx", ""},
    {"apple-a9", "thunderx", ""},
    {"armv8.1-a", "cortex-a34", "lse rdm v8_1a"},
    {"falkor", "thunderx", "rdm"},
    {"apple-a10", "falkor", ""},
    {"armv8.2-a", "armv8.1-a", "ccpp v8_2a"},
    {"thunderx2t99", "armv8.1-a", "aes sha2"},
    {"thunderx2t99p1", "thunderx2t99", ""},
    {"octeontx2", "armv8.2-a", "aes sha2"},
    {"octeontx2t98", "octeontx2", ""},
    {"octeontx2t96", "octeontx2", ""},
    {"octeontx2f95", "octeontx2", ""},
    {"octeontx2f95n", "octeontx2", ""},
    {"octeontx2f95mm", "octeontx2", ""},
    {"cortex-a65", "armv8.2-a", "fullfp16 rcpc ssbs"},
    {"cortex-a65ae", "cortex-a65", ""},
    {"cortex-a75", "armv8.2-a", "dotprod fullfp16 rcpc"},
    {"neoverse-e1", "cortex-a65", ""},
    {"carmel", "octeontx2", "fullfp16"},
    {"apple-a11", "carmel", ""},
    {"armv8.3_a", "armv8.2-a", "complxnum jsconv rcpc v8_3a"},
    {"cortex-a55", "cortex-a65", "dotprod"},
    {"cortex-a76", "cortex-a55", ""},
    {"cortex-a76ae", "cortex-a55", ""},
    {"cortex-a77", "cortex-a55", ""},
    {"cortex-a78", "cortex-a55", ""},
    {"cortex-x1", "cortex-a55", ""},
    {"neoverse-n1", "cortex-a55", ""},
    {"a64fx", "armv8.2-a", "complxnum fullfp16 sha2 sve"},
    {"tsv110", "carmel", "dotprod"},
    {"exynos-m4", "tsv110", ""},
    {"exynos-m5", "tsv110", ""},
    {"thunderx3t110", "armv8.3_a", "aes sha2"},
    {"apple-a12", "thunderx3t110", "fullfp16"},
    {"apple-s4", "apple-a12", ""},
    {"apple-s5", "apple-a12", ""},
    {"armv8.4-a", "armv8.3_a", "dit flagm rcpc-immo v8_4a"},
    {"saphira", "armv8.4-a", "aes sha2"},
    {"armv8.5-a", "armv8.4-a", "altnzcv ccdp fptoint sb v8_5a"},
    {"apple-a13", "saphira", "fp16fml fullfp16 sha3"},
    {"neoverse-v1", "armv8.4-a", "bf16 fullfp16 i8mm rand ssbs sve"},
    {"armv8.6_a", "armv8.5-a", "bf16 i8mm v8_6a"},
    {"apple-a14", "armv8.5-a", "aes dotprod fp16fml fullfp16 sha2 sha3"},
    {"apple-m1", "apple-a14", ""},
    {"neoverse-n2", "armv8.5-a", "bf16 fullfp16 i8mm mte rand sve sve2 sve2-bitperm"},
    {"apple-a15", "apple-a14", "bf16 i8mm", {"1.11.0-DEV", ""}},
    {"apple-a16", "apple-a15", "", {"1.11.0-DEV", ""}},
    {"apple-m2", "apple-a15", "", {"1.11.0-DEV", ""}},
    {"apple-m3", "apple-a15", "", {"1.11.0-DEV", ""}},
    {"apple-a17", "apple-a15", "", {"1.12.0-DEV", ""}},
    {"apple-m4", "apple-a15", "", {"1.12.0-DEV", ""}},
};

// enable_depends: what a version of the architecture includes.
constexpr NeedRow brings[] = {{"v8_6a", "v8_5a"},   {"v8_5a", "v8_4a"},     {"v8_4a", "v8_3a"},
                              {"v8_3a", "v8_2a"},   {"v8_2a", "v8_1a"},     {"v8_1a", "crc"},
                              {"v8_1a", "lse"},     {"v8_1a", "rdm"},       {"v8_2a", "ccpp"},
                              {"v8_3a", "jsconv"},  {"v8_3a", "complxnum"}, {"v8_3a", "rcpc"},
                              {"v8_4a", "dit"},     {"v8_4a", "rcpc-immo"}, {"v8_4a", "flagm"},
                              {"v8_5a", "sb"},      {"v8_5a", "ccdp"},      {"v8_5a", "altnzcv"},
                              {"v8_5a", "fptoint"}, {"v8_6a", "i8mm"},      {"v8_6a", "bf16"}};

// normalize_cpu_name
constexpr AliasRow aliases[] = {{"ares", "neoverse-n1"}, {"zeus", "neoverse-v1"}, {"cyclone", "apple-a7"},
                                {"typhoon", "apple-a8"}, {"twister", "apple-a9"}, {"hurricane", "apple-a10"}};

constexpr VectorRow vectors[] = {{"sve2", 256}, {"sve", 128}};

}  // namespace

constinit const ProcessorTable aarch64_three_words = {
    .architectures = architectures,
    .words = 3,
    .versions = {"1.9.0-DEV", "1.14.0-DEV"},
    .source =
        "JuliaLang/julia src/features_aarch64.h and src/processor_arm.cpp at a2db90fe8d (1.9), 8a4ab1191b "
        "(1.10), 7053e4c264 (1.11), 6a35f24a46 (1.12, 1.13)",
    .features = features,
    .needs = needs,
    .brings = brings,
    .cpus = cpus,
    .aliases = aliases,
    .never_used = {},
    .not_compared = {},
    .vectors = vectors,
    .is_generated = false};

}  // namespace jireloc::check
