#include <doctest/doctest.h>

#include <libre/config.hpp>

using libre::parse_config;

TEST_CASE("A bad configuration is refused with file, line and what to write") {
  struct Bad {
    const char *text, *place, *word;
  };
  const Bad cases[] = {
      {"[general]\ninstnce = 0\n", "c.conf:2:", "did you mean \"instance\"?"},
      {"[generel]\n", "c.conf:1:", "did you mean \"general\"?"},
      {"[instance 0]\nhost = a\nport = 70000\n", "c.conf:3:", "port = 22"},
      {"[instance 0]\nhost = a\nport = 22x\n", "c.conf:3:", "port = 22"},
      {"[instance one]\nhost = a\n", "c.conf:1:", "[instance 0]"},
      {"[instance 0]\nhost = a\n[instance 0]\nhost = b\n", "c.conf:3:", "another number"},
      {"[instance 0]\nusername = me\n", "c.conf:1:", "host ="},
      {"[instance 0]\nhost = \"a\"\n", "c.conf:2:", "host = a"},
      {"[instance 0]\nhost = a\nhost = b\n", "c.conf:3:", "keep one"},
      {"[instance 0]\nhost = a\nusernam = me\n", "c.conf:3:", "username"},
      {"host = a\n", "c.conf:1:", "[general]"},
      {"[instance 0]\nhost = a\nname = x\n[instance 1]\nhost = b\nname = x\n",
       "c.conf:4:", "another name"},
      {"[instance 0]\nhost = a\nname = local\n", "c.conf:1:", "another name"},
      {"[instance 0]\nhost = a\npersist = soon\n", "c.conf:3:", "persist = 10"},
      {"[instance 0\nhost = a\n", "c.conf:1:", ""},
  };
  for (const auto& bad : cases) {
    CAPTURE(bad.text);
    const auto config = parse_config(bad.text, "c.conf");
    REQUIRE(!config);
    CHECK(config.error().code == libre::Errc::config);
    CHECK(config.error().message.find(bad.place) != std::string::npos);
    CHECK(config.error().hint.find(bad.word) != std::string::npos);
  }
}

TEST_CASE("Names are compared with all instances, whichever comes first") {
  const auto taken = parse_config(
      "[instance 0]\nhost = a\nname = x\n[instance 1]\nhost = b\nname = x\n", "c.conf");
  REQUIRE(!taken);
  CHECK(taken.error().message.find("[instance 0] in line 1") != std::string::npos);
  for (const char* text : {"[instance 0]\nhost = a\nname = b\n[instance 1]\nhost = b\n",
                           "[instance 1]\nhost = b\n[instance 0]\nhost = a\nname = b\n"}) {
    const auto config = parse_config(text, "c.conf");
    REQUIRE(config);
    REQUIRE(config->warnings.size() == 1);
    CHECK(config->warnings[0].find("\"b\", which is the host of [instance 1] in line ") !=
          std::string::npos);
    CHECK(libre::find_instance(*config, "b")->index == 0);
  }
  const auto users = parse_config(
      "[instance 0]\nhost = a\nusername = me\n[instance 1]\nhost = a\nusername = you\n", "c.conf");
  REQUIRE(users);
  CHECK(users->warnings.empty());
}

TEST_CASE("The original's configuration is read, and its password warned about") {
  const auto config = parse_config(
      "[general]\ninstance = 0\nremote_home = work/\n\n[instance 0]\nusername = grenouille\n"
      "host = grasse.local\npassword = \"quoted\"\n",
      "c.conf");
  REQUIRE(config);
  REQUIRE(config->instances.size() == 1);
  const auto& instance = config->instances[0];
  CHECK(instance.describe() == "grenouille@grasse.local");
  CHECK(instance.password == "\"quoted\"");
  CHECK(instance.remote_home == "work/");
  CHECK(instance.name == "grasse.local");
  REQUIRE(config->warnings.size() == 1);
  CHECK(config->warnings[0].find("c.conf:8:") == 0);
  CHECK(config->warnings[0].find("quoted") == std::string::npos);
}

