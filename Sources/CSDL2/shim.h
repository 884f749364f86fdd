#pragma once
#include <SDL2/SDL.h>
#include <SDL2/SDL2_gfxPrimitives.h>
#include <dlfcn.h>

// SDL is loaded when the first picture is drawn, not at the start of the program: its fifty libraries
// would cost every start 3 milliseconds, and programs that draw nothing run without them. The functions
// are fields of a table that has the types of the headers.

#define RLGYM_SDL_FUNCTIONS(f)                                                                  \
  f(SDL_CreateRGBSurfaceWithFormat) f(SDL_FreeSurface) f(SDL_CreateSoftwareRenderer)            \
  f(SDL_DestroyRenderer) f(SDL_RenderFlush) f(SDL_FillRect) f(SDL_GetError) f(SDL_SetHint)      \
  f(SDL_InitSubSystem) f(SDL_QuitSubSystem) f(SDL_CreateWindow)                                 \
  f(SDL_DestroyWindow) f(SDL_SetWindowTitle) f(SDL_SetWindowMinimumSize)                        \
  f(SDL_GetWindowSurface) f(SDL_UpdateWindowSurface) f(SDL_UpperBlit) f(SDL_PollEvent)          \
  f(SDL_WaitEventTimeout)

#define RLGYM_SDL_GFX_FUNCTIONS(f)                                                              \
  f(filledPolygonRGBA) f(aacircleRGBA) f(filledCircleRGBA) f(hlineRGBA)        \
  f(vlineRGBA) f(boxRGBA) f(characterRGBA)

#ifdef __APPLE__
#define RLGYM_SDL_NAMES                                                                         \
  "libSDL2-2.0.0.dylib", "/opt/homebrew/lib/libSDL2-2.0.0.dylib",                               \
      "/usr/local/lib/libSDL2-2.0.0.dylib"
#define RLGYM_SDL_GFX_NAMES                                                                     \
  "libSDL2_gfx-1.0.0.dylib", "/opt/homebrew/lib/libSDL2_gfx-1.0.0.dylib",                       \
      "/usr/local/lib/libSDL2_gfx-1.0.0.dylib"
#else
#define RLGYM_SDL_NAMES "libSDL2-2.0.so.0"
#define RLGYM_SDL_GFX_NAMES "libSDL2_gfx-1.0.so.0"
#endif

#define RLGYM_FIELD(name) __typeof__(name) *_Nonnull name;
#define RLGYM_LOAD(name)                                              \
  if (!(*(void **)&table->name = dlsym(library, #name))) return #name;

/// The functions of SDL2 and SDL2_gfx that rlgym calls.
typedef struct {
  RLGYM_SDL_FUNCTIONS(RLGYM_FIELD)
  RLGYM_SDL_GFX_FUNCTIONS(RLGYM_FIELD)
} rlgym_sdl_functions;

/// Opens the first of some libraries that is there.
static inline void *_Nullable rlgym_sdl_open(const char *_Nonnull const *_Nonnull names, int count) {
  for (int i = 0; i < count; i++) {
    void *library = dlopen(names[i], RTLD_NOW);
    if (library) return library;
  }
  return 0;
}

/// Loads the libraries and fills the table. Returns NULL, or the name of what is missing.
static inline const char *_Nullable rlgym_sdl_load(rlgym_sdl_functions *_Nonnull table) {
  static const char *const sdl[] = {RLGYM_SDL_NAMES};
  static const char *const gfx[] = {RLGYM_SDL_GFX_NAMES};
  void *library = rlgym_sdl_open(sdl, sizeof sdl / sizeof *sdl);
  if (!library) return sdl[0];
  RLGYM_SDL_FUNCTIONS(RLGYM_LOAD)
  library = rlgym_sdl_open(gfx, sizeof gfx / sizeof *gfx);
  if (!library) return gfx[0];
  RLGYM_SDL_GFX_FUNCTIONS(RLGYM_LOAD)
  return 0;
}

#undef RLGYM_FIELD
#undef RLGYM_LOAD
