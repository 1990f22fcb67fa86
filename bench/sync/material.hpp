// Projects to synchronize: many small files, or one large one, and the changes that people make.
// The same arguments make the same bytes.
#pragma once
#include <cstdint>
#include <filesystem>

namespace libre::bench {

// `count` files of 1 to 10 kB (5.5 kB on average) of words, 100 in a directory.
void make_files(const std::filesystem::path& root, int count);
// Writes new content, of the same size, to every `step`-th of them.
void change_files(const std::filesystem::path& root, int count, int step, std::uint64_t seed);
// Gives the first directory another name, and back.
void rename_directory(const std::filesystem::path& root);

// A file of bytes that do not compress.
void make_large(const std::filesystem::path& file, std::uint64_t size);
// Other bytes in `pages` pages of 4 KiB, spread over it.
void change_pages(const std::filesystem::path& file, int pages, std::uint64_t seed);
void insert_front(const std::filesystem::path& file, std::uint64_t bytes, std::uint64_t seed);
void append(const std::filesystem::path& file, std::uint64_t bytes, std::uint64_t seed);

}  // namespace libre::bench
