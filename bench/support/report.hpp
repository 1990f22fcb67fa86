// What a benchmark leaves behind: a Markdown table on stdout, and in its part of bench/results.md.
#pragma once
#include <string>
#include <vector>

namespace libre::bench {

using Row = std::vector<std::string>;
std::string markdown_table(const Row& titles, const std::vector<Row>& rows);

std::string ms(double milliseconds);          // "51 ms", "1.50 s"
std::string ratio(double ours, double peer);  // "0.27 x"

// Replaces the part of bench/results.md between the markers of `name`, or appends it; says on which
// date, on what processor and how many cores it was measured. Throws where it cannot be written.
void publish(const std::string& name, const std::string& title, const std::string& text);

}  // namespace libre::bench
