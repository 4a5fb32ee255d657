# Run by CPack on what it is about to pack: what Debian asks of every package, and the same bytes for the same input.
# An archive keeps its symbols but no debug information; pages are compressed without name and time.
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)  # SOURCE_DATE_EPOCH, where it is set
file(READ ${CPACK_JIRELOC_LICENSE} license)
string(REGEX REPLACE "^.*(Permission is)" "\\1" license "${license}")
string(REGEX REPLACE "\n\n" "\n.\n" license "${license}")
string(REGEX REPLACE "\n([^\n])" "\n \\1" license " ${license}")
set(LICENSE "License: Expat\n${license}")

foreach(component IN LISTS CPACK_JIRELOC_GROUPS)
  string(TOUPPER ${component} upper)
  set(package ${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  set(root ${CPACK_TEMPORARY_DIRECTORY}/${component})
  set(documents ${root}/usr/share/doc/${package})
  configure_file(${CPACK_JIRELOC_PACKAGING}/copyright ${documents}/copyright @ONLY)
  file(WRITE ${documents}/changelog
    "jireloc (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n  * Packaged by CPack.\n\n -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
  file(GLOB pages ${root}/usr/share/man/man*/*)
  run(gzip -9 -n -f ${documents}/changelog ${pages})
  if(EXISTS ${root}/usr/share/zsh/site-functions)  # where Debian's zsh looks
    file(RENAME ${root}/usr/share/zsh/site-functions ${root}/usr/share/zsh/vendor-completions)
  endif()
  file(GLOB_RECURSE archives ${root}/usr/lib/*.a)
  foreach(archive IN LISTS archives)
    run(${CPACK_JIRELOC_STRIP} --strip-debug --enable-deterministic-archives ${archive})
  endforeach()
  run(find ${root} -type d -exec chmod 755 {} +)
  run(find ${root} -type f -exec chmod u=rwX,go=rX {} +)
  if(DEFINED ENV{SOURCE_DATE_EPOCH})
    run(find ${root} -exec touch -h -d @$ENV{SOURCE_DATE_EPOCH} {} +)
  endif()
endforeach()
