#pragma once
#include <dlfcn.h>
#if __has_include(<hdf5/serial/hdf5.h>)
#include <hdf5/serial/hdf5.h>
#else
#include <hdf5.h>
#endif

// HDF5 is loaded when the first rollout log is opened, not at the start of the program: it would cost
// every start 6 milliseconds, and programs that keep no logs run without it. The functions are fields of
// a table that has the types of the header.

#define RLGYM_HDF5_FUNCTIONS(f)                                                                       \
  f(H5open) f(H5Eset_auto2) f(H5Pcreate) f(H5Pclose) f(H5Pset_fapl_core) f(H5Pset_libver_bounds)      \
  f(H5Fcreate) f(H5Fopen) f(H5Fclose) f(H5Fflush) f(H5Fget_file_image) f(H5Lcreate_external)          \
  f(H5Lexists) f(H5Lget_val) f(H5Lunpack_elink_val) f(H5Gopen2) f(H5Gclose) f(H5Dopen2)               \
  f(H5Dclose) f(H5Dget_space) f(H5Dget_type) f(H5Dget_create_plist) f(H5Dget_storage_size) f(H5Dread) \
  f(H5Oopen) f(H5Oclose) f(H5Iget_type) f(H5Sget_simple_extent_type) f(H5Sget_simple_extent_ndims)    \
  f(H5Sget_simple_extent_dims) f(H5Sclose) f(H5Tget_class) f(H5Tget_size) f(H5Tget_sign) f(H5Tclose)  \
  f(H5Pget_layout) f(H5Pget_nfilters) f(H5Pget_filter2) f(H5Pget_external_count) f(H5Aexists)         \
  f(H5Aopen) f(H5Aget_space) f(H5Aget_type) f(H5Aread) f(H5Aclose)

// The library's constants are variables with such names.
#define RLGYM_HDF5_IDENTIFIERS(f)                                                                \
  f(H5P_CLS_FILE_ACCESS_ID) f(H5T_NATIVE_FLOAT) f(H5T_NATIVE_DOUBLE) f(H5T_NATIVE_INT64)         \
  f(H5T_NATIVE_UINT64) f(H5T_NATIVE_INT8)

// From 1.12 on, HDF5 has two versions of this function.
#ifdef H5Lget_info
typedef H5L_info1_t rlgym_hdf5_link_info;
#else
typedef H5L_info_t rlgym_hdf5_link_info;
#endif

#define RLGYM_FIELD(name) __typeof__(name) *_Nonnull name;
#define RLGYM_IDENTIFIER(name) hid_t name##_id;
#define RLGYM_LOAD(name)                                              \
  if (!(*(void **)&table->name = dlsym(library, #name))) return #name;
#define RLGYM_FETCH(name)                                       \
  {                                                             \
    hid_t *value = (hid_t *)dlsym(library, #name "_g");         \
    if (!value) return #name;                                   \
    table->name##_id = *value;                                  \
  }

/// The functions and constants of HDF5 that rlgym uses.
typedef struct {
  RLGYM_HDF5_FUNCTIONS(RLGYM_FIELD)
  herr_t (*_Nonnull get_link_info)(hid_t, const char *_Nonnull, rlgym_hdf5_link_info *_Nonnull, hid_t);
  RLGYM_HDF5_IDENTIFIERS(RLGYM_IDENTIFIER)
} rlgym_hdf5_functions;

/// Loads the library and fills the table. Returns NULL, or the name of what is missing.
static inline const char *_Nullable rlgym_hdf5_load(rlgym_hdf5_functions *_Nonnull table) {
  static const char *const names[] = {
#ifdef __APPLE__
      "libhdf5.dylib", "/opt/homebrew/lib/libhdf5.dylib", "/usr/local/lib/libhdf5.dylib",
#else
      "libhdf5_serial.so.103", "libhdf5_serial.so.310", "libhdf5_serial.so",
      "libhdf5.so.103", "libhdf5.so.200", "libhdf5.so.310", "libhdf5.so",
#endif
  };
  void *library = 0;
  for (unsigned i = 0; i < sizeof names / sizeof *names && !library; i++)
    library = dlopen(names[i], RTLD_NOW);
  if (!library) return names[0];
  RLGYM_HDF5_FUNCTIONS(RLGYM_LOAD)
  *(void **)&table->get_link_info = dlsym(library, "H5Lget_info1");
  if (!*(void **)&table->get_link_info)
    *(void **)&table->get_link_info = dlsym(library, "H5Lget_info");
  if (!*(void **)&table->get_link_info) return "H5Lget_info";
  if (table->H5open() < 0) return "H5open";
  // Errors come back as results; the library is not to print them.
  table->H5Eset_auto2(0, 0, 0);
  RLGYM_HDF5_IDENTIFIERS(RLGYM_FETCH)
  return 0;
}

#undef RLGYM_FIELD
#undef RLGYM_IDENTIFIER
#undef RLGYM_LOAD
#undef RLGYM_FETCH
