# libre_static_agent(target SOURCES …): the agent as it goes to other machines.
#
# It must run on any Linux of its processor type with nothing installed, so everything is linked
# statically, and it travels over slow lines, so everything is made small. The modules' sources are
# therefore compiled a second time here; nothing of the sanitizers or of the client gets in.
# Debian has fmt and spdlog as shared libraries only: fmt is compiled in (agent/static/fmt.cpp), and
# spdlog is used as headers.
include(CheckLinkerFlag)
find_library(LIBRE_STATIC_ZSTD libzstd.a REQUIRED)
find_library(LIBRE_STATIC_ZLIB libz.a REQUIRED)
find_library(LIBRE_STATIC_BOOST_JSON libboost_json.a REQUIRED)

function(libre_static_agent target)
  cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
  get_property(module_sources GLOBAL PROPERTY LIBRE_AGENT_SOURCES)
  libre_described_first(module_sources)
  add_executable(${target}
    ${module_sources} ${ARG_SOURCES} ${PROJECT_SOURCE_DIR}/agent/static/fmt.cpp
    ${PROJECT_SOURCE_DIR}/agent/static/terminate.cpp)
  set_source_files_properties(${PROJECT_SOURCE_DIR}/lib/base/digest_avx2.cpp
    PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)  # as in lib/base
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/lib)
  target_compile_definitions(${target} PRIVATE
    SPDLOG_FMT_EXTERNAL BOOST_JSON_STATIC_LINK BOOST_ALL_NO_LIB NDEBUG)
  target_compile_options(${target} PRIVATE -Os -g0 -ffunction-sections -fdata-sections)
  # gold, where it is, finds functions that were compiled to the same bytes, which templates are full of: 50 kB less than
  # ld, and mold cannot do so without the addresses' table that only clang writes.
  check_linker_flag(CXX "-fuse-ld=gold" LIBRE_HAS_GOLD)
  if(LIBRE_HAS_GOLD)
    target_link_options(${target} PRIVATE -fuse-ld=gold -Wl,--icf=safe)
  else()
    target_link_options(${target} PRIVATE -fuse-ld=bfd -Wl,-z,noseparate-code)
  endif()
  target_link_options(${target} PRIVATE -static -Wl,--gc-sections -s)
  target_link_libraries(${target} PRIVATE
    libre_warnings ${LIBRE_STATIC_BOOST_JSON}
    ${LIBRE_STATIC_ZSTD} ${LIBRE_STATIC_ZLIB})
  libre_common_headers(${target})
endfunction()
