// From sources to packages; most cases are mistakes that pipreqs makes.
#include <doctest/doctest.h>

#include "base/text.hpp"
#include "deps/scan/notebook.hpp"
#include "deps/scan/package_names.hpp"
#include "deps/scan/project_scan.hpp"
#include "deps/scan/requirements.hpp"

using namespace libre;
using namespace libre::deps;

namespace {

std::string needed(const std::vector<SourceFile>& files, std::optional<PythonMinor> version = {}) {
  std::vector<std::string> words;
  for (const auto& package : scan_sources(files, version).packages)
    words.push_back(package.requirement + (package.guessed ? "~" : "") +
                    (package.optional ? "?" : ""));
  return join(words, " ");
}
std::string needed(std::string_view source, std::optional<PythonMinor> version = {}) {
  return needed({{"main.py", std::string(source)}}, version);
}

}  // namespace

TEST_CASE("imports become the packages that bring them") {
  CHECK(needed("import cv2, yaml\nfrom PIL import Image") == "opencv-python Pillow PyYAML");
  CHECK(needed("from sklearn.svm import SVC\nimport skimage.io") == "scikit-image scikit-learn");
  CHECK(needed("import bs4, dotenv, attr, jwt, Crypto.Cipher") ==
        "attrs beautifulsoup4 pycryptodome PyJWT python-dotenv");
  CHECK(needed("import serial, usb.core, git, OpenSSL, fitz, docx, pptx, zmq, dateutil.parser") ==
        "GitPython PyMuPDF pyOpenSSL pyserial python-dateutil python-docx python-pptx pyusb pyzmq");
  CHECK(needed("import numpy as np, pandas, torch, tqdm") == "numpy pandas torch tqdm");
  CHECK(needed("from mpl_toolkits.mplot3d import Axes3D\nimport matplotlib.pyplot") ==
        "matplotlib");
  CHECK(needed("import something_odd") == "something_odd~");
}

TEST_CASE("packages that share a namespace are told apart") {
  CHECK(needed("from google.cloud import storage, bigquery") ==
        "google-cloud-bigquery google-cloud-storage");
  CHECK(needed("import google.cloud.storage") == "google-cloud-storage");
  CHECK(needed("from google.protobuf import message") == "protobuf");
  CHECK(needed("from azure.storage.blob import BlobClient\nimport azure.identity") ==
        "azure-identity azure-storage-blob");
  CHECK(needed("from ruamel.yaml import YAML\nfrom ruamel import yaml") == "ruamel.yaml");
  const auto scan = scan_sources({{"main.py", "import google"}}, {});
  CHECK(scan.packages.empty());
  REQUIRE(scan.unresolved.size() == 1);
  CHECK(scan.unresolved[0] == "google (main.py:1)");
}

TEST_CASE("the standard library needs no package, by version") {
  CHECK(needed("import os, sys, json, __main__, _thread, concurrent.futures, xml.etree") == "");
  CHECK(needed("import tomllib, zoneinfo, graphlib, distutils.core") == "");
  CHECK(needed("import tomllib", 10) == "tomllib~");
  CHECK(needed("import distutils", 12) == "setuptools");
  CHECK(needed("import distutils", 11) == "");
  CHECK(needed("import graphlib", 25) == "");
  CHECK(is_standard_module("winreg", {}));
  CHECK(is_standard_module("telnetlib", 12));
  CHECK_FALSE(is_standard_module("telnetlib", 13));
  CHECK_FALSE(is_standard_module("numpy", {}));
}

TEST_CASE("the project's own modules need no package") {
  CHECK(needed({{"main.py", "import helper, pkg.part, space.x"},
                {"helper.py", ""},
                {"pkg/__init__.py", ""},
                {"pkg/part.py", "from pkg import other\nimport helper"},
                {"space/x.py", ""}}) == "");
  CHECK(needed({{"src/app/__init__.py", ""},
                {"src/app/a.py", "import app.b"},
                {"tests/t.py", "import app"}}) == "");
  CHECK(needed({{"tools/run.py", "import shared"}, {"tools/shared.py", ""}}) == "");
  // A name that nobody knows and that is somewhere in the project is not a stranger's.
  CHECK(needed({{"a/run.py", "import ourlib"}, {"b/python/ourlib/core.py", ""}}) == "");
}

TEST_CASE("a file of the project that cannot be meant hides no package") {
  // A folder without __init__.py loses against an installed package, and another folder is not looked into.
  CHECK(needed({{"main.py", "import datasets"}, {"datasets/load.py", ""}}) == "datasets");
  CHECK(needed({{"main.py", "import requests"}, {"examples/requests.py", ""}}) == "requests");
  CHECK(needed({{"main.py", "import yaml"}, {"yaml.py", ""}}) == "");
}

