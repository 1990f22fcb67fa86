// Stands in for libFuzzer where the compiler has none: runs a target over a corpus directory, then
// for two seconds over mutations of it. The seed is fixed, so a failure comes again.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run_once(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& corpus) : corpus_(corpus) {}

  std::string next() {
    std::string input = corpus_[below(corpus_.size())];
    for (std::size_t edits = 1 + below(8); edits > 0; --edits) edit(input);
    return input;
  }

 private:
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  void edit(std::string& input) {
    const std::size_t at = below(input.size() + 1);
    const auto byte = static_cast<char>(random_());
    switch (below(6)) {
      case 0:
        input.insert(at, 1, byte);
        break;
      case 1:
        input.erase(at, 1 + below(8));
        break;
      case 2:
        if (at < input.size()) input[at] = byte;
        break;
      case 3:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        break;
      case 4:
        input.resize(at);
        break;
      default: {  // splice a piece of another input in
        const auto& other = corpus_[below(corpus_.size())];
        const std::size_t from = below(other.size() + 1);
        input.insert(at, other, from, below(32));
      }
    }
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64 random_{20261121};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CORPUS_DIRECTORY\n", argv[0]);
    return 2;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1]))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> corpus = {""};
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  if (corpus.size() == 1) {
    std::fprintf(stderr, "%s is empty\n", argv[1]);
    return 1;
  }
  for (const auto& input : corpus) run_once(input);

  Mutator mutator(corpus);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  std::uint64_t count = 0;
  for (; std::chrono::steady_clock::now() < end; ++count) run_once(mutator.next());
  std::printf("%zu inputs and %llu mutations\n", corpus.size(),
              static_cast<unsigned long long>(count));
}
