#include <zstd.h>

#include "wire/compression.hpp"

namespace libre::wire {
namespace {

class Zstd final : public Compressor {
 public:
  Zstd() = default;
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;
  ~Zstd() override { ZSTD_freeCCtx(context_); }

  Encoding encoding() const override { return Encoding::zstd; }

  std::optional<std::string> compress(std::string_view bytes, int level) override {
    if (bytes.empty()) return std::nullopt;
    if (!context_) context_ = ZSTD_createCCtx();
    if (!context_) return std::nullopt;  // no memory: it goes as it is
    // One byte too few for bytes that do not get smaller: zstd gives up there.
    std::string out(bytes.size() - 1, '\0');
    const auto size =
        ZSTD_compressCCtx(context_, out.data(), out.size(), bytes.data(), bytes.size(), level);
    if (ZSTD_isError(size) != 0) return std::nullopt;
    out.resize(size);
    return out;
  }

 private:
  ZSTD_CCtx* context_ = nullptr;  // made when it is needed
};

}  // namespace

std::unique_ptr<Compressor> make_compressor() { return std::make_unique<Zstd>(); }

}  // namespace libre::wire
