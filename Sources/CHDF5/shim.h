#pragma once
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// HDF5 is loaded when the first rollout log is opened, not at the start of the program: it would cost
// every start 6 milliseconds, and programs that keep no logs run without it. What rlgym uses is declared
// here as in the headers of HDF5 1.10 to 1.14, so that building needs none of them.

/// An identifier of an object of the library; negative: there is none.
typedef int64_t hid_t;
/// A result; negative: failed.
typedef int herr_t;
/// True (1), false (0) or failed (negative).
typedef int htri_t;
/// A size in a file.
typedef uint64_t hsize_t;

/// What a link is (H5L_info1_t).
typedef struct {
  int type;
  bool corder_valid;
  int64_t corder;
  int cset;
  /// The size of the value of an external link, with its zeros; an address for hard links.
  union {
    uint64_t address;
    size_t val_size;
  } u;
} rlgym_hdf5_link_info;

_Static_assert(sizeof(rlgym_hdf5_link_info) == 32, "H5L_info1_t");

enum {
  H5D_COMPACT = 0,
  H5D_CONTIGUOUS = 1,
  H5D_CHUNKED = 2,
  H5F_LIBVER_EARLIEST = 0,
  H5F_LIBVER_V110 = 2,
  H5F_SCOPE_LOCAL = 0,
  H5I_DATASET = 5,
  H5L_TYPE_HARD = 0,
  H5L_TYPE_EXTERNAL = 64,
  H5S_SCALAR = 0,
  H5S_SIMPLE = 1,
  H5T_INTEGER = 0,
  H5T_FLOAT = 1,
  H5T_ENUM = 8,
  H5T_SGN_NONE = 0,
};

#define RLGYM_TEXT const char *_Nonnull

// The result, the name and the parameters of each function.
#define RLGYM_HDF5_FUNCTIONS(f)                                                                     \
  f(herr_t, H5open, (void))                                                                         \
  f(herr_t, H5Eset_auto2, (hid_t stack, void *_Nullable function, void *_Nullable data))            \
  f(hid_t, H5Pcreate, (hid_t class_id))                                                             \
  f(herr_t, H5Pclose, (hid_t list))                                                                 \
  f(herr_t, H5Pset_fapl_core, (hid_t list, size_t increment, bool backing_store))                   \
  f(herr_t, H5Pset_libver_bounds, (hid_t list, int low, int high))                                  \
  f(int, H5Pget_layout, (hid_t list))                                                               \
  f(int, H5Pget_nfilters, (hid_t list))                                                             \
  f(int, H5Pget_filter2,                                                                            \
    (hid_t list, unsigned index, unsigned *_Nonnull flags, size_t *_Nonnull count,                  \
     unsigned *_Nullable values, size_t name_size, char *_Nullable name, unsigned *_Nonnull config)) \
  f(int, H5Pget_external_count, (hid_t list))                                                       \
  f(hid_t, H5Fcreate, (RLGYM_TEXT name, unsigned flags, hid_t creation, hid_t access))              \
  f(hid_t, H5Fopen, (RLGYM_TEXT name, unsigned flags, hid_t access))                                \
  f(herr_t, H5Fclose, (hid_t file))                                                                 \
  f(herr_t, H5Fflush, (hid_t object, int scope))                                                    \
  f(ssize_t, H5Fget_file_image, (hid_t file, void *_Nullable buffer, size_t size))                  \
  f(herr_t, H5Lcreate_external,                                                                     \
    (RLGYM_TEXT file, RLGYM_TEXT object, hid_t parent, RLGYM_TEXT name, hid_t creation,             \
     hid_t access))                                                                                 \
  f(htri_t, H5Lexists, (hid_t parent, RLGYM_TEXT name, hid_t access))                               \
  f(herr_t, H5Lget_val,                                                                             \
    (hid_t parent, RLGYM_TEXT name, void *_Nonnull buffer, size_t size, hid_t access))              \
  f(hid_t, H5Gopen2, (hid_t parent, RLGYM_TEXT name, hid_t access))                                 \
  f(herr_t, H5Gclose, (hid_t group))                                                                \
  f(hid_t, H5Dopen2, (hid_t parent, RLGYM_TEXT name, hid_t access))                                 \
  f(herr_t, H5Dclose, (hid_t dataset))                                                              \
  f(hid_t, H5Dget_space, (hid_t dataset))                                                           \
  f(hid_t, H5Dget_type, (hid_t dataset))                                                            \
  f(hid_t, H5Dget_create_plist, (hid_t dataset))                                                    \
  f(hsize_t, H5Dget_storage_size, (hid_t dataset))                                                  \
  f(herr_t, H5Dread,                                                                                \
    (hid_t dataset, hid_t type, hid_t memory_space, hid_t file_space, hid_t transfer,               \
     void *_Nullable buffer))                                                                       \
  f(hid_t, H5Oopen, (hid_t parent, RLGYM_TEXT name, hid_t access))                                  \
  f(herr_t, H5Oclose, (hid_t object))                                                               \
  f(int, H5Iget_type, (hid_t object))                                                               \
  f(int, H5Sget_simple_extent_type, (hid_t space))                                                  \
  f(int, H5Sget_simple_extent_ndims, (hid_t space))                                                 \
  f(int, H5Sget_simple_extent_dims,                                                                 \
    (hid_t space, hsize_t *_Nonnull dims, hsize_t *_Nullable max_dims))                             \
  f(herr_t, H5Sclose, (hid_t space))                                                                \
  f(int, H5Tget_class, (hid_t type))                                                                \
  f(size_t, H5Tget_size, (hid_t type))                                                              \
  f(int, H5Tget_sign, (hid_t type))                                                                 \
  f(herr_t, H5Tclose, (hid_t type))                                                                 \
  f(htri_t, H5Aexists, (hid_t object, RLGYM_TEXT name))                                             \
  f(hid_t, H5Aopen, (hid_t object, RLGYM_TEXT name, hid_t access))                                  \
  f(hid_t, H5Aget_space, (hid_t attribute))                                                         \
  f(hid_t, H5Aget_type, (hid_t attribute))                                                          \
  f(herr_t, H5Aread, (hid_t attribute, hid_t type, void *_Nonnull buffer))                          \
  f(herr_t, H5Aclose, (hid_t attribute))

