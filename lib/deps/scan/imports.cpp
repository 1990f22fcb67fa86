#include "deps/scan/imports.hpp"

#include <algorithm>
#include <set>

#include "deps/scan/python_tokens.hpp"

namespace libre::deps {
namespace {

using Tokens = std::vector<Token>;
using Kind = Token::Kind;

bool mentions(const Tokens& tokens, std::string_view name) {
  return std::ranges::any_of(
      tokens, [&](const Token& token) { return token.kind == Kind::name && token.text == name; });
}

// What a line that opens a block makes of the imports in it.
struct Block {
  enum class Kind {
    plain,
    attempt,
    handler,
    deaf,  // a handler that no failing import reaches
    typing,
    version,
  } kind = Kind::plain;
  int indent = 0;
  int choice = 0, branch = 0;
};

class Finder {
 public:
  std::vector<Import> find(std::string_view source) {
    for (const Line& line : python_lines(source)) take(line);
    leave_blocks(-1);
    settle();
    return std::move(imports_);
  }

 private:
  void take(const Line& line) {
    line_ = line.number;
    const bool continues = continues_block(line.tokens);
    leave_blocks(continues ? line.indent : line.indent - 1, !continues);
    Tokens statement;
    int depth = 0;
    bool header = opens_block(line.tokens);
    for (const Token& token : line.tokens) {
      if (token.kind == Kind::op) {
        if (token.is("(") || token.is("[") || token.is("{")) ++depth;
        if (token.is(")") || token.is("]") || token.is("}")) --depth;
      }
      if (header && depth == 0 && token.is(":")) {
        enter(statement, line.indent);
        look(statement);
        statement.clear();
        header = false;
      } else if (depth == 0 && token.is(";")) {
        look(statement);
        statement.clear();
      } else {
        statement.push_back(token);
      }
    }
    look(statement);
  }

  static bool opens_block(const Tokens& tokens) {
    constexpr std::string_view words[] = {"if",      "elif",  "else",  "try",   "except",
                                          "finally", "for",   "def",   "class", "while",
                                          "with",    "async", "match", "case"};
    return tokens[0].kind == Kind::name &&
           std::ranges::find(words, tokens[0].text) != std::end(words);
  }
  static bool continues_block(const Tokens& tokens) {
    constexpr std::string_view words[] = {"elif", "else", "except", "finally"};
    return tokens[0].kind == Kind::name &&
           std::ranges::find(words, tokens[0].text) != std::end(words);
  }

  // Leaves the blocks whose header is indented more than `indent`; and, where a line goes on with one at
  // that very place, keeps what that was in `before_`.
  void leave_blocks(int indent, bool forget = true) {
    while (!blocks_.empty() && blocks_.back().indent > indent) blocks_.pop_back();
    before_ = Block{};
    if (forget || blocks_.empty() || blocks_.back().indent != indent) return;
    before_ = blocks_.back();
    blocks_.pop_back();
  }

  void enter(const Tokens& header, int indent) {
    const std::string word = header.empty() ? std::string() : header[0].text;
    const bool version =
        mentions(header, "version_info") || mentions(header, "PY2") || mentions(header, "PY3");
    Block block{Block::Kind::plain, indent, 0, 0};
    if (word == "try") {
      // A try in the handler of another one is the next thing that is tried.
      const bool next = !blocks_.empty() && blocks_.back().kind == Block::Kind::handler;
      block = {Block::Kind::attempt, indent, next ? blocks_.back().choice : new_choice(),
               next ? blocks_.back().branch : 0};
    } else if (word == "except") {
      block = handler(header, indent);
    } else if (word == "if" && mentions(header, "TYPE_CHECKING") && !mentions(header, "not")) {
      block.kind = Block::Kind::typing;
    } else if (word == "if" && version) {
      block = {Block::Kind::version, indent, new_choice(), 0};
      fate(block.choice).version = true;
    } else if ((word == "elif" || word == "else") && before_.kind == Block::Kind::version) {
      block = {Block::Kind::version, indent, before_.choice, before_.branch + 1};
      fate(block.choice).handled = true;
    }
    blocks_.push_back(block);
  }

  Block handler(const Tokens& header, int indent) {
    Block block{Block::Kind::handler, indent, before_.choice, before_.branch + 1};
    const bool anything =
        header.size() == 1 || mentions(header, "Exception") || mentions(header, "BaseException");
    const bool imports = mentions(header, "ImportError") || mentions(header, "ModuleNotFoundError");
    if (block.choice == 0 || !(anything || imports)) {
      block.kind = Block::Kind::deaf;
      return block;
    }
    // A handler of everything around a whole program does not mean that its imports may fail.
    if (imports || !fate(block.choice).works) fate(block.choice).handled = true;
    return block;
  }

