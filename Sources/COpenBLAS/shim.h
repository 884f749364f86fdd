#pragma once
#include <dlfcn.h>

// OpenBLAS is loaded when the first product is computed that is worth it, not at the start of the program:
// with the libraries that it needs and the threads that it starts, it would cost every start 2 milliseconds,
// and most networks are too small for it. Its interface never changes, so no header is needed.

/// `cblas_sgemm`: C = alpha A B + beta C. Numbers stand for the order (101: row by row) and for whether A and
/// B are transposed (111: no, 112: yes).
typedef void (*rlgym_sgemm)(
    int order, int transposesA, int transposesB, int m, int n, int k, float alpha,
    const float *_Nonnull a, int lda, const float *_Nonnull b, int ldb, float beta, float *_Nonnull c,
    int ldc);

/// OpenBLAS' product of matrices, on one thread; NULL where the library is missing.
///
/// It starts a thread for every core when it is opened, which computes nothing.
static inline rlgym_sgemm _Nullable rlgym_load_sgemm(void) {
  static const char *const names[] = {"libopenblas.so.0", "libopenblas.so"};
  for (int i = 0; i < 2; i++) {
    void *library = dlopen(names[i], RTLD_NOW);
    if (!library) continue;
    void (*setThreads)(int) = (void (*)(int))dlsym(library, "openblas_set_num_threads");
    if (!setThreads) continue;
    setThreads(1);
    rlgym_sgemm _Nullable sgemm = (rlgym_sgemm)dlsym(library, "cblas_sgemm");
    if (sgemm) return sgemm;
  }
  return 0;
}