// The library's constants are variables with such names.
#define RLGYM_HDF5_IDENTIFIERS(f)                                                                \
  f(H5P_CLS_FILE_ACCESS_ID) f(H5T_NATIVE_FLOAT) f(H5T_NATIVE_DOUBLE) f(H5T_NATIVE_INT64)         \
  f(H5T_NATIVE_UINT64) f(H5T_NATIVE_INT8)

#define RLGYM_FIELD(result, name, parameters) result (*_Nonnull name) parameters;
#define RLGYM_IDENTIFIER(name) hid_t name##_id;
#define RLGYM_LOAD(result, name, parameters)                          \
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
  herr_t (*_Nonnull get_link_info)(hid_t, RLGYM_TEXT, rlgym_hdf5_link_info *_Nonnull, hid_t);
  RLGYM_HDF5_IDENTIFIERS(RLGYM_IDENTIFIER)
} rlgym_hdf5_functions;

/// Loads the library and fills the table. Returns NULL, or the name of what is missing.
static inline const char *_Nullable rlgym_hdf5_load(rlgym_hdf5_functions *_Nonnull table) {
  static const char *const names[] = {
      "libhdf5_serial.so.103", "libhdf5_serial.so.310", "libhdf5_serial.so",
      "libhdf5.so.103", "libhdf5.so.200", "libhdf5.so.310", "libhdf5.so",
  };
  void *library = 0;
  for (unsigned i = 0; i < sizeof names / sizeof *names && !library; i++)
    library = dlopen(names[i], RTLD_NOW);
  if (!library) return names[0];
  RLGYM_HDF5_FUNCTIONS(RLGYM_LOAD)
  // From 1.12 on, HDF5 has two versions of this function.
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

#undef RLGYM_TEXT
#undef RLGYM_FIELD
#undef RLGYM_IDENTIFIER
#undef RLGYM_LOAD
#undef RLGYM_FETCH
