# Writes the profiles into a C++ source, so that the installed command needs no data files.
#   cmake -DOUTPUT=file.cc -DPROFILES="a.yaml;b.yaml" -P embed_profiles.cmake
# A raw string literal may be at most 64 KiB long; a profile is far shorter.
set(entries "")
foreach(file IN LISTS PROFILES)
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} text)
  string(APPEND entries "    {\"${name}\", R\"yaml(${text})yaml\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Generated from emulator/profiles/*.yaml; do not edit.
#include \"emulator/profile/shipped_profiles.h\"

#include <array>

namespace mtkrig::emulator {
namespace {
constexpr auto kProfiles = std::to_array<EmbeddedProfile>({
${entries}});
}  // namespace

std::span<const EmbeddedProfile> EmbeddedProfiles() {
  return kProfiles;
}

}  // namespace mtkrig::emulator
")