TEST_CASE("An added instance comes back as it was, and everything else stays") {
  const std::string before = "# mine\n[general]\ninstance = 7 \n; odd\n\n[instance 7]\nhost = a";
  libre::InstanceConfig added;
  added.host = "b.example.org";
  added.name = "gpu";
  added.username = "me";
  added.port = 2222;
  added.identity_file = "~/.ssh/key";
  added.proxy_jump = "gate";
  const auto text = libre::with_instance(before, added);
  REQUIRE(text);
  CHECK(text->find(before) == 0);
  const auto config = parse_config(*text, "c.conf");
  REQUIRE(config);
  const auto& last = config->instances.back();
  CHECK(last.index == 8);
  CHECK(last.name == "gpu");
  CHECK(last.describe() == "me@b.example.org:2222");
  CHECK(last.identity_file == "~/.ssh/key");
  CHECK(last.proxy_jump == "gate");
}

TEST_CASE("A password that the file cannot hold is refused without being shown") {
  libre::InstanceConfig added;
  added.host = "b";
  for (const char* password : {"two\nlines", " hen0s3", "half ;c0mment"}) {
    added.password = password;
    const auto text = libre::with_instance("", added);
    REQUIRE(!text);
    CHECK(text.error().describe().find(password) == std::string::npos);
  }
}

TEST_CASE("The sample is a configuration") {
  const auto config = parse_config(libre::sample_config(), "sample");
  REQUIRE(config);
  CHECK(libre::find_instance(*config, "")->local);
}

TEST_CASE("An instance is found by default, index, name, host and address") {
  const auto config = parse_config(
      "[general]\ninstance = big\n[instance 3]\nhost = a.org\nusername = me\nport = 2200\n"
      "[instance 5]\nhost = b.org\nname = big\n",
      "c.conf");
  REQUIRE(config);
  CHECK(libre::find_instance(*config, "")->index == 5);
  CHECK(libre::find_instance(*config, "3")->host == "a.org");
  CHECK(libre::find_instance(*config, "a.org")->index == 3);
  CHECK(libre::find_instance(*config, "me@a.org")->port == 2200);
  CHECK(libre::find_instance(*config, "local")->local);
  const auto other = libre::find_instance(*config, "you@[::1]:2022");
  REQUIRE(other);
  CHECK(other->host == "::1");
  CHECK(other->port == 2022);
  CHECK(other->index == -1);
  CHECK(libre::find_instance(*config, "you@c.org:0").error().code == libre::Errc::usage);
  const auto unknown = libre::find_instance(*config, "bgi");
  REQUIRE(!unknown);
  CHECK(unknown.error().code == libre::Errc::not_found);
  CHECK(unknown.error().cause == "known are: local, a.org, big");
}

TEST_CASE("packages come from the index of the instance, else from that of [general]") {
  const auto config = parse_config(
      "[general]\nindex_url = https://a.example.org/simple\n[instance 0]\nhost = x\n"
      "[instance 1]\nhost = y\nindex_url = http://b.example.org:8080/@simple\npython = 3.12\n",
      "c");
  REQUIRE(config);
  CHECK(config->instances[0].index_url == "https://a.example.org/simple");
  CHECK(config->instances[1].index_url == "http://b.example.org:8080/@simple");
  CHECK(config->instances[1].python == "3.12");
  CHECK(libre::find_instance(*config, "local")->index_url == "https://a.example.org/simple");
  const auto secret =
      parse_config("[general]\nindex_url = https://me:word@example.org/simple\n", "c");
  REQUIRE_FALSE(secret);
  CHECK(secret.error().code == libre::Errc::config);
  CHECK(secret.error().describe().find("word@") == std::string::npos);
}
