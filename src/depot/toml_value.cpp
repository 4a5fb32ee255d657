// toml++ stays behind this file: the rest sees TomlValue.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <bit>
#include <cmath>
#include <mutex>
#include <sstream>

#include "depot/toml_guard.hpp"
#include "jireloc/environment.hpp"
#include "jireloc/error.hpp"
#include "jireloc/work_limits.hpp"

namespace jireloc {
namespace {

constexpr size_t kSmallText = 64 << 10;

TomlTable convert_table(const toml::table& table);

template <typename T>
std::string streamed(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

TomlValue convert(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::boolean:
      return {node.as_boolean()->get()};
    case toml::node_type::integer:
      return {node.as_integer()->get()};
    case toml::node_type::floating_point:
      return {node.as_floating_point()->get()};
    case toml::node_type::string:
      return {node.as_string()->get()};
    case toml::node_type::date:
      return {TomlValue::Time{streamed(node.as_date()->get())}};
    case toml::node_type::time:
      return {TomlValue::Time{streamed(node.as_time()->get())}};
    case toml::node_type::date_time:
      return {TomlValue::Time{streamed(node.as_date_time()->get())}};
    case toml::node_type::array: {
      TomlArray array;
      for (const toml::node& item : *node.as_array()) array.push_back(convert(item));
      return {std::move(array)};
    }
    case toml::node_type::table:
      return {convert_table(*node.as_table())};
    case toml::node_type::none:
      break;
  }
  return {};
}

TomlTable convert_table(const toml::table& table) {
  TomlTable result;
  for (const auto& [key, node] : table) result.emplace(std::string(key.str()), convert(node));
  return result;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace

TomlTable parse_toml(std::string_view text, const std::string& name_for_messages, const TomlLimits& limits) {
  if (text.size() > limits.bytes)
    throw Error(ErrorKind::too_large, fmt::format("TOML larger than {} bytes", limits.bytes),
                name_for_messages);
  guard_toml(text, name_for_messages, limits.nodes * work_limits().toml_nodes / kProjectLimits.nodes);
  // The parser takes many times the size of a text: one large text at a time, whatever the number of threads.
  static std::mutex large;
  std::unique_lock<std::mutex> alone(large, std::defer_lock);
  if (text.size() > kSmallText) alone.lock();
  try {
    return convert_table(toml::parse(text, std::string_view(name_for_messages)));
  } catch (const toml::parse_error& problem) {
    // The parser's own words quote the text, which may be somebody's secret behind a symbolic link.
    throw Error(ErrorKind::bad_value,
                fmt::format("no TOML: line {}, column {}", problem.source().begin.line,
                            problem.source().begin.column),
                name_for_messages);
  }
}

bool TomlValue::operator==(const TomlValue& other) const {
  const auto* real = std::get_if<double>(&value);
  const auto* other_real = std::get_if<double>(&other.value);
  if (real != nullptr && other_real != nullptr) {
    return std::bit_cast<uint64_t>(*real) == std::bit_cast<uint64_t>(*other_real);
  }
  return value == other.value;
}

std::string TomlValue::text() const {
  struct Writer {
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(int64_t integer) const { return fmt::format("{}", integer); }
    std::string operator()(double real) const {
      std::string text = fmt::format("{}", real);
      return std::isfinite(real) && text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
    }
    std::string operator()(const std::string& string) const { return quoted(string); }
    std::string operator()(const Time& time) const { return time.text; }
    std::string operator()(const TomlArray& array) const {
      std::string out = "[";
      for (const TomlValue& item : array) out.append(out.size() > 1 ? ", " : "").append(item.text());
      return out + "]";
    }
    std::string operator()(const TomlTable& table) const {
      std::string out = "{";
      for (const auto& [key, item] : table) {
        out.append(out.size() > 1 ? ", " : "").append(quoted(key)).append(" = ").append(item.text());
      }
      return out + "}";
    }
  };
  return std::visit(Writer{}, value);
}

}  // namespace jireloc
