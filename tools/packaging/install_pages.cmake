# Man pages and completions, made by the program itself and installed where man and the shells look for them.
if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
  message(STATUS "the program does not run here: no man pages and completions are made")
  return()
endif()
set(pages_folder ${PROJECT_BINARY_DIR}/pages)
set(pages "")

# FILE is what `jireloc help ARGUMENT...` prints.
function(jireloc_page file folder)
  add_custom_command(OUTPUT ${pages_folder}/${file}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${pages_folder}
    COMMAND jireloc_cli help ${ARGN} > ${pages_folder}/${file}
    DEPENDS jireloc_cli VERBATIM)
  install(FILES ${pages_folder}/${file} DESTINATION ${folder})
  set(pages ${pages} ${pages_folder}/${file} PARENT_SCOPE)
endfunction()

jireloc_page(jireloc.1 ${CMAKE_INSTALL_MANDIR}/man1 --man)
foreach(topic payload farm json exit-status)
  jireloc_page(jireloc-${topic}.7 ${CMAKE_INSTALL_MANDIR}/man7 --man ${topic})
endforeach()
jireloc_page(jireloc ${CMAKE_INSTALL_DATADIR}/bash-completion/completions --bash-completion)
jireloc_page(_jireloc ${CMAKE_INSTALL_DATADIR}/zsh/site-functions --zsh-completion)
jireloc_page(jireloc.fish ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d --fish-completion)
add_custom_target(jireloc_pages ALL DEPENDS ${pages})
