#pragma once
#include <SDL2/SDL.h>
#include <SDL2/SDL2_gfxPrimitives.h>
#include <dlfcn.h>

// SDL is loaded when the first picture is drawn, not at the start of the program: its fifty libraries
// would cost every start 3 milliseconds, and programs that draw nothing run without them. The functions
// are fields of a table that has the types of the headers.

#define RLGYM_SDL_FUNCTIONS(f)                                                                  \
  f(SDL_CreateRGBSurfaceWithFormat) f(SDL_FreeSurface) f(SDL_CreateSoftwareRenderer)            \
  f(SDL_DestroyRenderer) f(SDL_GetError)

#define RLGYM_SDL_GFX_FUNCTIONS(f) f(filledPolygonRGBA) f(aapolygonRGBA)

#define RLGYM_FIELD(name) __typeof__(name) *_Nonnull name;
#define RLGYM_LOAD(name)                                              \
  if (!(*(void **)&table->name = dlsym(library, #name))) return #name;

/// The functions of SDL2 and SDL2_gfx that rlgym calls.
typedef struct {
  RLGYM_SDL_FUNCTIONS(RLGYM_FIELD)
  RLGYM_SDL_GFX_FUNCTIONS(RLGYM_FIELD)
} rlgym_sdl_functions;

/// Loads the libraries and fills the table. Returns NULL, or the name of what is missing.
static inline const char *_Nullable rlgym_sdl_load(rlgym_sdl_functions *_Nonnull table) {
  void *library = dlopen("libSDL2-2.0.so.0", RTLD_NOW);
  if (!library) return "libSDL2-2.0.so.0";
  RLGYM_SDL_FUNCTIONS(RLGYM_LOAD)
  library = dlopen("libSDL2_gfx-1.0.so.0", RTLD_NOW);
  if (!library) return "libSDL2_gfx-1.0.so.0";
  RLGYM_SDL_GFX_FUNCTIONS(RLGYM_LOAD)
  return 0;
}

#undef RLGYM_FIELD
#undef RLGYM_LOAD