  void look(const Tokens& tokens) {
    if (tokens.empty()) return;
    judge(tokens);
    if (tokens[0].kind == Kind::name && tokens[0].text == "import") return plain_import(tokens);
    if (tokens[0].kind == Kind::name && tokens[0].text == "from") return from_import(tokens);
    for (std::size_t i = 0; i + 2 < tokens.size(); ++i) call(tokens, i);
  }

  // What a statement tells of the block that it stands in.
  void judge(const Tokens& tokens) {
    if (blocks_.empty() || blocks_.back().choice == 0) return;
    const Block& block = blocks_.back();
    const bool exits =
        tokens[0].is("raise") || mentions(tokens, "exit") || mentions(tokens, "_exit");
    if (block.kind == Block::Kind::handler && exits) fate(block.choice).ends = true;
    const bool harmless = tokens[0].is("import") || tokens[0].is("from") || tokens[0].is("try") ||
                          tokens[0].is("pass") || (tokens.size() > 1 && tokens[1].is("="));
    if (block.kind == Block::Kind::attempt && !harmless) fate(block.choice).works = true;
  }

  // Reads "a.b.c" from `at` on; "" where no name stands there.
  static std::string dotted(const Tokens& tokens, std::size_t& at) {
    std::string name;
    while (at < tokens.size()) {
      if (tokens[at].kind == Kind::name && (name.empty() || name.back() == '.'))
        name += tokens[at++].text;
      else if (tokens[at].is(".") && !name.empty() && name.back() != '.' && ++at)
        name += '.';
      else
        break;
    }
    if (name.ends_with('.')) name.pop_back();
    return name;
  }

  void plain_import(const Tokens& tokens) {
    for (std::size_t at = 1; at < tokens.size();) {
      const auto name = dotted(tokens, at);
      if (name.empty()) return;  // no import: `import` as a word of some other language
      if (at < tokens.size() && tokens[at].is("as")) at += 2;
      add(name, {});
      if (at >= tokens.size() || !tokens[at].is(",")) return;
      ++at;
    }
  }

  void from_import(const Tokens& tokens) {
    std::size_t at = 1;
    const auto name = dotted(tokens, at);
    if (name.empty() || at >= tokens.size() || !tokens[at].is("import")) return;  // relative, too
    std::vector<std::string> names;
    for (++at; at < tokens.size(); ++at) {
      if (tokens[at].is("as"))
        ++at;
      else if (tokens[at].kind == Kind::name)
        names.push_back(tokens[at].text);
    }
    add(name, std::move(names));
  }

  void call(const Tokens& tokens, std::size_t at) {
    const std::string& name = tokens[at].text;
    const bool skips = name == "importorskip";
    if (tokens[at].kind != Kind::name ||
        !(skips || name == "import_module" || name == "__import__"))
      return;
    const Token& argument = tokens[at + 2];
    if (!tokens[at + 1].is("(") || argument.kind != Kind::text || !argument.plain) return;
    if (at + 3 < tokens.size() && !tokens[at + 3].is(")") && !tokens[at + 3].is(",")) return;
    const auto& module = argument.text;
    const auto letter = [](char c) {
      return c == '_' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
             (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
    };
    if (module.empty() || module[0] == '.' || !std::ranges::all_of(module, letter)) return;
    add(module, {});
    if (skips) imports_.back().need = Import::Need::optional;
  }

  void add(const std::string& module, std::vector<std::string> names) {
    Import import{module, std::move(names)};
    import.line = line_;
    for (const Block& block : blocks_) {
      if (block.kind == Block::Kind::typing) import.need = Import::Need::typing;
      if (block.choice == 0 || block.kind == Block::Kind::deaf) continue;
      import.choice = block.choice;
      import.branch = block.branch;
      fate(block.choice).branches.insert(block.branch);
    }
    imports_.push_back(std::move(import));
  }

  // What became of a try or a version test, known only at its end.
  struct Fate {
    bool handled = false;      // a handler catches a failing import; a version test has an else
    bool ends = false;         // and the program ends there
    bool works = false;        // the try does more than to import
    std::set<int> branches{};  // those that import something
    bool version = false;
  };
  Fate& fate(int choice) { return fates_[static_cast<std::size_t>(choice) - 1]; }
  int new_choice() {
    fates_.push_back({});
    return static_cast<int>(fates_.size());
  }

  void settle() {
    for (Import& import : imports_) {
      if (import.choice == 0) continue;
      const Fate& known = fate(import.choice);
      if (known.handled && known.branches.size() > 1) continue;  // one stands in for the other
      import.choice = 0;
      const bool tried = import.branch == 0 && known.handled && !known.ends;
      if (tried && import.need == Import::Need::required && !known.version)
        import.need = Import::Need::optional;
    }
  }

  int line_ = 0;
  std::vector<Block> blocks_{};
  Block before_{};
  std::vector<Fate> fates_{};
  std::vector<Import> imports_{};
};

}  // namespace

std::vector<Import> find_imports(std::string_view source) { return Finder().find(source); }

}  // namespace libre::deps
