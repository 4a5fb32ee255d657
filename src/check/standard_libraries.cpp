#include "check/standard_libraries.hpp"

#include <algorithm>
#include <iterator>

#include "base/inline_text.hpp"
#include "check/extension_uuid.hpp"

namespace jireloc::check {
namespace {

struct Library {
  InlineText<32> name;
  Uuid uuid;
};

constexpr Library libraries[] = {
    {"ArgTools", {0x0dad84c5d11242e6, 0x8d28ef12dabb789f}},
    {"Artifacts", {0x56f22d72fd6d98f1, 0x02f008ddc0907c33}},
    {"Base64", {0x2a0f44e36c8355bd, 0x87e4b1978d98bd5f}},
    {"CRC32c", {0x8bf52ea8c1795cab, 0x976a9e18b702a9bc}},
    {"Compiler", {0x807dbc54b67e4c79, 0x8afbeafe4df6f2e1}},
    {"CompilerSupportLibraries_jll", {0xe66e007870155450, 0x92f715fbd957f2ae}},
    {"Dates", {0xade2ca7038915945, 0x98fbdc099432e06a}},
    {"DelimitedFiles", {0x8bb1440f4735579b, 0xa4ab409b98df4dab}},
    {"Distributed", {0x8ba89e20285c5b6f, 0x935794700520ee1b}},
    {"Downloads", {0xf43a241fc20a4ad4, 0x852cf6b1247861c6}},
    {"FileWatching", {0x7b1f6079737a58dc, 0xb8bc7a2ca5c1b5ee}},
    {"Future", {0x9fa8497b333b5362, 0x9e8d4d0656e87820}},
    {"GMP_jll", {0x781609d710c451f6, 0x84f2b8444358ff6d}},
    {"InteractiveUtils", {0xb77e0a4cd29157a0, 0x90e88db25a27a240}},
    {"JuliaSyntaxHighlighting", {0xac6e5ff7fb654e79, 0xa425ec3bc9c03011}},
    {"LLD_jll", {0xd55e3150da415e91, 0xb323ecfd1eec6109}},
    {"LLVMLibUnwind_jll", {0x47c5dbc330ba59ef, 0x96a6123e260183d9}},
    {"LazyArtifacts", {0x4af54fe1eca043a8, 0x85a7787d91b784e3}},
    {"LibCURL", {0xb27032c2a3e750c8, 0x80cd2d36dbcbfd21}},
    {"LibCURL_jll", {0xdeac9b478bc75906, 0xa0fe35ac56dc84c0}},
    {"LibGit2", {0x76f8545052265b5a, 0x8eaa529ad045b433}},
    {"LibGit2_jll", {0xe37daf6758a4590a, 0x8e99b0245dd2ffc5}},
    {"LibOSXUnwind_jll", {0xa83860b7747b57cf, 0xbf1f3e79990d037f}},
    {"LibSSH2_jll", {0x29816b5ab9ab546f, 0x933cedad1886dfa8}},
    {"LibUV_jll", {0x183b4373670853ba, 0xad2860e28bb38547}},
    {"LibUnwind_jll", {0x745a5e78f96953e9, 0x954fd19f2f74f4e3}},
    {"Libdl", {0x8f399da335575675, 0xb5fffb832c97cbdb}},
    {"LinearAlgebra", {0x37e2e46df89d539d, 0xb4ee838fcccc9c8e}},
    {"Logging", {0x56ddb016857b54e1, 0xb83ddb4d58db5568}},
    {"MPFR_jll", {0x3a97d32306695f0c, 0x90663539efd106a3}},
    {"Markdown", {0xd6f4376eaef5505a, 0x96c19c027394607a}},
    {"MbedTLS_jll", {0xc8ffd9c3330d5841, 0xb78e0817d7145fa1}},
    {"Mmap", {0xa63ad1147e135084, 0x954ffe012c677804}},
    {"MozillaCACerts_jll", {0x14a3606df60d562e, 0x912112d972cd8159}},
    {"NetworkOptions", {0xca575930c2e343a9, 0xace41e988b2c1908}},
    {"OldPkg", {0xfe1c5a76584053d2, 0x82f9288dd83ce2ce}},
    {"OpenBLAS_jll", {0x4536629ac5285b80, 0xbd46f80d51c5b363}},
    {"OpenLibm_jll", {0x0582350019ac5b8b, 0x9628191a04bc5112}},
    {"OpenSSL_jll", {0x458c3c952e8450aa, 0x8efc19380b2a3a95}},
    {"PCRE2_jll", {0xefcefdf747ab520b, 0xbdef62a2eaa19f15}},
    {"Pkg", {0x44cfe95a1eb252ea, 0xb672e2afdf69b78f}},
    {"Printf", {0xde0858da63035e67, 0x874451eddeeeb8d7}},
    {"Profile", {0x9abbd945dff8562f, 0xb5e8e1ebf5ef1b79}},
    {"REPL", {0x3fa0cd96eef15676, 0x8a61b3b8758bbffb}},
    {"Random", {0x9a3f8284a2c95f02, 0x9a11845980a1fd5c}},
    {"SHA", {0xea8e919c243c51af, 0x8825aaa63cd721ce}},
    {"Serialization", {0x9e88b42af8295b0c, 0xbbe99e923198166b}},
    {"SharedArrays", {0x1a1011a384de559e, 0x8e89a11a2f7dc383}},
    {"Sockets", {0x6462fe0b24de5631, 0x8697dd941f90decc}},
    {"SparseArrays", {0x2f01184ee22b5df5, 0xae63d93ebab69eaf}},
    {"Statistics", {0x10745b1679ce11e8, 0x11f97d13ad32a3b2}},
    {"StyledStrings", {0xf489334bda3d4c2e, 0xb8f0e476e12c162b}},
    {"SuiteSparse", {0x4607b0f006f35cda, 0xb6b1a6196a1729e9}},
    {"SuiteSparse_jll", {0xbea87d4a7f5b5778, 0x9afe8cc45184846c}},
    {"TOML", {0xfa267f1f60494f14, 0xaa5433bafae1ed76}},
    {"Tar", {0xa4e569a6e8044fa4, 0xb0f3eef7a1d5b13e}},
    {"Test", {0x8dfed614e22c5e08, 0x85e165c5234f0b40}},
    {"UUIDs", {0xcf7118a769765b1a, 0x9a397adc72f591a4}},
    {"Unicode", {0x4ec0a83e493e50e2, 0xb9ac8f72acf5a8f5}},
    {"Zlib_jll", {0x83775a581f1d513f, 0xb197d71354ab007a}},
    {"Zstd_jll", {0x3161d3a3bdf65164, 0x811a617609db77b4}},
    {"dSFMT_jll", {0x05ff407cb0c15878, 0x9df8858cc2e60c36}},
    {"libLLVM_jll", {0x8f36deefc2a55394, 0x99ed8e07531fb29a}},
    {"libblastrampoline_jll", {0x8e850b9086db534c, 0xa0d31478176c7d93}},
    {"nghttp2_jll", {0x8e850ede76885339, 0xa07c302acd2aaf8d}},
    {"p7zip_jll", {0x3f19e93333d853b3, 0xaaabbd5110c3b7a0}},
};

// Of another version than 5 is no name-based UUID, as those of extensions are.
bool is_name_based(const Uuid& uuid) noexcept {
  return (uuid.hi >> 12 & 0xf) == 5;
}

}  // namespace

bool is_standard_library(std::string_view name) noexcept {
  return std::any_of(std::begin(libraries), std::end(libraries),
                     [&](const Library& library) { return library.name == name; });
}

bool is_shipped(std::string_view name, const Uuid& uuid) noexcept {
  if (std::any_of(std::begin(libraries), std::end(libraries),
                  [&](const Library& library) { return library.uuid == uuid && library.name == name; }))
    return true;
  return is_name_based(uuid) &&
         std::any_of(std::begin(libraries), std::end(libraries),
                     [&](const Library& library) { return is_extension_uuid(uuid, library.uuid, name); });
}

}  // namespace jireloc::check
