// .env: any bytes give entries or one mistake with its line; a name is a word and a value stays on its line.
#include "shared/config/dotenv.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace aihub;
using aihub::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Result<std::vector<config::DotenvEntry>> entries = config::parse_dotenv(fuzz::text_of(data, size));
    if (!entries) {
        const std::string& message = entries.error().message;
        require(message.find(": ") != std::string::npos && message.front() != '0',
                "a mistake names its line");
        return 0;
    }
    int last = 0;
    for (const config::DotenvEntry& entry : *entries) {
        require(entry.line > last, "entries come in the order of the lines");
        require(entry.value.find('\n') == std::string::npos, "a value stays on its line");
        require(!entry.name.empty() && entry.name.find_first_of(" =\"'#") == std::string::npos,
                "a name is a word");
        last = entry.line;
    }
    return 0;
}
