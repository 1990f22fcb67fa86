# Pages for man(1) and completions for the shells, written by the `re` that was built: they cannot say
# anything else than it does.
set(shell_files ${CMAKE_BINARY_DIR}/share)
add_custom_command(OUTPUT ${shell_files}/re.bash ${shell_files}/_re ${shell_files}/re.fish
                          ${shell_files}/man/re.1
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${shell_files}
  COMMAND re man --write ${shell_files}/man
  COMMAND re completion bash > ${shell_files}/re.bash
  COMMAND re completion zsh > ${shell_files}/_re
  COMMAND re completion fish > ${shell_files}/re.fish
  DEPENDS re VERBATIM)
add_custom_target(re-shell-files ALL DEPENDS ${shell_files}/man/re.1)

install(DIRECTORY ${shell_files}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT runtime)
install(FILES ${shell_files}/re.bash RENAME re
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT runtime)
install(FILES ${shell_files}/re.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT runtime)
# zsh looks into site-functions below /usr/local; Debian's packages use vendor-completions below /usr.
install(CODE "
  if(CMAKE_INSTALL_PREFIX STREQUAL \"/usr\")
    set(zsh_directory vendor-completions)
  else()
    set(zsh_directory site-functions)
  endif()
  file(INSTALL \"${shell_files}/_re\"
    DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/zsh/\${zsh_directory}\")"
  COMPONENT runtime)
