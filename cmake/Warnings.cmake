add_library(libre_warnings INTERFACE)
target_compile_options(libre_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  $<$<BOOL:${LIBRE_WERROR}>:-Werror>)