TEST_CASE("of imports that stand in for each other one at most is needed") {
  CHECK(needed("try:\n import tomllib\nexcept ImportError:\n import tomli as tomllib") == "tomli?");
  CHECK(needed("try:\n import tomllib\nexcept ImportError:\n import tomli as tomllib", 10) ==
        "tomli");
  CHECK(needed("try:\n import cPickle as p\nexcept ImportError:\n import pickle as p") ==
        "cPickle~?");
  CHECK(needed("try:\n import simplejson as json\nexcept:\n import json") == "simplejson?");
  CHECK(needed("try:\n import odd_one\nexcept ImportError:\n import numpy") == "numpy");
  CHECK(needed("try:\n import torch\nexcept ImportError:\n torch = None") == "torch?");
  CHECK(
      needed("try:\n import torch\nexcept ImportError:\n torch = None\ndef f():\n import torch") ==
      "torch");
  CHECK(needed("if TYPE_CHECKING:\n import pandas\nimport numpy") == "numpy");
}

TEST_CASE("what exists on Windows only is left out") {
  CHECK(needed("import win32api, pythoncom, winreg, msvcrt") == "");
}

TEST_CASE("notebooks are read cell by cell, without magics, and installs in them are heard") {
  const std::string notebook = R"({"cells": [
    {"cell_type": "markdown", "source": ["import markdown_word"]},
    {"cell_type": "code", "source": ["%matplotlib inline\n", "import numpy as np\n", "!pip install -q 'torch>=2' tqdm && ls\n", "x = np?\n"]},
    {"cell_type": "code", "source": "%%bash\nimport nothing_here\npip list"},
    {"cell_type": "code", "source": "%%time\nfrom sklearn import svm"},
    {"cell_type": "code", "source": "if x:\n  %pip install pandas==2.1 git+https://example.org/y ./z -r r.txt\nimport torch, pandas"}
  ], "nbformat": 4})";
  CHECK(needed({{"a.ipynb", notebook}}) == "numpy pandas==2.1 scikit-learn torch>=2 tqdm");
  const std::string old =
      R"({"worksheets": [{"cells": [{"cell_type": "code", "input": ["import numpy"]}]}]})";
  CHECK(needed({{"old.ipynb", old}}) == "numpy");
  const auto broken = scan_sources({{"b.ipynb", "{"}, {"m.py", "import numpy"}}, {});
  CHECK(broken.packages.size() == 1);
  CHECK(broken.unreadable.size() == 1);
}

TEST_CASE("a package is listed once, under the name that pip compares") {
  CHECK(needed({{"a.py", "import yaml"}, {"b.py", "import yaml, PyYAML"}}) == "PyYAML");
  CHECK(normalized("Foo._-Bar") == "foo-bar");
}

TEST_CASE("requirements that are typed keep their specifiers byte for byte") {
  const auto typed = [](std::vector<std::string> words) {
    const auto result = typed_requirements(words);
    return result ? join(*result, "|") : result.error().message;
  };
  CHECK(typed({"torch>=2 tqdm"}) == "torch>=2|tqdm");
  CHECK(typed({"torch >= 2, < 3 tqdm"}) == "torch >= 2, < 3|tqdm");
  CHECK(typed({"torch[cuda] ==2.4.*  x"}) == "torch[cuda] ==2.4.*|x");
  CHECK(typed({"a; python_version < '3.12'"}) == "a; python_version < '3.12'");
  CHECK(typed({"a @ https://example.org/a.whl"}) == "a @ https://example.org/a.whl");
  CHECK(typed({"torch>=2", "numpy <2"}) == "torch>=2|numpy <2");
  CHECK_FALSE(typed_requirements({"-r x.txt"}));
  CHECK_FALSE(typed_requirements({"--index-url=http://x"}));
  CHECK_FALSE(typed_requirements({"./local"}));
  CHECK_FALSE(typed_requirements({"a\nb", "c"}));
  CHECK_FALSE(typed_requirements({"a @ https://me:secret@example.org/a.whl"}));
  CHECK_FALSE(typed_requirements({"  "}));
}

TEST_CASE("a requirements file of ours says so, and has what is not sure apart") {
  const auto scan = scan_sources(
      {{"m.py", "import numpy, odd\ntry:\n import tqdm\nexcept ImportError:\n pass"}}, {});
  const auto text = generated_requirements(scan);
  CHECK(is_generated(text));
  CHECK_FALSE(is_generated("numpy\n"));
  CHECK(text.find("\nnumpy\n# Guessed") != std::string::npos);
  CHECK(text.find("\nodd\n") != std::string::npos);
  CHECK(text.find("\n# tqdm\n") != std::string::npos);
  CHECK(join(required_names(text), " ") == "numpy odd");
  CHECK(join(required_names("Foo_Bar[x]>=1 # c\n-r x\n\n# y\nb @ https://x"), " ") == "foo-bar b");
}
