// Defines structs of numbers that cross the border to JavaScript as a flat array of doubles. One list
// generates both the members of a struct and their dotted names, so the order of the names is always the
// order in memory.
//
// A list is a macro that calls X(type, member, "name") for each member. The type is double or a struct that
// was generated in the same way.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace pqrst {

inline void append_names(const double*, const std::string& path, std::vector<std::string>& names) {
  names.push_back(path);
}

#define PQRST_MEMBER(type, member, name) type member;
#define PQRST_APPEND(type, member, name) \
  append_names(static_cast<const type*>(nullptr), path.empty() ? name : path + "." + name, names);

// Defines struct NAME with the members of the list, and the function that appends their dotted names.
#define PQRST_FIELDS(NAME, LIST)                                                                    \
  struct NAME {                                                                                     \
    LIST(PQRST_MEMBER)                                                                              \
  };                                                                                                \
  inline void append_names(const NAME*, const std::string& path, std::vector<std::string>& names) { \
    LIST(PQRST_APPEND)                                                                              \
  }                                                                                                 \
  static_assert(sizeof(NAME) % sizeof(double) == 0 && alignof(NAME) == alignof(double))

// A uniform distribution. The kernel draws one value per record, except where a comment says otherwise.
#define PQRST_RANGE(X)  \
  X(double, min, "min") \
  X(double, max, "max")
PQRST_FIELDS(Range, PQRST_RANGE);

// Returns the dotted names of all numbers of T, in their order in memory. They are built at the first call.
template <class T>
std::span<const char* const> names_of() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    append_names(static_cast<const T*>(nullptr), "", all);
    return all;
  }();
  static const std::vector<const char*> pointers = [] {
    std::vector<const char*> all;
    for (const std::string& name : names) all.push_back(name.c_str());
    return all;
  }();
  return pointers;
}

}  // namespace pqrst
