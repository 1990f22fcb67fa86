add_library(libre_sanitizers INTERFACE)
if(LIBRE_SANITIZE)
  target_compile_options(libre_sanitizers INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(libre_sanitizers INTERFACE -fsanitize=address,undefined)
endif()
