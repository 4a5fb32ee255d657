// What files are changed through. Programs that use the library take the default wherever one is asked for;
// its tests have others, which fail.
#pragma once

namespace jireloc {

class FileSystem;
// The kernel's own. One instance for the whole process.
FileSystem& real_file_system();

}  // namespace jireloc
