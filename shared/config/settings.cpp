#include "shared/config/settings.hpp"

#include <cstdio>
#include <cstdlib>

#include "shared/base/strings.hpp"

namespace aihub::config {
namespace {

[[noreturn]] void wrong_question(std::string_view name, const char* what) {
    std::fprintf(stderr, "setting %.*s: %s\n", static_cast<int>(name.size()), name.data(), what);
    std::abort();
}

void expect_type(std::string_view name, Type type) {
    const Setting* setting = find_setting(name);
    if (setting == nullptr || setting->type != type)
        wrong_question(name, "asked for with another type than its row's");
}

}  // namespace

std::string mask_secret(std::string_view secret) {
    if (secret.size() < 12) return "…";
    return printable(secret.substr(0, 4)) + "…" + printable(secret.substr(secret.size() - 4));
}

const Value& Settings::at(std::string_view name) const {
    auto found = values_.find(name);
    if (found == values_.end()) wrong_question(name, "there is no such row");
    return found->second;
}

bool Settings::is_default(std::string_view name) const {
    return at(name).origin.starts_with("default");
}

const std::string& Settings::text(std::string_view name) const {
    return at(name).text;
}

std::int64_t Settings::integer(std::string_view name) const {
    expect_type(name, Type::integer);
    return static_cast<std::int64_t>(parse_unsigned(text(name)).value());
}

double Settings::number(std::string_view name) const {
    expect_type(name, Type::number);
    const std::string& digits = text(name);
    double value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

bool Settings::boolean(std::string_view name) const {
    expect_type(name, Type::boolean);
    return text(name) == "on";
}

std::uint64_t Settings::size(std::string_view name) const {
    expect_type(name, Type::size);
    return parse_size(text(name)).value();
}

Milliseconds Settings::duration(std::string_view name) const {
    expect_type(name, Type::duration);
    return parse_duration(text(name)).value();
}

std::vector<std::string> Settings::list(std::string_view name) const {
    expect_type(name, Type::list);
    return split_list(text(name));
}

std::string Settings::shown(std::string_view name) const {
    const std::string& value = text(name);
    if (!find_setting(name)->secret) return printable(value);
    std::string masked;
    for (const std::string& item : split_list(value)) {
        if (!masked.empty()) masked.push_back(',');
        masked.append(mask_secret(item));
    }
    return masked;
}

std::string Settings::print() const {
    std::string lines;
    for (const Setting& setting : settings_table()) {
        const std::string& origin = at(setting.name).origin;
        lines += std::string(setting.name) + " = " + shown(setting.name) + "   # " + origin + "\n";
    }
    return lines;
}

}  // namespace aihub::config
