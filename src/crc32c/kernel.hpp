// What a kernel is: the checksum of bytes, one way a file. Only crc32c.cpp chooses among them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace jireloc::crc32c {

// All kernels take and give the raw register: extend()'s value with all bits inverted.
using KernelFunction = uint32_t (*)(uint32_t state, const unsigned char* data, size_t size) noexcept;

uint32_t extend_portable(uint32_t state, const unsigned char* data, size_t size) noexcept;
#if defined(__x86_64__)
uint32_t extend_sse42(uint32_t state, const unsigned char* data, size_t size) noexcept;
uint32_t extend_sse42_pclmul(uint32_t state, const unsigned char* data, size_t size) noexcept;
uint32_t extend_avx512(uint32_t state, const unsigned char* data, size_t size) noexcept;
#elif defined(__aarch64__)
uint32_t extend_armv8(uint32_t state, const unsigned char* data, size_t size) noexcept;
#endif

}  // namespace jireloc::crc32c
